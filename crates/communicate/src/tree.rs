//! A program and, where it has a group of its own, what it starts: all of it can be ended at once.

use std::io::{self, ErrorKind};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, mpsc};
use std::{thread::Builder, time::Instant};

use shared_child::SharedChild;

pub use system::{Group, kill_groups};

/// A running program. Its owner has to wait for its end, so that no zombie is left.
pub(crate) struct Tree {
    pub child: Arc<SharedChild>,
    pub group: Option<Group>,
}

impl Tree {
    pub fn spawn(command: &mut Command, group: bool) -> io::Result<Self> {
        if group {
            return system::spawn(command);
        }
        Ok(Tree { child: SharedChild::spawn(command)?.into(), group: None })
    }

    /// Waits for the program's end, not for that of what it started, and returns its exit code; minus
    /// the signal's number if a signal ended it. After the deadline the error is `TimedOut`.
    ///
    /// `None`: it has ended, but its exit code is lost, because this process ignores SIGCHLD, or
    /// another part of it has waited for the program.
    pub fn wait_until(&self, deadline: Option<Instant>) -> io::Result<Option<i32>> {
        let status = match deadline {
            None => self.child.wait(),
            Some(deadline) => {
                // A thread, since a handler of SIGCHLD would change the settings of this process.
                let (child, (sender, ended)) = (self.child.clone(), mpsc::channel());
                Builder::new().spawn(move || sender.send(child.wait()))?;
                let left = deadline.saturating_duration_since(Instant::now());
                ended.recv_timeout(left).unwrap_or(Err(ErrorKind::TimedOut.into()))
            }
        };
        match status {
            Err(error) if cfg!(unix) && error.raw_os_error() == Some(10) => Ok(None), // ECHILD
            status => status.map(system::exit_code),
        }
    }

    /// Ends the program and its group now. Returns its exit code, if that isn't lost.
    pub fn kill(&mut self) -> Option<i32> {
        if cfg!(windows) || self.group.is_none() {
            let _ = self.child.kill(); // on Windows with exit code 1; closing the job would give it 0
        }
        self.group.take().into_iter().for_each(system::kill);
        self.wait_until(None).ok().flatten()
    }
}

#[cfg(unix)]
mod system {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::sync::{Mutex, PoisonError, Weak};

    use nix::{sys::signal::Signal::SIGKILL, sys::signal::killpg, unistd::Pid};

    use super::*;

    /// The number of a process group. It is not used again while a member lives, or as long as nobody
    /// has waited for the first one.
    pub type Group = Arc<Pid>;

    /// All that a [`Tree`] holds. Locked until a new one is in the list, so that [`kill_groups`] misses
    /// none.
    static GROUPS: Mutex<Vec<Weak<Pid>>> = Mutex::new(Vec::new());

    pub fn spawn(command: &mut Command) -> io::Result<Tree> {
        let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        groups.retain(|group| group.strong_count() > 0);
        let child = SharedChild::spawn(command.process_group(0))?;
        let group = Group::new(Pid::from_raw(child.id().cast_signed()));
        groups.push(Arc::downgrade(&group));
        Ok(Tree { child: child.into(), group: Some(group) })
    }

    pub fn kill(group: Group) {
        let _ = killpg(*group, SIGKILL); // an error says that all of it has ended
    }

    pub fn exit_code(status: ExitStatus) -> Option<i32> {
        status.code().or_else(|| Some(-status.signal()?))
    }

    /// Ends all programs that have a group of their own, with what they started: for a handler of
    /// Ctrl-C or SIGTERM, right before it exits. On Windows Ctrl-C reaches them by itself.
    pub fn kill_groups() {
        let groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        groups.iter().filter_map(Weak::upgrade).for_each(kill);
    }
}

#[cfg(windows)]
mod system {
    use std::os::windows::io::AsRawHandle;

    use win32job::ExtendedLimitInfo;
    /// What the program starts belongs to its job object, too.
    pub use win32job::Job as Group;

    use super::*;

    pub fn spawn(command: &mut Command) -> io::Result<Tree> {
        let job = Group::create().map_err(io::Error::other)?;
        let mut child = command.spawn()?;
        let group = match job.assign_process(child.as_raw_handle() as isize) {
            Ok(()) => Some(job),
            Err(_) if child.try_wait()?.is_some() => None, // it has ended already
            Err(error) => return child.kill().and(Err(io::Error::other(error))),
        };
        Ok(Tree { child: SharedChild::new(child)?.into(), group })
    }

    pub fn kill(job: Group) {
        let _ = job.set_extended_limit_info(ExtendedLimitInfo::new().limit_kill_on_job_close());
    }

    pub fn exit_code(status: ExitStatus) -> Option<i32> {
        status.code()
    }

    /// Ends all programs that have a group of their own, with what they started: for a handler of
    /// Ctrl-C or SIGTERM, right before it exits. On Windows Ctrl-C reaches them by itself.
    pub fn kill_groups() {}
}
