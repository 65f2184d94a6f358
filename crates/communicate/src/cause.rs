//! Why a command didn't start: what is missing, or what is wrong with it.

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::Error;

impl Error {
    /// The error for a command that didn't start.
    pub(crate) fn spawn(command: &Command, source: io::Error) -> Self {
        let (program, file) = (name(command), file(command));
        let start = file.as_deref().map(first_bytes).unwrap_or_default();
        match (source.kind(), command.get_current_dir()) {
            (_, Some(folder)) if !folder.is_dir() => {
                Error::NoFolder { program, folder: folder.to_path_buf() }
            }
            (ErrorKind::NotFound, _) if file.is_some() => {
                Error::NoInterpreter { program, interpreter: interpreter(&start) }
            }
            (ErrorKind::NotFound, _) => Error::NotFound { program },
            // Windows reports an empty name as invalid.
            _ if command.get_program().is_empty() => Error::NotFound { program },
            _ if file.is_some_and(|file| file.is_dir()) => Error::NotExecutable {
                program,
                reason: "it is a folder; name a program in it",
                source,
            },
            _ => match reason(&source, &start) {
                Some(reason) => Error::NotExecutable { program, reason, source },
                None => Error::Other { program, source },
            },
        }
    }
}

/// The program's name for an error message; an empty one is shown as such.
pub(crate) fn name(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    if program.is_empty() { "\"\"".into() } else { program.into_owned() }
}

/// The file that the command names, looked for in PATH as the system does.
fn file(command: &Command) -> Option<PathBuf> {
    let program = Path::new(command.get_program());
    if program.parent() != Some(Path::new("")) {
        let folder = command.get_current_dir().unwrap_or(Path::new(""));
        return Some(folder.join(program)).filter(|file| file.exists());
    }
    let of_its_own = command.get_envs().find(|(name, _)| *name == "PATH");
    let path = of_its_own.map_or_else(|| env::var_os("PATH"), |(_, path)| path.map(Into::into))?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn first_bytes(file: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    if file.is_file() {
        let _ = fs::File::open(file).and_then(|file| file.take(256).read_to_end(&mut bytes));
    }
    bytes
}

/// What the first line of a script names. A program that is no script needs a loader.
fn interpreter(start: &[u8]) -> String {
    let line = start.split(|&byte| byte == b'\n').next().and_then(|line| line.strip_prefix(b"#!"));
    let line = line.map_or("dynamic loader".into(), String::from_utf8_lossy);
    let end = if start.starts_with(b"#!") { &[' ', '\t'][..] } else { &[] };
    line.trim_start().split(end).next().unwrap_or_default().to_string()
}

/// Why the system can't execute what starts so, and the way out.
fn reason(error: &io::Error, start: &[u8]) -> Option<&'static str> {
    Some(match (error.kind(), error.raw_os_error()) {
        (ErrorKind::PermissionDenied, _) => {
            "you may not execute it, or not its interpreter; see chmod +x"
        }
        (ErrorKind::NotADirectory, _) => "a part of its path is no folder; check the path",
        (ErrorKind::ExecutableFileBusy, _) => "it is open for writing; close it first",
        (ErrorKind::InvalidInput, _) if cfg!(windows) => {
            "leave out what no command can hold: a NUL byte, or a line end for a batch file"
        }
        (ErrorKind::InvalidInput, _) => "leave out what no command can hold, such as a NUL byte",
        // Windows says that the name is too long when the arguments are.
        (ErrorKind::ArgumentListTooLong | ErrorKind::InvalidFilename, _) => {
            "its arguments are too long; put them into a file, or write them to its stdin"
        }
        // What has no kind. 8 is ENOEXEC; macOS has 86 and 88 in addition; the others are of Windows.
        (_, Some(8)) if cfg!(unix) && start.starts_with(b"\x7fELF") => FOREIGN,
        (_, Some(86 | 88)) if cfg!(target_os = "macos") => FOREIGN,
        (_, Some(216)) if cfg!(windows) => FOREIGN,
        (_, Some(8)) if cfg!(unix) => NO_PROGRAM,
        (_, Some(193)) if cfg!(windows) => NO_PROGRAM,
        (_, Some(740)) if cfg!(windows) => "start it as an administrator, which it asks for",
        _ => return None,
    })
}

const FOREIGN: &str = "it was built for another kind of machine; get the one for this machine";
const NO_PROGRAM: &str = "it is neither a program nor a script, whose first line begins with #!";
