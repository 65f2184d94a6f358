//! Windows: handles that are never inheritable, TerminateProcess.
//!
//! A handle that is inheritable, if only for the time of one spawn, goes to each program that any
//! other thread starts in that time. So a child inherits none of ours: they are duplicated into it
//! when it has started, and it reads their numbers from its stdin, which is at its end then.

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

/// What a child is told of its ends in an argument: nothing, they have no numbers there yet.
pub fn label(_: &[End]) -> io::Result<String> {
    Ok("stdin".into())
}

/// Starts a child and gives it these ends besides its stdout and stderr, and nothing more on its
/// stdin than which these are. The console's Ctrl-C doesn't reach it.
pub fn spawn(mut command: Command, ends: Vec<End>) -> io::Result<Child> {
    command.creation_flags(Threading::CREATE_NEW_PROCESS_GROUP).stdin(Stdio::piped());
    let mut child = command.spawn()?;
    match hand_over(&mut child, &ends).map_err(|error| (error.kind(), error)) {
        // A process that has ended takes no handles, and nobody reads its stdin: whoever reads its pipes
        // sees that it has ended.
        Ok(()) | Err((ErrorKind::PermissionDenied | ErrorKind::BrokenPipe, _)) => Ok(child),
        Err((_, error)) => {
            let _ = child.kill();
            child.wait()?;
            Err(error)
        }
    }
}

/// Duplicates the ends into the child and writes their numbers there to its stdin.
fn hand_over(child: &mut Child, ends: &[End]) -> io::Result<()> {
    let mut numbers = Vec::new();
    for end in ends {
        let (from, to) = (end.as_raw_handle(), child.as_raw_handle());
        let mut there = ptr::null_mut();
        // SAFETY: both processes' handles and the end's are open as long as this call, and `there` takes
        // a handle. What it is worth in the child is for the child to say.
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
        end_now(); // the parent was gone before it could write them
    }
    numbers.split(',').map(take_one).collect()
}

fn take_one(number: &str) -> io::Result<End> {
    let handle = ptr::with_exposed_provenance_mut(number.parse().map_err(io::Error::other)?);
    // SAFETY: ours: `self_spawn::inherited` comes here only once, with the numbers that the parent got
    // when it made these handles for this process.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// Ends this process, whatever its other threads are doing. Not `process::exit`: it waits for a lock
/// of the system that a thread holds while it begins or ends, which may be for ever.
pub fn end_now() {
    // SAFETY: this process's own handle is always valid, and nobody uses anything afterwards.
    unsafe { Threading::TerminateProcess(Threading::GetCurrentProcess(), 1) };
}

/// There is no such signal.
pub fn block_sigpipe() {}

/// As for [`block_sigpipe`], nothing is to be done.
pub const CAN_SUPPRESS_SIGPIPE: bool = true;

/// Only calls `write`.
pub fn suppress_sigpipe(write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    write()
}

/// What an empty pipe takes at least.
pub fn pipe_size(_: &PipeWriter) -> usize {
    4096
}

/// A pipe stays as it is.
pub fn grow_pipe(_: &PipeWriter) {}

/// Nobody else can hold the ends of a child, as nobody can fork: a write ends with the child.
pub fn set_nonblocking(_: &PipeWriter) -> io::Result<()> {
    Ok(())
}

/// As [`set_nonblocking`]: a read ends with the child.
pub fn wait_readable(_: &PipeReader, _: &PipeReader) -> io::Result<bool> {
    Ok(true)
}

/// As [`set_nonblocking`].
pub fn wait_writable(_: &PipeWriter, _: &PipeReader) -> io::Result<bool> {
    Ok(true)
}

/// [`io::ErrorKind::Unsupported`]: only a read waits for a pipe here.
pub fn is_readable(_: &PipeReader, _: Duration) -> io::Result<bool> {
    Err(io::Error::new(ErrorKind::Unsupported, "Windows can't wait for a pipe with a timeout"))
}
