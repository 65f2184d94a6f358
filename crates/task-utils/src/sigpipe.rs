//! A write to a pipe that nobody reads is an error here, and never the end of the process.
//!
//! On Unix such a write brings the signal SIGPIPE too, which ends a process unless it is ignored.
//! Rust's runtime ignores it and most programs leave it at that, but some give it its default effect
//! back. Windows has no such signal.

use std::cell::Cell;

use crate::system;

thread_local! {
    static BLOCKED: Cell<bool> = const { Cell::new(false) };
}

/// Blocks the signal in this thread, for good. For threads of our own.
pub fn block() {
    system::block_sigpipe();
    BLOCKED.set(true);
}

/// Whether [`suppress`] does what it says. If not, only a thread that called [`block`] may write.
pub const CAN_SUPPRESS: bool = system::CAN_SUPPRESS_SIGPIPE;

/// Writes to a pipe, on any thread; a signal that comes of it is taken away. In a thread that called
/// [`block`] this costs nothing.
///
/// # Errors
///
/// What `write` returns.
///
/// ```
/// use std::io::Write;
///
/// let (reader, mut writer) = os_pipe::pipe()?;
/// drop(reader);
/// let error = task_utils::sigpipe::suppress(|| writer.write_all(b"hi")).unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
/// # std::io::Result::Ok(())
/// ```
pub fn suppress<T>(write: impl FnOnce() -> std::io::Result<T>) -> std::io::Result<T> {
    if BLOCKED.get() { write() } else { system::suppress_sigpipe(write) }
}
