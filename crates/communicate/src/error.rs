//! Why a command has no output, as a sentence with the way out.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::Output;

/// Why a command has no output, or not all of it. `program` is its name as it was given; `output` is
/// what it had written until then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // of `program` and `output`, in each variant
pub enum Error {
    /// There is no such program.
    #[error("{program}: no such command; check its name, or give its path")]
    NotFound { program: String },
    /// The folder in which it was to start isn't there.
    #[error("{program}: its current folder {folder:?} isn't there; create it, or name another")]
    NoFolder { program: String, folder: PathBuf },
    /// The program is there, but not what runs it: the interpreter of a script, or a loader.
    #[error("{program}: its interpreter {interpreter:?} isn't there; install it, or name another")]
    NoInterpreter { program: String, interpreter: String },
    /// It is there, but can't be executed: a folder, no permission, not a program. Or no system could
    /// run such a command: a NUL byte in it, more arguments than it takes.
    #[error("{program}: can't be executed: {reason}")]
    NotExecutable { program: String, reason: &'static str, source: io::Error },
    /// It ran, and its exit code isn't 0 ([`Options::check`](crate::Options::check) only).
    #[error("{program}: ended with exit code {code}")]
    Failed { program: String, code: i32, output: Output },
    /// It took too long and was ended.
    #[error("{program}: not done after {timeout:?}, so it was ended; give it more time")]
    TimedOut { program: String, timeout: Duration, output: Output },
    /// It wrote more than was to be kept and was ended.
    #[error("{program}: wrote more than was to be kept and was ended; allow more, or use a file")]
    TooMuchOutput { program: String, output: Output },
    /// It ended, but its exit code is lost: this process ignores SIGCHLD, or another part of it waits
    /// for all of its children. Unix only.
    #[error("{program}: ended, but its exit code is lost: this process ignores SIGCHLD, or reaps")]
    StatusUnknown { program: String, output: Output },
    /// The system refused something else.
    #[error("{program}: {source}")]
    Other { program: String, source: io::Error },
}

impl Error {
    /// The exit code that a shell would return: 127 not found, 126 not executable, 124 timed out, else 1.
    ///
    /// ```
    /// let missing = communicate::communicate(&mut std::process::Command::new("no-such-command"), b"");
    /// assert_eq!(missing.unwrap_err().exit_code(), 127);
    /// ```
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::NotFound { .. } | Error::NoFolder { .. } | Error::NoInterpreter { .. } => 127,
            Error::NotExecutable { .. } => 126,
            Error::TimedOut { .. } => 124,
            _ => 1,
        }
    }
}
