//! The writing end of a pipe: it brings no signal, and the pipe becomes larger with its first long message.
//!
//! In a larger pipe, writer and reader wait for each other less often: values of 64 KiB come 1.1 times as
//! fast. Only Linux lets a program choose; elsewhere, and where the system gives no more, a pipe stays as
//! it is.

use std::io::{self, ErrorKind, Write};
use std::sync::Once;

use crate::child_end::ChildEnd;
use crate::system;

/// From this length on, a message pays for a bigger pipe.
const LONG: usize = 32 << 10;

/// The writing end of a pipe.
pub struct PipeWriter {
    pipe: os_pipe::PipeWriter,
    grown: Once,
    reader_end: Option<ChildEnd>,
}

impl PipeWriter {
    /// Takes over a pipe, as big as it is.
    pub fn new(pipe: os_pipe::PipeWriter) -> Self {
        PipeWriter { pipe, grown: Once::new(), reader_end: None }
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
    pub fn get_ref(&self) -> &os_pipe::PipeWriter {
        &self.pipe
    }

    /// Whether the pipe, when it is empty, takes so many bytes without waiting for the reader.
    pub fn fits(&self, length: usize) -> bool {
        length <= system::pipe_size(&self.pipe)
    }

    /// Writes all of a message, on any thread (see [`sigpipe`](crate::sigpipe)). The first long one makes the pipe
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
            self.grown.call_once(|| system::grow_pipe(&self.pipe));
        }
        system::suppress_sigpipe(|| self.write_whole(message))
    }

    fn write_whole(&self, mut message: &[u8]) -> io::Result<()> {
        while !message.is_empty() {
            match (&self.pipe).write(message) {
                Ok(written) => message = &message[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait_writable()?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn wait_writable(&self) -> io::Result<()> {
        self.reader_end.as_ref().map_or(Ok(()), |end| end.wait_writable(&self.pipe))
    }
}
