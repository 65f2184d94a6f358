//! Why a command has no output, as a sentence with the way out.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Output;

/// Why a command has no output, or not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such program.
    #[error("{program}: no such command; check its name, or give its path")]
    NotFound {
        /// The program's name as it was given.
        program: String,
    },
    /// It is there, but can't be run: a folder, no permission, not a program; or no system could run
    /// such a command: a NUL byte in it, more arguments than it takes.
    #[error("{program}: can't be executed: {source}; {}", way_out(source))]
    NotExecutable {
        /// The program's name as it was given.
        program: String,
        /// What the system answered.
        source: io::Error,
    },
    /// It took too long and was ended.
    #[error("{program}: not done after {timeout:?}, so it was ended; give it more time")]
    TimedOut {
        /// The program's name as it was given.
        program: String,
        /// How long it had.
        timeout: Duration,
        /// What it had written until then.
        output: Output,
    },
    /// The system refused something else.
    #[error("{program}: {source}")]
    Other {
        /// The program's name as it was given.
        program: String,
        /// What the system answered.
        source: io::Error,
    },
}

impl Error {
    /// The exit code that a shell would give: 127 not found, 126 not executable, 124 timed out, else 1.
    ///
    /// ```
    /// let missing = communicate::communicate(&mut std::process::Command::new("no-such-command"), b"");
    /// assert_eq!(missing.unwrap_err().exit_code(), 127);
    /// ```
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::NotFound { .. } => 127,
            Error::NotExecutable { .. } => 126,
            Error::TimedOut { .. } => 124,
            Error::Other { .. } => 1,
        }
    }

    /// The error for what went wrong after the start.
    pub(crate) fn other(command: &Command, source: io::Error) -> Self {
        Error::Other { program: name(command), source }
    }

    /// The error for a command that didn't start.
    pub(crate) fn spawn(command: &Command, source: io::Error) -> Self {
        let program = name(command);
        match source.kind() {
            ErrorKind::NotFound => Error::NotFound { program },
            // Which Windows calls invalid.
            _ if command.get_program().is_empty() => Error::NotFound { program },
            // A folder has many names among the systems' errors.
            _ if Path::new(command.get_program()).is_dir() => {
                Error::NotExecutable { program, source }
            }
            ErrorKind::PermissionDenied
            | ErrorKind::IsADirectory
            | ErrorKind::NotADirectory
            | ErrorKind::ArgumentListTooLong
            | ErrorKind::InvalidFilename
            | ErrorKind::ExecutableFileBusy
            | ErrorKind::InvalidInput => Error::NotExecutable { program, source },
            _ if source.raw_os_error().is_some_and(|code| NO_PROGRAM.contains(&code)) => {
                Error::NotExecutable { program, source }
            }
            _ => Error::Other { program, source },
        }
    }
}

/// What has no kind of its own: "exec format error" on Unix; on Windows the same, a program for another
/// machine, and one that needs more rights; on macOS also a program for another machine, and a broken one.
const NO_PROGRAM: &[i32] = if cfg!(windows) {
    &[193, 216, 740]
} else if cfg!(target_os = "macos") {
    &[8, 86, 88]
} else {
    &[8]
};

/// What to do about a command that can't be executed.
fn way_out(source: &io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::InvalidInput if cfg!(windows) => {
            "leave out what no command can hold: a NUL byte, or a line end for a batch file"
        }
        ErrorKind::InvalidInput => "leave out what no command can hold, such as a NUL byte",
        // Windows says that the name is too long when the arguments are.
        ErrorKind::ArgumentListTooLong | ErrorKind::InvalidFilename => {
            "make it shorter, what is long can go into a file or to its stdin"
        }
        _ => "is it a program, and may you run it?",
    }
}

/// The program's name for an error message; an empty one is shown as such.
pub(crate) fn name(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    if program.is_empty() { "\"\"".into() } else { program.into_owned() }
}
