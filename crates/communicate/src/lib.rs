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
//! The program is always waited for, so no zombie is left, and no shell reads the arguments.
//! The README beside this crate is the lesson: the notebook's cell, what breaks and how it is fixed.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, Builder};

mod error;
mod pipes;
mod timeout;

pub use error::Error;
pub use timeout::communicate_timeout;

/// What a program wrote, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What it wrote to stdout, byte for byte.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr; empty after [`communicate_merged`].
    pub stderr: Vec<u8>,
    /// Its exit code; minus the signal's number if one ended it, as in Python. On Windows the 32 bits
    /// that the program gave, as an `i32`.
    pub returncode: i32,
}

/// Runs a command with `input` on its stdin, and answers all that it wrote: `Popen.communicate`.
///
/// All three pipes move at once, so any amount in any direction is no deadlock. A program that closes
/// its stdin early, or never reads it, is no error. Returns when the program has ended *and* its
/// stdout and stderr are closed: a program that it left behind with them keeps this waiting, as in
/// Python; [`communicate_timeout`] doesn't wait for ever.
///
/// Sets the stdin, stdout and stderr of `command`, which can be run again afterwards.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::NotExecutable`], or what else kept it from running.
///
/// ```
/// use std::process::Command;
///
/// # fn main() -> Result<(), communicate::Error> {
/// let mut command = Command::new("rustc");
/// let output = communicate::communicate(command.args(["-", "--print", "crate-name"]), b"")?;
/// assert_eq!(output.stdout, b"rust_out\n");
/// assert_eq!(output.returncode, 0);
/// # Ok(())
/// # }
/// ```
pub fn communicate(command: &mut Command, input: &[u8]) -> Result<Output, Error> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| Error::spawn(command, error))?;
    let read = if input.len() > pipes::HOLDS { pipes::read_much } else { Child::wait_with_output };
    let output = while_writing(child, input, read).map_err(|error| Error::other(command, error))?;
    Ok(Output { stdout: output.stdout, stderr: output.stderr, returncode: code(output.status) })
}

/// [`communicate`] with stderr in stdout, in the order in which the program wrote:
/// `stderr=subprocess.STDOUT`.
///
/// Both are one pipe, so their order is the program's own (as far as it doesn't hold output back).
///
/// # Errors
///
/// As [`communicate`].
///
/// ```
/// use std::process::Command;
///
/// # fn main() -> Result<(), communicate::Error> {
/// let output = communicate::communicate_merged(Command::new("rustc").arg("--nonsense"), b"")?;
/// assert!(output.stdout.starts_with(b"error: "));
/// # Ok(())
/// # }
/// ```
pub fn communicate_merged(command: &mut Command, input: &[u8]) -> Result<Output, Error> {
    let (reader, writer) = os_pipe::pipe().map_err(|error| Error::other(command, error))?;
    let twin = writer.try_clone().map_err(|error| Error::other(command, error))?;
    let spawned = command.stdin(Stdio::piped()).stdout(writer).stderr(twin).spawn();
    // The command holds the writing end, and as long as anyone does the pipe doesn't end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let child = spawned.map_err(|error| Error::spawn(command, error))?;
    let read = |child| pipes::reap(child, pipes::read_all(Some(reader)));
    let (stdout, status) =
        while_writing(child, input, read).map_err(|error| Error::other(command, error))?;
    Ok(Output { stdout, stderr: Vec::new(), returncode: code(status) })
}

/// Calls `read` while another thread writes `input`; without input there is no thread.
fn while_writing<T>(
    mut child: Child,
    input: &[u8],
    read: impl FnOnce(Child) -> io::Result<T>,
) -> io::Result<T> {
    let Some(stdin) = child.stdin.take().filter(|_| !input.is_empty()) else {
        return read(child); // stdin is closed
    };
    thread::scope(|scope| {
        let writer = Builder::new().spawn_scoped(scope, || pipes::write(stdin, input));
        let writer = match writer {
            Ok(writer) => writer,
            Err(error) => return pipes::reap(child, Err(error)).map(|(never, _)| never),
        };
        let read = read(child);
        let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("writing panicked")));
        written.and(read)
    })
}

fn code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return -signal;
    }
    status.code().unwrap_or(-1) // waited for, it has either a signal or a code
}
