//! Why a command has no exit code, as a sentence with the way out.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a command didn't run, or not as it should. `program` is its name as it was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // of `program`, in each variant
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
    /// It ran, and its exit code isn't 0 ([`check_call`](crate::check_call) only).
    #[error("{program}: ended with exit code {code}{}", meaning(*code))]
    Failed { program: String, code: i32 },
    /// It took too long and was ended.
    #[error("{program}: not done after {timeout:?}, so it was ended; give it more time")]
    TimedOut { program: String, timeout: Duration },
    /// It ended, but its exit code is lost: this process ignores SIGCHLD, or another part of it waits
    /// for all of its children. Unix only.
    #[error("{program}: ended, but its exit code is lost: this process ignores SIGCHLD, or reaps")]
    StatusUnknown { program: String },
    /// Its stdout or stderr is a pipe that nobody reads, so it could wait forever. It was ended.
    #[error("{program}: nobody reads its piped output; use `Command::output`, or don't pipe it")]
    Piped { program: String },
    /// The system refused something else.
    #[error("{program}: {source}")]
    Other { program: String, source: io::Error },
}

impl Error {
    /// The exit code that a shell would return: 127 not found, 126 not executable, 124 timed out, else 1.
    ///
    /// ```
    /// let missing = subprocess_call::call(&mut std::process::Command::new("no-such-command"));
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

/// What a negative exit code stands for: a signal's name, on Windows a number as its lists show it.
fn meaning(code: i32) -> String {
    #[cfg(unix)]
    let meant = nix::sys::signal::Signal::try_from(code.wrapping_neg()).ok();
    #[cfg(windows)]
    let meant = (code < 0).then(|| format!("{code:#x}"));
    meant.map(|meant| format!(" ({meant})")).unwrap_or_default()
}
