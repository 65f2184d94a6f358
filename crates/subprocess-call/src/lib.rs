//! Runs a program and returns its exit code, within a time limit if you like: Python's
//! `subprocess.call`, `check_call` and their `timeout`, with errors that name the cause.
//!
//! ```
//! use std::process::Command;
//!
//! let code = subprocess_call::call(Command::new("rustc").arg("--version"))?;
//! assert_eq!(code, 0);
//! # Ok::<(), subprocess_call::Error>(())
//! ```
//!
//! No shell reads the arguments. The lesson with the notebook's cell and the zombie is the crate's
//! `README.md`.
//!
//! # When something fails
//!
//! An [`Error`] names the command and the way out. The program is always waited for, also after an
//! error, so no zombie is left. This process keeps its signal handlers, its signal mask and its
//! current folder. [`call_timeout`] ends the program and what it has started.
//!
//! # Platforms
//!
//! The crate behaves the same on Linux, macOS and Windows, apart from exit codes (8 bits on Unix, 32 on
//! Windows; signals on Unix only). Only on Unix can an exit code get lost: see [`Error::StatusUnknown`].

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

use std::io::{ErrorKind, IsTerminal, stdin};
use std::process::Command;
use std::time::{Duration, Instant};

use tree::Tree;

mod cause;
mod error;
mod tree;

pub use error::Error;
pub use tree::kill_groups;

/// Runs a command to its end and returns its exit code: `subprocess.call`.
///
/// The program has this process's stdin, stdout and stderr unless `command` says otherwise. If a
/// signal ended it, the code is minus the signal's number, as in Python. On Windows it is the 32 bits
/// that the program returned, as an `i32`. What the program has started goes on.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::NotExecutable`] and their like if it didn't start;
/// [`Error::StatusUnknown`] if it ended but the code is lost; [`Error::Piped`] if `command` pipes its
/// stdout or stderr, which nobody would read. A program that ran and failed is no error: see its code.
pub fn call(command: &mut Command) -> Result<i32, Error> {
    run(command, false, Duration::MAX)
}

/// [`call`], but ends the program after `timeout`: `subprocess.call(…, timeout=…)`.
///
/// What the program has started ends with it: it gets a process group of its own, on Windows a job
/// object, and the group is killed (SIGKILL; TerminateProcess). Only processes that moved to another
/// group or session go on, and on Windows what the program starts before it is put into the job object.
/// Where this process's stdin is a terminal there is no such group on Unix, since the system would stop a
/// program of it that reads the terminal; then the program alone ends.
///
/// Ctrl-C at a terminal doesn't reach a group of its own: see [`kill_groups`]. On Unix `command` keeps
/// the setting: a later `spawn` of it makes a group, too.
///
/// # Errors
///
/// As [`call`], and [`Error::TimedOut`].
///
/// ```
/// use std::process::Command;
/// use std::time::Duration;
///
/// let mut command = Command::new("rustc");
/// let code = subprocess_call::call_timeout(command.arg("--version"), Duration::from_secs(60))?;
/// assert_eq!(code, 0);
/// # Ok::<(), subprocess_call::Error>(())
/// ```
pub fn call_timeout(command: &mut Command, timeout: Duration) -> Result<i32, Error> {
    run(command, cfg!(windows) || !stdin().is_terminal(), timeout)
}

/// [`call`] for a program that must return 0: `subprocess.check_call`.
///
/// # Errors
///
/// As [`call`], and [`Error::Failed`] with any code but 0.
pub fn check_call(command: &mut Command) -> Result<(), Error> {
    match call(command)? {
        0 => Ok(()),
        code => Err(Error::Failed { program: cause::name(command), code }),
    }
}

fn run(command: &mut Command, group: bool, timeout: Duration) -> Result<i32, Error> {
    let deadline = Instant::now().checked_add(timeout);
    let mut tree = Tree::spawn(command, group).map_err(|error| Error::spawn(command, error))?;
    let program = cause::name(command);
    drop(tree.child.take_stdin()); // a pipe to which nobody writes is at its end
    if tree.child.take_stdout().is_some() | tree.child.take_stderr().is_some() {
        tree.kill();
        return Err(Error::Piped { program });
    }
    let source = match tree.wait_until(deadline) {
        Ok(code) => return code.ok_or(Error::StatusUnknown { program }),
        Err(source) => source,
    };
    tree.kill(); // also after an unknown error, so that nothing is left behind
    Err(match source.kind() {
        ErrorKind::TimedOut => Error::TimedOut { program, timeout },
        _ => Error::Other { program, source },
    })
}
