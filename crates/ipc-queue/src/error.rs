//! What can go wrong, as a sentence and, where there is one, the way out.

use std::io;

/// Why a value was not put or not got, not sent or not received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Getting: nobody can put any more, and nothing is left. Putting: this process has closed the queue.
    /// The same of a pipe: its other end is gone.
    #[error("the queue or pipe is closed")]
    Closed,
    /// No value came within the time; `queue.Empty` in Python.
    #[error("no value within the time")]
    TimedOut,
    /// There was no room within the time; `queue.Full` in Python.
    #[error("the queue is full; get from it to make room")]
    Full,
    /// The value can't be serialized, is over 64 MiB (`task_utils::frame::MAX`), or the value received isn't a `T`.
    #[error("{0}")]
    Value(io::Error),
    /// The sender was killed in the middle of a value, which is lost. On Windows it may be lost without this.
    #[error("the sender ended in the middle of a value")]
    Truncated,
    /// The pipe to the process that made the queue broke.
    #[error("the pipe of the queue broke: {0}")]
    Pipe(#[from] io::Error),
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Pipe(error) | Error::Value(error) => return error,
            Error::Closed => io::ErrorKind::BrokenPipe,
            Error::TimedOut => io::ErrorKind::TimedOut,
            Error::Full => io::ErrorKind::StorageFull,
            Error::Truncated => io::ErrorKind::UnexpectedEof,
        };
        io::Error::new(kind, error)
    }
}
