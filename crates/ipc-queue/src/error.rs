//! What can go wrong, as a sentence and, where there is one, the way out.

use std::io;

/// Why a value was not put or not got.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `get`: nobody can put any more, and nothing is left. `put`: this process has closed the queue.
    #[error("the queue is closed")]
    Closed,
    /// Nothing came within the time.
    #[error("no value within the time")]
    TimedOut,
    /// 64 MiB wait in the queue, and no process lives that could take them.
    #[error("the queue is full and no process lives that could get from it; start a reader first")]
    Full,
    /// The value can't be serialised, is over [`MAX`](task_utils::frame::MAX), or what came isn't a `T`.
    #[error("{0}")]
    Value(io::Error),
    /// The pipe to the process that made the queue broke.
    #[error("the pipe of the queue broke: {0}")]
    Pipe(#[from] io::Error),
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Pipe(error) | Error::Value(error) => error,
            Error::Closed => io::Error::new(io::ErrorKind::BrokenPipe, error),
            Error::TimedOut => io::Error::new(io::ErrorKind::TimedOut, error),
            Error::Full => io::Error::new(io::ErrorKind::StorageFull, error),
        }
    }
}
