//! Unix: descriptors that are closed on exec, process groups, signals.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use command_fds::CommandFdExt;
use nix::sys::signal::{self, SigSet, Signal};

/// A pipe end.
pub type End = OwnedFd;

/// What a child is told of its ends in an argument.
pub fn label(ends: &[End]) -> String {
    ends.iter().map(|end| end.as_raw_fd().to_string()).collect::<Vec<_>>().join(",")
}

/// Starts a child that has these ends besides its stdout and stderr, and nothing on its stdin. They
/// are kept open between fork and exec, in the new child alone.
pub fn spawn(mut command: Command, ends: Vec<End>) -> io::Result<Child> {
    command.stdin(Stdio::null()).preserved_fds(ends).spawn()
}

/// In the child: the ends of a [`label`].
pub fn take(label: &str) -> io::Result<Vec<End>> {
    label.split(',').map(|number| take_one(number.parse().map_err(io::Error::other)?)).collect()
}

fn take_one(number: RawFd) -> io::Result<End> {
    if number < 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: not -1, and borrowed only while `inherited` below is open or known not to be.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    let end = borrowed.try_clone_to_owned()?; // closed on exec; an error if nothing is open there
    // SAFETY: open, as the clone has shown, and ours: `self_spawn::inherited` comes here only once,
    // with the numbers that the parent left open for this.
    drop(unsafe { OwnedFd::from_raw_fd(number) });
    Ok(end)
}

/// Makes the child be called as this program was.
pub fn set_name(command: &mut Command, name: OsString) {
    command.arg0(name);
}

/// Keeps the terminal's Ctrl-C from the child.
pub fn set_own_group(command: &mut Command) {
    command.process_group(0);
}

/// Asks a child that wasn't waited for to end.
pub fn terminate(child: &mut Child) -> io::Result<()> {
    // Not reaped yet, so the id is still this child's.
    let id = i32::try_from(child.id()).map_err(io::Error::other)?;
    Ok(signal::kill(nix::unistd::Pid::from_raw(id), Signal::SIGTERM)?)
}

/// Ends this process, whatever its other threads are doing. Not `process::exit`: it runs the exit
/// handlers of C libraries, which may wait for a lock that the main thread holds in the middle of its
/// task.
pub fn end_now() {
    let _ = signal::raise(Signal::SIGKILL);
}

/// Blocks the signal of a broken pipe in this thread.
pub fn block_sigpipe() {
    let _ = SigSet::from(Signal::SIGPIPE).thread_block(); // can't fail with a real signal
}
