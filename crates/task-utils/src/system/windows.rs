//! Windows: handles that are never inheritable, TerminateProcess.
//!
//! While a handle is inheritable, even if only for one spawn, every program that another thread starts
//! inherits it. So a child inherits none of ours. The parent duplicates them into the child after its start,
//! and the child reads their numbers from its stdin, which is at its end then.

use std::io::{self, ErrorKind, Read, Write};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::ptr;
use std::time::Duration;

use os_pipe::{PipeReader, PipeWriter};
use windows_sys::Win32::Foundation::{DUPLICATE_SAME_ACCESS, DuplicateHandle};
use windows_sys::Win32::System::Threading;

/// A pipe end.
pub type End = OwnedHandle;

/// An argument for a child. It doesn't contain the numbers of the ends, which the child doesn't have yet.
pub fn label(_: &[End]) -> io::Result<String> {
    Ok("stdin".into())
}

/// Starts a child with these ends besides stdout and stderr. Its stdin contains nothing but their numbers.
/// Ctrl-C in the console doesn't reach it.
pub fn spawn(mut command: Command, ends: Vec<End>) -> io::Result<Child> {
    command.creation_flags(Threading::CREATE_NEW_PROCESS_GROUP).stdin(Stdio::piped());
    let mut child = command.spawn()?;
    match hand_over(&mut child, &ends).map_err(|error| (error.kind(), error)) {
        // These errors mean that the child has already ended. The thread that reads its pipes notices that.
        Ok(()) | Err((ErrorKind::PermissionDenied | ErrorKind::BrokenPipe, _)) => Ok(child),
        Err((_, error)) => {
            let _ = child.kill();
            child.wait()?;
            Err(error)
        }
    }
}

/// Duplicates the ends into the child and writes the numbers that they have there to its stdin.
fn hand_over(child: &mut Child, ends: &[End]) -> io::Result<()> {
    let mut numbers = Vec::new();
    for end in ends {
        let (from, to) = (end.as_raw_handle(), child.as_raw_handle());
        let mut there = ptr::null_mut();
        // SAFETY: the handles of both processes and of the end are open during this call, and `there` has
        // room for a handle. The copy isn't inheritable, and is used only in the child.
        let done = unsafe {
            let here = Threading::GetCurrentProcess();
            DuplicateHandle(here, from, to, &mut there, 0, 0, DUPLICATE_SAME_ACCESS)
        };
        if done == 0 {
            return Err(io::Error::last_os_error());
        }
        numbers.push((there as usize).to_string());
    }
    child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(numbers.join(",").as_bytes()))
}

/// In the child: the ends that it was given.
pub fn take(_: &str) -> io::Result<Vec<End>> {
    let numbers = io::read_to_string(io::stdin().lock().take(4096))?;
    if numbers.is_empty() {
        end_now(); // the parent ended before it could write them
    }
    numbers.split(',').map(take_one).collect()
}

fn take_one(number: &str) -> io::Result<End> {
    let handle = ptr::with_exposed_provenance_mut(number.parse().map_err(io::Error::other)?);
    // SAFETY: nothing else owns it: the parent made this handle for this process, and
    // `self_spawn::inherited` calls this only once.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// Ends this process at once. `process::exit` would wait for a lock of the system that another thread may
/// hold forever while it begins or ends.
pub fn end_now() {
    // SAFETY: a process's handle of itself is always valid.
    unsafe { Threading::TerminateProcess(Threading::GetCurrentProcess(), 1) };
}

/// Does nothing: Windows has no such signal.
pub fn block_sigpipe() {}

/// Every thread may write to a pipe.
pub const CAN_SUPPRESS_SIGPIPE: bool = true;

/// Only calls `write`.
pub fn suppress_sigpipe(write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    write()
}

/// Does nothing: a pipe keeps its size.
pub fn grow_pipe(_: &PipeWriter) {}

/// Does nothing: no other process can hold the ends of a child, since there is no fork. So every write ends
/// when the child ends.
pub fn set_nonblocking(_: &PipeWriter) -> io::Result<()> {
    Ok(())
}

/// Doesn't wait: a read ends when the child ends, as with [`set_nonblocking`].
pub fn wait_readable(_: &PipeReader, _: &PipeReader) -> io::Result<bool> {
    Ok(true)
}

/// Doesn't wait: see [`set_nonblocking`].
pub fn wait_writable(_: &PipeWriter, _: &PipeReader) -> io::Result<()> {
    Ok(())
}

/// Returns [`io::ErrorKind::Unsupported`]: Windows can't wait for a pipe without reading from it.
pub fn is_readable(_: &PipeReader, _: Duration) -> io::Result<bool> {
    Err(io::Error::new(ErrorKind::Unsupported, "Windows can't wait for a pipe with a timeout"))
}
