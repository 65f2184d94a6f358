//! A program and, where it has a group of its own, what it starts: all of it can be ended at once.

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, mpsc};
use std::thread::Builder;
use std::time::Instant;

use shared_child::SharedChild;

#[cfg(unix)]
pub(crate) use unix::{Group, kill_groups};
#[cfg(windows)]
pub(crate) use windows::{Group, kill_groups};

/// A running program. Whoever has one waits for its end, so that no zombie is left.
pub(crate) struct Tree {
    pub child: Arc<SharedChild>,
    pub group: Option<Group>,
}

impl Tree {
    pub fn spawn(command: &mut Command, group: bool) -> io::Result<Self> {
        let (child, group) = match group {
            true => Group::spawn(command).map(|(child, group)| (child, Some(group)))?,
            false => (SharedChild::spawn(command)?, None),
        };
        Ok(Tree { child: Arc::new(child), group })
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
            Some(group) => group.kill(&self.child),
            None => self.child.kill(),
        };
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
    const ECHILD: i32 = 10;
    cfg!(unix) && error.raw_os_error() == Some(ECHILD)
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::Command;
    use std::sync::{Mutex, PoisonError};

    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    use shared_child::SharedChild;

    static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

    /// A process group. Its number is not used again while a member lives or the first isn't waited for.
    pub struct Group(pub Pid);

    impl Group {
        pub fn spawn(command: &mut Command) -> io::Result<(SharedChild, Self)> {
            // Locked until the new one is listed, so that `kill_groups` misses none.
            let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
            let child = SharedChild::spawn(command.process_group(0))?;
            running.push(Pid::from_raw(child.id().cast_signed()));
            Ok((child, Group(running[running.len() - 1])))
        }

        pub fn kill(self, _: &SharedChild) -> io::Result<()> {
            Ok(killpg(self.0, Signal::SIGKILL)?)
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
            running.retain(|&group| group != self.0);
        }
    }

    pub fn kill_groups() {
        for &group in &*RUNNING.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::io;
    use std::os::windows::io::AsRawHandle;
    use std::process::Command;

    use shared_child::SharedChild;
    use win32job::{ExtendedLimitInfo, Job};

    /// A job object. What the program starts belongs to it, too.
    pub struct Group(Job);

    impl Group {
        pub fn spawn(command: &mut Command) -> io::Result<(SharedChild, Self)> {
            let job = Job::create().map_err(io::Error::other)?;
            let mut child = command.spawn()?;
            if let Err(error) = job.assign_process(child.as_raw_handle() as isize) {
                child.kill()?;
                return Err(io::Error::other(error));
            }
            Ok((SharedChild::new(child)?, Group(job)))
        }

        pub fn kill(self, child: &SharedChild) -> io::Result<()> {
            child.kill()?; // with exit code 1; closing the job would give it 0
            let mut limits = ExtendedLimitInfo::new();
            let limits = limits.limit_kill_on_job_close();
            self.0.set_extended_limit_info(limits).map_err(io::Error::other)
        }
    }

    pub fn kill_groups() {}
}
