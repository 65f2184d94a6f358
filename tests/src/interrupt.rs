//! Ctrl-C as a terminal gives it: SIGINT, to all of a process group.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Child, Command};
use std::sync::Once;

/// A program that will be a process group of its own, as a shell makes of it, and hears Ctrl-C.
///
/// A shell starts background jobs with SIGINT ignored, and whatever those start inherits that. A signal that is
/// handled has its default effect in a program that is started (see execve(2)), so this process gets a handler.
#[must_use]
pub fn interruptible(program: &Path) -> Command {
    static HANDLED: Once = Once::new();
    HANDLED.call_once(|| {
        // What Ctrl-C does to this process stays as it was: it ends it, or nothing if it was ignored.
        if ctrlc::try_set_handler(|| process::exit(130)).is_err() {
            let _: Result<(), ctrlc::Error> = ctrlc::set_handler(|| {});
        }
    });
    let mut command = Command::new(program);
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
