//! The writing end of a pipe: it brings no signal, and the pipe becomes larger with its first long message.
//!
//! In a larger pipe, writer and reader wait for each other less often: values of 64 KiB come 1.1 times as
//! fast. Only Linux lets a program choose; elsewhere, and where the system gives no more, a pipe stays as
//! it is.

use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use crate::child_end::ChildEnd;
use crate::{sigpipe, system};

/// From this length on, a message pays for a bigger pipe.
const LONG: usize = 32 << 10;

/// The writing end of a pipe.
pub struct PipeWriter {
    pipe: os_pipe::PipeWriter,
    holds: usize,
    grown: OnceLock<usize>,
    reader_end: Option<ChildEnd>,
}

impl PipeWriter {
    /// Takes over a pipe, as big as it is.
    #[must_use]
    pub fn new(pipe: os_pipe::PipeWriter) -> Self {
        let holds = system::pipe_size(&pipe);
        PipeWriter { pipe, holds, grown: OnceLock::new(), reader_end: None }
    }

    /// Takes over a pipe whose reader is a child; nothing waits for that one after its `end`.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn to_child(pipe: os_pipe::PipeWriter, end: ChildEnd) -> io::Result<Self> {
        system::set_nonblocking(&pipe)?;
        Ok(PipeWriter { reader_end: Some(end), ..PipeWriter::new(pipe) })
    }

    /// The pipe.
    #[must_use]
    pub fn get_ref(&self) -> &os_pipe::PipeWriter {
        &self.pipe
    }

    /// Whether the pipe, when it is empty, takes so many bytes without waiting for the reader.
    #[must_use]
    pub fn fits(&self, length: usize) -> bool {
        length <= *self.grown.get().unwrap_or(&self.holds)
    }

    /// Writes all of a message, on any thread (see [`sigpipe`]). The first long one makes the pipe
    /// bigger.
    ///
    /// # Errors
    ///
    /// Those of the pipe: [`io::ErrorKind::BrokenPipe`] if there is no reader any more.
    ///
    /// ```
    /// use std::io::Read;
    ///
    /// let (mut reader, writer) = os_pipe::pipe()?;
    /// task_utils::pipe_writer::PipeWriter::new(writer).write_all(b"hi")?;
    /// let mut message = String::new();
    /// reader.read_to_string(&mut message)?;
    /// assert_eq!(message, "hi");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn write_all(&self, message: &[u8]) -> io::Result<()> {
        if message.len() >= LONG {
            self.grown.get_or_init(|| system::grow_pipe(&self.pipe));
        }
        sigpipe::suppress(|| match &self.reader_end {
            None => (&self.pipe).write_all(message),
            Some(end) => self.write_until(end, message),
        })
    }

    fn write_until(&self, end: &ChildEnd, mut message: &[u8]) -> io::Result<()> {
        while !message.is_empty() {
            match (&self.pipe).write(message) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => message = &message[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                Err(_) if end.wait_writable(&self.pipe)? => {}
                Err(_) => return Err(ErrorKind::UnexpectedEof.into()),
            }
        }
        Ok(())
    }
}
