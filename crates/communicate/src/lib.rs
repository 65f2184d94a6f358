//! Writes to a program's stdin, reads everything that it writes and waits for its end, all at once:
//! Python's `Popen.communicate`, without a deadlock whatever the amounts.
//!
//! ```
//! use std::process::Command;
//!
//! let mut command = Command::new("rustc");
//! let output = communicate::communicate(command.args(["-", "--print", "crate-name"]), b"")?;
//! assert_eq!(output.stdout, b"rust_out\n");
//! assert_eq!(output.returncode, 0);
//! # Ok::<(), communicate::Error>(())
//! ```
//!
//! No shell reads the arguments. The lesson with the notebook's cell and the pipe deadlock is the
//! crate's `README.md`.
//!
//! # When something fails
//!
//! An [`Error`] names the command and the way out. A timeout ends the program and what it has started;
//! its error has the output that came until then. The program is always waited for, also after an
//! error, so no zombie is left. This process keeps its signal handlers, its signal mask and its current
//! folder.
//!
//! # Platforms
//!
//! The crate behaves the same on Linux, macOS and Windows, apart from exit codes (8 bits on Unix, 32 on
//! Windows; signals on Unix only). Windows has no SIGTERM, so a program is ended there without a grace.
//! Only on Unix can an exit code get lost: see [`Error::StatusUnknown`].

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

use std::process::Command;
use std::time::Duration;

mod cause;
mod error;
mod pipes;
mod run;
mod tree;

pub use error::Error;
pub use run::{Options, run};
pub use tree::kill_groups;

/// What a program wrote, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What it wrote to stdout, byte for byte.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr; empty after [`communicate_merged`].
    pub stderr: Vec<u8>,
    /// Its exit code; minus the signal's number if a signal ended it, as in Python. On Windows the 32
    /// bits that the program returned, as an `i32`. In an error, `i32::MIN` says that it isn't known.
    pub returncode: i32,
}

/// Runs a command with `input` on its stdin and returns everything that it wrote:
/// `Popen.communicate`.
///
/// Bytes move through all three pipes at once, so no amount in any direction is a deadlock. A program
/// that closes its stdin early, or never reads it, is no error. Returns when the program has ended *and*
/// its pipes are closed: a process that it left behind with them keeps this waiting, as in Python.
///
/// Sets the stdin, stdout and stderr of `command`, which can be run again afterwards.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::NotExecutable`] and their like if it didn't start;
/// [`Error::StatusUnknown`], with the output, if the exit code is lost.
pub fn communicate(command: &mut Command, input: &[u8]) -> Result<Output, Error> {
    run(command, &Options { input, ..Options::default() })
}

/// [`communicate`], but ends the program, and what it has started, after `timeout`:
/// `Popen.communicate(timeout=…)`, `kill()`, `communicate()`.
///
/// The program gets a process group of its own, see [`Options::group`].
///
/// # Errors
///
/// [`Error::TimedOut`] with the output so far, and as [`communicate`].
///
/// ```
/// use std::process::Command;
/// use std::time::Duration;
///
/// let minute = Duration::from_secs(60);
/// let output = communicate::communicate_timeout(Command::new("rustc").arg("-V"), b"", minute)?;
/// assert!(output.stdout.starts_with(b"rustc "));
/// # Ok::<(), communicate::Error>(())
/// ```
pub fn communicate_timeout(
    command: &mut Command,
    input: &[u8],
    timeout: Duration,
) -> Result<Output, Error> {
    let timeout = Some(timeout);
    run(command, &Options { input, timeout, group: true, ..Options::default() })
}

/// [`communicate`] with stderr in [`Output::stdout`], in the order in which the program wrote:
/// `stderr=subprocess.STDOUT`.
///
/// Both are one pipe, so their order is the program's own (as far as it doesn't hold output back).
///
/// # Errors
///
/// As [`communicate`].
pub fn communicate_merged(command: &mut Command, input: &[u8]) -> Result<Output, Error> {
    run(command, &Options { input, merged: true, ..Options::default() })
}
