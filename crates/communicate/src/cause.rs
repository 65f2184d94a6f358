//! Why a command didn't start: what is missing, or what is wrong with it.

use std::io::{self, ErrorKind::*, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::Error;

const FOREIGN: &str = "it was built for another kind of machine; get the one for this machine";
const NO_PROGRAM: &str = "it is neither a program nor a script, whose first line begins with #!";

impl Error {
    /// The error for a command that didn't start.
    pub(crate) fn spawn(command: &Command, source: io::Error) -> Self {
        let (program, file) = (name(command), file(command));
        if let Some(folder) = command.get_current_dir().filter(|folder| !folder.is_dir()) {
            return Error::NoFolder { program, folder: folder.into() };
        }
        match (source.kind(), reason(&source, &file)) {
            // Windows reports an empty name as invalid.
            _ if command.get_program().is_empty() => Error::NotFound { program },
            (NotFound, _) if cfg!(unix) && file.exists() => {
                Error::NoInterpreter { program, interpreter: interpreter(&file) }
            }
            (NotFound, _) => Error::NotFound { program },
            (_, Some(reason)) => Error::NotExecutable { program, reason, source },
            (_, None) => Error::Other { program, source },
        }
    }
}

/// The program's name for an error message; an empty one is shown as such.
pub(crate) fn name(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    if program.is_empty() { "\"\"".into() } else { program.into_owned() }
}

/// The file that the command names, looked for in PATH as the system does. Empty if it isn't there.
fn file(command: &Command) -> PathBuf {
    let program = Path::new(command.get_program());
    if program.parent() != Some(Path::new("")) {
        return command.get_current_dir().unwrap_or(Path::new("")).join(program);
    }
    let of_its_own = command.get_envs().find(|(name, _)| *name == "PATH");
    let path = of_its_own.map_or_else(|| env::var_os("PATH"), |(_, path)| path.map(Into::into));
    let mut files = path.iter().flat_map(env::split_paths).map(|folder| folder.join(program));
    files.find(|file| file.is_file()).unwrap_or_default()
}

fn first_bytes(file: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    if file.is_file() {
        let _ = fs::File::open(file).and_then(|file| file.take(256).read_to_end(&mut bytes));
    }
    bytes
}

/// What the first line of a script names. A program that is no script needs a loader.
fn interpreter(file: &Path) -> String {
    let bytes = first_bytes(file);
    let Some(line) = bytes.strip_prefix(b"#!") else { return "dynamic loader".into() };
    let line = line.trim_ascii_start().split(|byte| b" \t\n".contains(byte)).next();
    String::from_utf8_lossy(line.unwrap_or_default()).into_owned()
}

/// Why the system can't execute it, and the way out.
fn reason(error: &io::Error, file: &Path) -> Option<&'static str> {
    Some(match error.kind() {
        _ if file.is_dir() => "it is a folder; name a program in it",
        PermissionDenied => "you may not execute it, or not its interpreter; see chmod +x",
        NotADirectory => "a part of its path is no folder; check the path",
        ExecutableFileBusy => "it is open for writing; close it first",
        InvalidInput if !cfg!(windows) => "leave out what no command can hold, such as a NUL byte",
        InvalidInput => "leave out a NUL byte, and for a batch file a line end: it can't hold them",
        // Windows says that the name is too long when the arguments are.
        ArgumentListTooLong | InvalidFilename => "its arguments are too long; put them into a file",
        // What has no kind: ENOEXEC, on macOS also EBADARCH and EBADMACHO; on Windows a bad format,
        // another machine, and a program that asks for more rights.
        _ => match (env::consts::FAMILY, error.raw_os_error()?) {
            ("unix", 8) if first_bytes(file).starts_with(b"\x7fELF") => FOREIGN,
            ("unix", 8) | ("windows", 193) => NO_PROGRAM,
            ("unix", 86 | 88) | ("windows", 216) => FOREIGN,
            ("windows", 740) => "start it as an administrator, which it asks for",
            _ => return None,
        },
    })
}
