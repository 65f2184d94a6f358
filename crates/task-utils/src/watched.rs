//! A pipe from a child that ends with the child's process, also if a copy of it holds the other end.
//!
//! A child may fork without exec: the copy has all of its descriptors, and the pipe goes on with it. So
//! whoever waits for the process lets a second pipe end as well.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use os_pipe::PipeReader;

use crate::system;

/// The reading end of a pipe, and one of a pipe that ends with the process at the other side.
pub struct WatchedPipe {
    /// What is read.
    pub pipe: PipeReader,
    /// What is only waited for.
    pub process: Arc<PipeReader>,
}

impl Read for WatchedPipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match system::wait_readable(&self.pipe, Some(&self.process), None)? {
            true => self.pipe.read(buffer),
            false => Ok(0),
        }
    }
}

/// Whether there is something to be read from a pipe, or its end, within the time.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`] on Windows.
///
/// ```
/// # if cfg!(unix) {
/// let (reader, _writer) = os_pipe::pipe()?;
/// assert!(!task_utils::watched::is_readable(&reader, std::time::Duration::ZERO)?);
/// # }
/// # std::io::Result::Ok(())
/// ```
pub fn is_readable(pipe: &PipeReader, timeout: Duration) -> io::Result<bool> {
    system::wait_readable(pipe, None, Some(timeout))
}
