//! What only Linux can do, done without.

use std::io;
use std::path::{Path, PathBuf};

use os_pipe::PipeWriter;

/// What an empty pipe takes on every system.
pub fn pipe_size(_: &PipeWriter) -> usize {
    4096
}

/// A pipe stays as it is.
pub fn grow_pipe(pipe: &PipeWriter) -> usize {
    pipe_size(pipe)
}

/// Nothing needs to be held back where there is no such signal; Miri has none either.
pub const CAN_SUPPRESS_SIGPIPE: bool = cfg!(any(windows, miri));

/// Only calls `write`.
pub fn suppress_sigpipe<T>(write: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    write()
}

/// The file of a program that runs stays in its place on Windows. Elsewhere it has no other name.
pub fn moved_program(_: &Path) -> Option<PathBuf> {
    None
}
