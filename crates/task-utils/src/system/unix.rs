//! Unix: descriptors that are closed on exec, process groups, signals.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use command_fds::CommandFdExt;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{self, SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal};
use os_pipe::{PipeReader, PipeWriter};

/// A pipe end.
pub type End = OwnedFd;

/// The same end with a number that isn't stdin's, stdout's or stderr's, which may be closed here.
pub fn above_stdio(end: End) -> io::Result<End> {
    if end.as_raw_fd() > 2 {
        return Ok(end);
    }
    let number = fcntl(&end, FcntlArg::F_DUPFD_CLOEXEC(3))?;
    // SAFETY: `fcntl` has just made it, so nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// What a child is told in an argument: whether this thread blocks Ctrl-C, and the numbers of its ends.
pub fn label(ends: &[End]) -> io::Result<String> {
    let blocked = SigSet::thread_get_mask()?.contains(Signal::SIGINT);
    let numbers = ends.iter().map(|end| end.as_raw_fd().to_string());
    let parts = [u8::from(blocked).to_string()].into_iter().chain(numbers);
    Ok(parts.collect::<Vec<_>>().join(","))
}

/// Starts a child that has these ends besides its stdout and stderr, and nothing on its stdin. They
/// are kept open between fork and exec, in the new child alone. It starts with Ctrl-C blocked, until
/// [`take`] has seen to it.
pub fn spawn(mut command: Command, ends: Vec<End>) -> io::Result<Child> {
    let before = SigSet::from(Signal::SIGINT).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let child = command.stdin(Stdio::null()).preserved_fds(ends).spawn();
    before.thread_set_mask()?;
    child
}

/// In the child: the ends of a [`label`]. From now on Ctrl-C does nothing here.
pub fn take(label: &str) -> io::Result<Vec<End>> {
    let (blocked, numbers) = label.split_once(',').ok_or(io::ErrorKind::InvalidInput)?;
    survive_ctrl_c(blocked == "1")?;
    numbers.split(',').map(|number| take_one(number.parse().map_err(io::Error::other)?)).collect()
}

/// A handler, since exec resets it: programs that the child starts have the disposition of the parent.
fn survive_ctrl_c(parent_blocks: bool) -> io::Result<()> {
    extern "C" fn nothing(_: i32) {}
    let survive =
        SigAction::new(SigHandler::Handler(nothing), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler does nothing, which is async-signal-safe.
    let before = unsafe { signal::sigaction(Signal::SIGINT, &survive) }?;
    if matches!(before.handler(), SigHandler::SigIgn) {
        // SAFETY: this is what was there before.
        unsafe { signal::sigaction(Signal::SIGINT, &before) }?;
    }
    if !parent_blocks {
        SigSet::from(Signal::SIGINT).thread_unblock()?;
    }
    Ok(())
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
pub fn prepare(command: &mut Command, name: Option<OsString>) {
    if let Some(name) = name {
        command.arg0(name);
    }
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
    #[cfg(not(miri))] // which has no signals
    let _ = SigSet::from(Signal::SIGPIPE).thread_block(); // can't fail with a real signal
}

/// Makes a write return an error where it would wait. The other end of the pipe isn't changed by it.
pub fn set_nonblocking(pipe: &PipeWriter) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(pipe, FcntlArg::F_GETFL)?);
    fcntl(pipe, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Waits until the pipe has something to read or its end; `false` if only `end` is at its end.
pub fn wait_readable(pipe: &PipeReader, end: &PipeReader) -> io::Result<bool> {
    wait_for(pipe.as_fd(), PollFlags::POLLIN, end)
}

/// Waits until the pipe takes something, or nobody reads it; `false` if only `end` is at its end.
pub fn wait_writable(pipe: &PipeWriter, end: &PipeReader) -> io::Result<bool> {
    wait_for(pipe.as_fd(), PollFlags::POLLOUT, end)
}

/// Whether the pipe has something to read or its end, within the time.
pub fn is_readable(pipe: &PipeReader, timeout: Duration) -> io::Result<bool> {
    let deadline = Instant::now().checked_add(timeout);
    let mut pipe = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // The next millisecond, so as not to come back too early; a day at most.
        let left = left.map_or(u128::MAX, |left| left.as_micros().div_ceil(1000)).min(86_400_000);
        let timeout = PollTimeout::try_from(left as i32).unwrap_or(PollTimeout::NONE);
        match poll(&mut pipe, timeout) {
            Err(Errno::EINTR) => {}
            Ok(0) if left == 86_400_000 => {}
            polled => return Ok(polled? > 0),
        }
    }
}

fn wait_for(pipe: BorrowedFd, what: PollFlags, end: &PipeReader) -> io::Result<bool> {
    let mut both = [PollFd::new(pipe, what), PollFd::new(end.as_fd(), PollFlags::POLLIN)];
    loop {
        match poll(&mut both, PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            polled => return Ok(polled.map(|_| both[0].any() == Some(true))?),
        }
    }
}
