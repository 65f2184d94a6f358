//! The end of a child, for the threads that read or write its pipes.
//!
//! A child may fork without exec. The copy holds the child's ends of the pipes, so on Unix the pipes don't
//! end with the child. Therefore the thread that waits for the process drops an [`EndSignal`] when the
//! process has ended, and that ends every read and write that would wait for the child.

use std::io::{self, Read};
use std::sync::Arc;

use crate::{handover, system};

/// Drop it when the child has ended. It is the end of a pipe to which nothing is written.
pub type EndSignal = os_pipe::PipeWriter;

/// Whether the [`EndSignal`] was dropped.
#[derive(Clone)]
pub struct ChildEnd(pub(crate) Arc<os_pipe::PipeReader>);

impl ChildEnd {
    /// The signal, and the other end of its pipe.
    ///
    /// # Errors
    ///
    /// An error of the system, if there are too few descriptors.
    pub fn new() -> io::Result<(EndSignal, Self)> {
        let (reader, writer) = handover::pipe()?;
        Ok((writer, ChildEnd(Arc::new(reader))))
    }
}

/// The reading end of a pipe from a child. It is at its end when the child has ended and everything that
/// was written is read, even if another process holds the writing end.
///
/// ```
/// use std::io::{Read, Write};
/// use task_utils::child_end::{ChildEnd, ChildReader};
///
/// let (signal, end) = ChildEnd::new()?;
/// let (pipe, mut writer) = os_pipe::pipe()?;
/// writer.write_all(b"hi")?;
/// drop(signal); // the child has ended, but another process still holds `writer`
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
    /// Reads from `pipe` until the child has ended.
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
