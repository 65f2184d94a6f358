//! The notebook's cell: nslookup, asked through its stdin.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::{Command, ExitCode};
use std::time::Duration;

use communicate::{Error, Output, communicate, communicate_timeout};
use lexopt::prelude::*;

mod ctrl_c;
mod deadlock;
mod stand_in;

const HELP: &str = "\
Lesson 3, Popen.communicate: writes to a program's stdin and reads all that it answers.

Usage: communicate [OPTIONS] [COMMAND [ARGUMENT]...]

  --input TEXT      what the program reads       (default: set q=mx, python.org, exit)
  --timeout SECS    end the program after this time
  --deadlock        the deadlock that communicate avoids, and communicate avoiding it
  --help            this text

The command is `nslookup` unless you give one; then its input is empty unless you give it.
Exit code: 0 if it ran, whatever it answered; 124 timed out, 126 can't be executed, 127 not found.

Examples:
  cargo run -p communicate
  cargo run -p communicate -- --input 'a question' -- cat
  cargo run -p communicate -- --deadlock
";

fn main() -> ExitCode {
    ExitCode::from(match Options::parse() {
        Err(wrong) => {
            complain(format_args!("{wrong}\nTry: cargo run -p communicate -- --help"));
            2
        }
        Ok(Options::Help) => written(say(HELP.trim_end())),
        Ok(Options::StandIn) => written(stand_in::play()),
        Ok(Options::Copy) => written(deadlock::copy()),
        Ok(Options::WriteThenRead) => written(deadlock::write_then_read()),
        Ok(Options::Deadlock) => match deadlock::show() {
            Ok(told) => written(say(told)),
            Err(error) => failed(error),
        },
        Ok(Options::Run { command, input, timeout }) => {
            match say(format_args!("$ {}", shown(&command))) {
                Ok(()) => cell(&command, &input, timeout),
                closed => written(closed),
            }
        }
    })
}

fn cell(command: &[OsString], input: &[u8], timeout: Option<Duration>) -> u8 {
    ctrl_c::handle();
    let answer = match run(&command[0], &command[1..], input, timeout) {
        Err(Error::NotFound { .. }) if command == ["nslookup"] => {
            complain(stand_in::NOTE);
            let myself = env::current_exe().unwrap_or_default();
            run(myself.as_os_str(), &[stand_in::FLAG.into()], input, timeout)
        }
        answer => answer,
    };
    match answer {
        Ok(output) if ctrl_c::has_ended(output.returncode) => 130,
        Ok(output) => {
            explain(output.returncode);
            written(
                show(&output).and_then(|()| say(format_args!("Exit code:{}", output.returncode))),
            )
        }
        Err(Error::TimedOut { program, timeout, output }) => {
            let shown = written(show(&output));
            complain(format_args!("{program}: not done after {timeout:?}, so it was ended"));
            if shown == 0 { 124 } else { shown }
        }
        Err(error) => {
            let code = error.exit_code();
            failed(error);
            code
        }
    }
}

fn run(
    program: &OsStr,
    args: &[OsString],
    input: &[u8],
    timeout: Option<Duration>,
) -> Result<Output, Error> {
    let mut command = Command::new(program);
    command.args(args);
    match timeout {
        Some(timeout) => communicate_timeout(&mut command, input, timeout),
        None => communicate(&mut command, input),
    }
}

/// What the program wrote, and an end of line after it, as Python's `print` adds one.
fn show(output: &Output) -> io::Result<()> {
    io::stderr().write_all(&output.stderr)?;
    say(String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
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
    let _ = io::stderr().write_all(format!("communicate: {line}\n").as_bytes());
}

fn written(done: io::Result<()>) -> u8 {
    match done {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => failed(error),
        _ => 0, // a reader that left (`| head -1`) has what it wanted
    }
}

fn failed(error: impl Display) -> u8 {
    complain(error);
    1
}

enum Options {
    Run { command: Vec<OsString>, input: Vec<u8>, timeout: Option<Duration> },
    Deadlock,
    Help,
    StandIn,
    Copy,
    WriteThenRead,
}

impl Options {
    fn parse() -> Result<Self, lexopt::Error> {
        let (mut command, mut input, mut timeout) = (Vec::new(), None, None);
        // What the lesson's own children are started with stands alone.
        match env::args_os().nth(1).as_deref().and_then(OsStr::to_str) {
            Some(stand_in::FLAG) => return Ok(Options::StandIn),
            Some(deadlock::COPY) => return Ok(Options::Copy),
            Some(deadlock::WRITE_THEN_READ) => return Ok(Options::WriteThenRead),
            _ => {}
        }
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Long("input") => input = Some(args.value()?.into_encoded_bytes()),
                Long("timeout") => timeout = Some(args.value()?.parse_with(seconds)?),
                Long("deadlock") => return Ok(Options::Deadlock),
                Short('h') | Long("help") => return Ok(Options::Help),
                // The first word that is no flag is the command, and the rest its own.
                Value(program) => {
                    command.push(program);
                    command.extend(args.raw_args()?);
                }
                _ => return Err(arg.unexpected()),
            }
        }
        if command.is_empty() {
            command.push("nslookup".into());
            input = input.or(Some(b"set q=mx\npython.org\nexit\n".to_vec()));
        }
        Ok(Options::Run { command, input: input.unwrap_or_default(), timeout })
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time in seconds".to_string())
}
