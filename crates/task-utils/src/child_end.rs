//! The end of a child, for whoever reads or writes its pipes.
//!
//! A child may fork without exec. The copy holds the child's pipe ends, so on Unix these don't end with
//! the child. Whoever waits for the process drops an [`EndSignal`] then, and the pipes' users see it.

use std::io::{self, Read};
use std::sync::Arc;

use crate::{handover, system};

/// Drop it when the child has ended.
pub type EndSignal = os_pipe::PipeWriter;

/// Tells when the [`EndSignal`] was dropped.
#[derive(Clone)]
pub struct ChildEnd(Arc<os_pipe::PipeReader>);

impl ChildEnd {
    /// The signal, and what sees it.
    ///
    /// # Errors
    ///
    /// Those of the system where there are too few descriptors.
    pub fn new() -> io::Result<(EndSignal, Self)> {
        let (reader, writer) = handover::pipe()?;
        Ok((writer, ChildEnd(Arc::new(reader))))
    }

    /// Waits until the pipe can be written; an error if the child has ended instead.
    pub(crate) fn wait_writable(&self, pipe: &os_pipe::PipeWriter) -> io::Result<()> {
        let writable = system::wait_writable(pipe, &self.0)?;
        writable.then_some(()).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// The reading end of a pipe from a child: at its end when the child has ended and all is read, whoever
/// else may hold the other end.
///
/// ```
/// use std::io::{Read, Write};
/// use task_utils::child_end::{ChildEnd, ChildReader};
///
/// let (signal, end) = ChildEnd::new()?;
/// let (pipe, mut writer) = os_pipe::pipe()?;
/// writer.write_all(b"hi")?;
/// drop(signal); // the child has ended, but something else still holds `writer`
/// # #[cfg(windows)]
/// # drop(writer);
/// let mut text = String::new();
/// ChildReader::new(pipe, end).read_to_string(&mut text)?;
/// assert_eq!(text, "hi");
/// # std::io::Result::Ok(())
/// ```
pub struct ChildReader {
    pipe: os_pipe::PipeReader,
    end: ChildEnd,
}

impl ChildReader {
    /// Takes over the pipe.
    pub fn new(pipe: os_pipe::PipeReader, end: ChildEnd) -> Self {
        ChildReader { pipe, end }
    }
}

impl Read for ChildReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match system::wait_readable(&self.pipe, &self.end.0)? {
            true => self.pipe.read(buffer),
            false => Ok(0),
        }
    }
}
