//! Unix: descriptors that are closed on exec, process groups, signals.

use std::cell::Cell;
use std::env;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use command_fds::CommandFdExt;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{self, SigHandler, SigSet, SigmaskHow, Signal};
use os_pipe::{PipeReader, PipeWriter};

/// A pipe end.
pub type End = OwnedFd;

/// An argument for a child: whether this thread blocks SIGINT (Ctrl-C), and the numbers of the child's ends.
pub fn label(ends: &[End]) -> io::Result<String> {
    let blocked = SigSet::thread_get_mask()?.contains(Signal::SIGINT);
    let numbers: Vec<_> = ends.iter().map(|end| end.as_raw_fd().to_string()).collect();
    Ok(format!("{},{}", u8::from(blocked), numbers.join(",")))
}

/// Starts a child with these ends besides stdout and stderr, and with an empty stdin. The ends stay open
/// only in the new child, between fork and exec. The child has the same `argv[0]` as this process, and SIGINT
/// is blocked in it until [`take`] has installed a handler.
pub fn spawn(mut command: Command, ends: Vec<End>) -> io::Result<Child> {
    command.arg0(env::args_os().next().unwrap_or_default()).stdin(Stdio::null());
    let before = SigSet::from(Signal::SIGINT).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let child = command.preserved_fds(ends).spawn();
    before.thread_set_mask()?;
    child
}

/// In the child: the ends of a [`label`]. From now on Ctrl-C has no effect on this process.
pub fn take(label: &str) -> io::Result<Vec<End>> {
    let (blocked, numbers) = label.split_once(',').ok_or(io::ErrorKind::InvalidInput)?;
    survive_ctrl_c(blocked == "1")?;
    numbers.split(',').map(take_one).collect()
}

/// Installs a handler that does nothing. Unlike SIG_IGN, a handler is reset by exec, so the programs that the
/// child starts have the disposition of the parent.
fn survive_ctrl_c(parent_blocks: bool) -> io::Result<()> {
    extern "C" fn nothing(_: i32) {}
    // SAFETY: the handler does nothing, which is async-signal-safe.
    let before = unsafe { signal::signal(Signal::SIGINT, SigHandler::Handler(nothing)) }?;
    if matches!(before, SigHandler::SigIgn) {
        // SAFETY: this is what was there before.
        unsafe { signal::signal(Signal::SIGINT, before) }?;
    }
    if !parent_blocks {
        SigSet::from(Signal::SIGINT).thread_unblock()?;
    }
    Ok(())
}

fn take_one(number: &str) -> io::Result<End> {
    let number = number.parse::<u32>().ok().and_then(|number| RawFd::try_from(number).ok());
    let number = number.ok_or(io::ErrorKind::InvalidInput)?;
    // SAFETY: nothing else owns it: the parent left this number open for us, and `self_spawn::inherited`
    // calls this only once. If nothing is open there after all, the next line returns an error.
    let end = unsafe { OwnedFd::from_raw_fd(number) };
    fcntl(&end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(end)
}

/// Ends this process at once. `process::exit` would run the exit handlers of C libraries, which may wait for
/// a lock that another thread holds.
pub fn end_now() {
    let _ = signal::raise(Signal::SIGKILL);
}

thread_local!(static SIGPIPE_BLOCKED: Cell<bool> = const { Cell::new(false) });

/// Blocks SIGPIPE in this thread, for good. It makes writing cheaper in threads of our own.
pub fn block_sigpipe() {
    #[cfg(not(miri))] // which has no signals
    let _ = SigSet::from(Signal::SIGPIPE).thread_block(); // can't fail with a real signal
    SIGPIPE_BLOCKED.set(true);
}

/// Whether every thread may write to a pipe. If not, only threads that called [`block_sigpipe`] may. Only
/// Linux keeps a signal pending that is both blocked and ignored, so that it can be removed.
pub const CAN_SUPPRESS_SIGPIPE: bool = cfg!(all(target_os = "linux", not(miri)));

/// Calls `write` and removes the SIGPIPE that it raises, if it does.
pub fn suppress_sigpipe(write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    if SIGPIPE_BLOCKED.get() || !CAN_SUPPRESS_SIGPIPE {
        return write();
    }
    let sigpipe = SigSet::from(Signal::SIGPIPE);
    let before = sigpipe.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let written = write();
    if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        sigpipe.wait()?; // it is pending, so this returns at once
    }
    before.thread_set_mask()?;
    written
}

/// Makes the pipe larger, where that is possible and allowed.
pub fn grow_pipe(pipe: &PipeWriter) {
    #[cfg(all(target_os = "linux", not(miri)))]
    let _ = fcntl(pipe, FcntlArg::F_SETPIPE_SZ(512 << 10));
    let _ = pipe;
}

/// Makes a write return an error instead of waiting. It doesn't change the other end of the pipe, and no other
/// flag, since none is set on a new pipe.
pub fn set_nonblocking(pipe: &PipeWriter) -> io::Result<()> {
    Ok(fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map(drop)?)
}

/// Waits until there is something to read from the pipe, or its end; `false` if only `end` is at its end.
pub fn wait_readable(pipe: &PipeReader, end: &PipeReader) -> io::Result<bool> {
    wait_for(pipe.as_fd(), PollFlags::POLLIN, end)
}

/// Waits until the pipe has room or no reader any more; an error if only `end` is at its end.
pub fn wait_writable(pipe: &PipeWriter, end: &PipeReader) -> io::Result<()> {
    let ready = wait_for(pipe.as_fd(), PollFlags::POLLOUT, end)?;
    ready.then_some(()).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn wait_for(pipe: BorrowedFd, what: PollFlags, end: &PipeReader) -> io::Result<bool> {
    let mut both = [PollFd::new(pipe, what), PollFd::new(end.as_fd(), PollFlags::POLLIN)];
    poll_for(&mut both, Duration::MAX)?;
    Ok(both[0].any() == Some(true))
}

/// Waits until there is something to read from the pipe, or its end; `false` after the timeout.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`] on Windows, which can't wait for a pipe without reading from it.
///
/// ```
/// # if cfg!(unix) {
/// let (reader, _writer) = task_utils::handover::pipe()?;
/// assert!(!task_utils::handover::is_readable(&reader, std::time::Duration::ZERO)?);
/// # }
/// # std::io::Result::Ok(())
/// ```
pub fn is_readable(pipe: &PipeReader, timeout: Duration) -> io::Result<bool> {
    poll_for(&mut [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)], timeout)
}

/// Waits until at least one of these is ready; `false` after the timeout.
fn poll_for(pipes: &mut [PollFd], timeout: Duration) -> io::Result<bool> {
    let start = Instant::now();
    loop {
        // Rounded up, so that it isn't too short. One call of `poll` waits for some weeks at most.
        let left = timeout.saturating_sub(start.elapsed()).as_micros().div_ceil(1000);
        match poll(pipes, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Err(Errno::EINTR) => {}
            Ok(0) if left > 0 => {}
            polled => return Ok(polled? > 0),
        }
    }
}
