//! A program and, where it has a group of its own, what it starts: all of it can be ended at once.

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, mpsc};
use std::thread::Builder;
use std::time::Instant;

use shared_child::SharedChild;

use system::Group;
pub use system::kill_groups;

/// A running program. Whoever has one waits for its end, so that no zombie is left.
pub(crate) struct Tree {
    pub child: Arc<SharedChild>,
    pub group: Option<Group>,
}

impl Tree {
    pub fn spawn(command: &mut Command, group: bool) -> io::Result<Self> {
        let (child, group) = match group {
            true => system::spawn(command).map(|(child, group)| (child, Some(group)))?,
            false => (SharedChild::spawn(command)?, None),
        };
        Ok(Tree { child: child.into(), group })
    }

    /// Waits for the program's end, not for that of what it started. `None`: the time is up.
    pub fn wait_until(&self, deadline: Option<Instant>) -> io::Result<Option<ExitStatus>> {
        let Some(deadline) = deadline else { return self.child.wait().map(Some) };
        // A thread, since a handler of SIGCHLD would change the settings of this process.
        let (child, (sender, ended)) = (self.child.clone(), mpsc::channel());
        Builder::new().spawn(move || sender.send(child.wait()))?;
        let left = deadline.saturating_duration_since(Instant::now());
        ended.recv_timeout(left).ok().transpose()
    }

    /// Ends the program and its group now. An error says that they have ended.
    pub fn kill(&mut self) {
        let _ = match self.group.take() {
            Some(group) => system::kill(group, &self.child),
            None => self.child.kill(),
        };
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.group.take().into_iter().for_each(system::forget);
    }
}

/// The exit code; minus the signal's number if a signal ended the program.
pub(crate) fn exit_code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return -signal;
    }
    status.code().unwrap_or(-1) // not reached: it has either a signal or a code
}

/// Whether waiting failed because this process ignores SIGCHLD, or something else in it has waited for
/// the program. Then the program has ended, and how is lost.
pub(crate) fn status_is_lost(error: &io::Error) -> bool {
    cfg!(unix) && error.raw_os_error() == Some(10) // ECHILD
}

#[cfg(unix)]
mod system {
    use std::os::unix::process::CommandExt;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use nix::sys::signal::{Signal::SIGKILL, killpg};
    /// The number of a process group. It is not used again while a member lives, or as long as nobody
    /// has waited for the first one.
    pub use nix::unistd::Pid as Group;

    use super::*;

    /// All that run. Locked until a new one is in the list, so that [`kill_groups`] misses none.
    fn groups() -> MutexGuard<'static, Vec<Group>> {
        static GROUPS: Mutex<Vec<Group>> = Mutex::new(Vec::new());
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn spawn(command: &mut Command) -> io::Result<(SharedChild, Group)> {
        let mut groups = groups();
        let child = SharedChild::spawn(command.process_group(0))?;
        let group = Group::from_raw(child.id().cast_signed());
        groups.push(group);
        Ok((child, group))
    }

    pub fn kill(group: Group, _: &SharedChild) -> io::Result<()> {
        forget(group);
        Ok(killpg(group, SIGKILL)?)
    }

    pub fn forget(gone: Group) {
        groups().retain(|&group| group != gone);
    }

    /// Ends all programs that have a group of their own, with what they started: for a handler of
    /// Ctrl-C or SIGTERM, right before it exits. On Windows Ctrl-C reaches them by itself.
    pub fn kill_groups() {
        groups().iter().for_each(|&group| killpg(group, SIGKILL).unwrap_or_default());
    }
}

#[cfg(windows)]
mod system {
    use std::os::windows::io::AsRawHandle;

    use win32job::ExtendedLimitInfo;
    /// What the program starts belongs to its job object, too.
    pub use win32job::Job as Group;

    use super::*;

    pub fn spawn(command: &mut Command) -> io::Result<(SharedChild, Group)> {
        let job = Group::create().map_err(io::Error::other)?;
        let mut child = command.spawn()?;
        match job.assign_process(child.as_raw_handle() as isize) {
            Ok(()) => Ok((SharedChild::new(child)?, job)),
            Err(error) => child.kill().and(Err(io::Error::other(error))),
        }
    }

    pub fn kill(job: Group, child: &SharedChild) -> io::Result<()> {
        let _ = child.kill(); // with exit code 1; closing the job would give it 0
        let mut limits = ExtendedLimitInfo::new();
        job.set_extended_limit_info(limits.limit_kill_on_job_close()).map_err(io::Error::other)
    }

    pub fn forget(_: Group) {}

    /// Ends all programs that have a group of their own, with what they started: for a handler of
    /// Ctrl-C or SIGTERM, right before it exits. On Windows Ctrl-C reaches them by itself.
    pub fn kill_groups() {}
}
