//! Ctrl-C as a terminal gives it: SIGINT, to all of a process group.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};

/// A program that will be a process group of its own, as a shell makes of it.
///
/// What is started in the background of a script finds SIGINT ignored; where `env` can, it undoes that.
#[must_use]
pub fn interruptible(program: &Path) -> Command {
    let mut env = Command::new("env");
    env.args(cfg!(target_os = "linux").then_some("--default-signal=INT")).arg(program);
    env.process_group(0);
    env
}

/// Ctrl-C for a child that is a process group.
///
/// # Errors
///
/// What starting `kill` answers, or that it failed.
pub fn interrupt(child: &Child) -> io::Result<()> {
    let group = format!("-{}", child.id());
    match Command::new("kill").args(["-INT", "--", &group]).status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("no process group {group}"))),
    }
}
