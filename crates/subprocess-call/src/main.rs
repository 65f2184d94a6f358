//! The notebook's cell: run nslookup, say how it ended.

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::{Command, ExitCode};
use std::time::Duration;

use lexopt::prelude::*;
use subprocess_call::{Error, call, call_timeout};

mod ctrl_c;
mod stand_in;

const HELP: &str = "\
Lesson 2, subprocess.call: runs a program and says how it ended.

Usage: subprocess-call [OPTIONS] [COMMAND [ARGUMENT]...]

  --timeout SECS    end the program after this time
  --help            this text

The command is `nslookup www.python.org` unless you give one. Its stdin, stdout and stderr are yours.
Exit code: 0 if it ran, whatever it answered; 124 timed out, 126 can't be executed, 127 not found.

Examples:
  cargo run -p subprocess-call
  cargo run -p subprocess-call -- --timeout 5 -- ping -c 1 localhost
";

fn main() -> ExitCode {
    ExitCode::from(match Options::parse() {
        Err(wrong) => {
            complain(format_args!("{wrong}\nTry: cargo run -p subprocess-call -- --help"));
            2
        }
        Ok(Options::Help) => written(say(HELP.trim_end())),
        Ok(Options::StandIn) => written(stand_in::play()),
        Ok(Options::Run { command, timeout }) => match say(format_args!("$ {}", shown(&command))) {
            Ok(()) => cell(&command, timeout),
            failed => written(failed),
        },
    })
}

fn cell(command: &[OsString], timeout: Option<Duration>) -> u8 {
    ctrl_c::handle();
    let default = command == default_command();
    let answer = match run(&command[0], &command[1..], timeout) {
        Err(Error::NotFound { .. }) if default => {
            complain(stand_in::NOTE);
            let myself = env::current_exe().unwrap_or_default();
            run(myself.as_os_str(), &[stand_in::FLAG.into()], timeout)
        }
        answer => answer,
    };
    match answer {
        Ok(code) if ctrl_c::has_ended(code) => 130,
        Ok(code) => {
            explain(code);
            written(say(format_args!("Exit code:{code}")))
        }
        Err(error) => {
            complain(&error);
            error.exit_code()
        }
    }
}

fn run(
    program: &std::ffi::OsStr,
    args: &[OsString],
    timeout: Option<Duration>,
) -> Result<i32, Error> {
    let mut command = Command::new(program);
    command.args(args);
    match timeout {
        Some(timeout) => call_timeout(&mut command, timeout),
        None => call(&mut command),
    }
}

/// A negative exit code is a signal's number; says which. On Windows it is one of the system's own
/// codes, which its lists have in another form.
fn explain(code: i32) {
    #[cfg(unix)]
    if code < 0 {
        let status: std::process::ExitStatus =
            std::os::unix::process::ExitStatusExt::from_raw(-code);
        complain(format_args!("the program was ended by {status}"));
    }
    if cfg!(windows) && code < 0 {
        complain(format_args!("Windows lists this exit code as {code:#x}"));
    }
}

/// The command as one would type it.
fn shown(command: &[OsString]) -> String {
    let word = |word: &OsString| {
        let word = word.to_string_lossy();
        let plain = |c: char| c.is_alphanumeric() || "-_./:=+,@%".contains(c);
        match !word.is_empty() && word.chars().all(plain) {
            true => word.into_owned(),
            false => format!("'{}'", word.replace('\'', r"'\''")),
        }
    };
    command.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn say(line: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{line}\n").as_bytes())
}

/// One line on stderr; where even that is full, the exit code is left (`eprintln!` would panic).
fn complain(line: impl Display) {
    let _ = io::stderr().write_all(format!("subprocess-call: {line}\n").as_bytes());
}

fn written(done: io::Result<()>) -> u8 {
    match done {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(format_args!("can't write to stdout: {error}"));
            1
        }
        _ => 0, // a reader that left (`| head -1`) has what it wanted
    }
}

fn default_command() -> [OsString; 2] {
    ["nslookup".into(), "www.python.org".into()]
}

enum Options {
    Run { command: Vec<OsString>, timeout: Option<Duration> },
    StandIn,
    Help,
}

impl Options {
    fn parse() -> Result<Self, lexopt::Error> {
        let (mut command, mut timeout) = (Vec::new(), None);
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Long("timeout") => timeout = Some(args.value()?.parse_with(seconds)?),
                Short('h') | Long("help") => return Ok(Options::Help),
                Long(flag) if stand_in::FLAG.strip_prefix("--") == Some(flag) => {
                    return Ok(Options::StandIn);
                }
                // The first word that is no flag is the command, and the rest its own.
                Value(program) => {
                    command.push(program);
                    command.extend(args.raw_args()?);
                }
                _ => return Err(arg.unexpected()),
            }
        }
        if command.is_empty() {
            command = default_command().into();
        }
        Ok(Options::Run { command, timeout })
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time in seconds".to_string())
}
