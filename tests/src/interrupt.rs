//! Ctrl-C as a terminal gives it: SIGINT, to all of a process group.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::{fs, io};

/// A program that will be a process group of its own, as a shell makes of it, and hears Ctrl-C.
///
/// A shell starts background jobs with SIGINT ignored, and whatever those start inherits that. Where
/// this is so, `env` sets the signal's effect back to the default.
#[must_use]
pub fn interruptible(program: &Path) -> Command {
    let mut command = Command::new(program);
    if ignores_sigint() {
        command = Command::new("env");
        command.arg("--default-signal=INT").arg(program);
    }
    command.process_group(0);
    command
}

/// A program that will be a process group of its own and is started with SIGINT ignored, as a shell
/// starts a background job.
#[must_use]
pub fn ignoring_interrupts(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' INT; exec \"$0\" \"$@\""]).arg(program).process_group(0);
    command
}

/// Whether this process ignores SIGINT, which only Linux tells: see proc_pid_status(5).
fn ignores_sigint() -> bool {
    const SIGINT: u32 = 2;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & (1 << (SIGINT - 1)) != 0)
}

/// Ctrl-C for a child that is a process group.
///
/// # Errors
///
/// The shell can't be started, or there is no such group. (`kill` is part of each shell, while
/// the program of this name isn't installed everywhere.)
pub fn interrupt(child: &Child) -> io::Result<()> {
    let kill = format!("kill -INT -{}", child.id());
    match Command::new("sh").args(["-c", &kill]).status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("{kill} failed"))),
    }
}
