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
//! The program is always waited for, so no zombie is left, and no shell reads the arguments.
//! The README beside this crate is the lesson: the notebook's cell, what breaks and how it is fixed.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

use std::process::{Command, ExitStatus};
use std::time::Duration;

use shared_child::SharedChild;

mod error;

pub use error::Error;

/// As good as for ever, and within what an `Instant` can count on every system: 30 years.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Runs a command to its end and answers its exit code: `subprocess.call`.
///
/// The program has this one's stdin, stdout and stderr, unless `command` says otherwise. If a signal
/// ended it, the answer is minus the signal's number, as in Python. On Windows the exit code is the
/// 32 bits that the program gave, as an `i32`.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::NotExecutable`], or what else kept it from running. A program that
/// ran and failed is no error: its code says so.
///
/// ```
/// use std::process::Command;
///
/// # fn main() -> Result<(), subprocess_call::Error> {
/// let code = subprocess_call::call(Command::new("rustc").arg("--version"))?;
/// assert_eq!(code, 0);
/// # Ok(())
/// # }
/// ```
pub fn call(command: &mut Command) -> Result<i32, Error> {
    let status = command.status().map_err(|error| Error::spawn(command, error))?;
    Ok(code(status))
}

/// [`call`], but ends the program after `timeout`: `subprocess.call(…, timeout=…)`.
///
/// Nothing is left of the program then (SIGKILL, on Windows TerminateProcess). Programs that it has
/// started itself go on.
///
/// # Errors
///
/// As [`call`], and [`Error::TimedOut`].
///
/// ```
/// use std::process::Command;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), subprocess_call::Error> {
/// let mut command = Command::new("rustc");
/// let code = subprocess_call::call_timeout(command.arg("--version"), Duration::from_secs(60))?;
/// assert_eq!(code, 0);
/// # Ok(())
/// # }
/// ```
pub fn call_timeout(command: &mut Command, timeout: Duration) -> Result<i32, Error> {
    let child = SharedChild::spawn(command).map_err(|error| Error::spawn(command, error))?;
    let program = error::name(command);
    let waited = child.wait_timeout(timeout.min(FOR_EVER));
    if !matches!(waited, Ok(Some(_))) {
        // Also after an error, so that nobody is left behind; the child may have ended just now.
        let _ = child.kill().and_then(|()| child.wait());
    }
    match waited {
        Ok(Some(status)) => Ok(code(status)),
        Ok(None) => Err(Error::TimedOut { program, timeout }),
        Err(source) => Err(Error::Other { program, source }),
    }
}

/// [`call`] for a program that must answer 0: `subprocess.check_call`.
///
/// # Errors
///
/// As [`call`], and [`Error::Failed`] with any code but 0.
///
/// ```
/// use std::process::Command;
/// use subprocess_call::{Error, check_call};
///
/// let failed = check_call(Command::new("rustc").arg("no such file.rs"));
/// assert!(matches!(failed, Err(Error::Failed { code: 1, .. })));
/// ```
pub fn check_call(command: &mut Command) -> Result<(), Error> {
    match call(command)? {
        0 => Ok(()),
        code => Err(Error::Failed { program: error::name(command), code }),
    }
}

fn code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return -signal;
    }
    status.code().unwrap_or(-1) // waited for, it has either a signal or a code
}
