//! The terminal side of the lesson: flags, help, error messages and exit codes.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::{error::Error, fmt::Display, process::ExitCode, str::FromStr, time::Duration};

use lexopt::{Parser, prelude::*};

use crate::{ctrl_c, simulated};

const NAME: &str = env!("CARGO_PKG_NAME");
const HELP: &str = "\
Lesson 2, subprocess.call: runs a program, waits for its end and prints its exit code.

Usage: subprocess-call [OPTIONS] [COMMAND [ARGUMENT]...]

  --timeout SECS    end the program after this time
  --help            print this text

The command is `nslookup www.python.org` unless you give one. Its stdin, stdout and stderr are yours.
Exit code: 0 if the program ran, whatever its own exit code; 124 if it timed out, 126 if it can't be
executed, 127 if it wasn't found.

Examples:
  cargo run -p subprocess-call
  cargo run -p subprocess-call -- --timeout 5 -- ping -c 1 localhost
";

/// The command of the notebook's cell, or the one on the command line.
pub struct Options {
    pub command_line: String,
    pub program: OsString,
    pub args: Vec<OsString>,
    pub timeout: Duration,
}

fn parse() -> Result<Option<Options>, lexopt::Error> {
    let (mut command, mut timeout) = (Vec::new(), Duration::MAX);
    let mut args = Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Long("timeout") => timeout = seconds(&mut args, "--timeout")?,
            Short('h') | Long("help") => return Ok(None),
            Value(program) => {
                command.push(program);
                command.extend(args.raw_args()?); // what follows belongs to the command
            }
            _ => return Err(unexpected(arg)),
        }
    }
    let default = ["nslookup", "www.python.org"];
    if command.is_empty() {
        command.extend(default.map(OsString::from));
    }
    let command_line = shown(&command);
    if command == default && simulated::is_needed() {
        complain(simulated::NOTE);
        command = simulated::command(&command[1..]);
    }
    ctrl_c::handle(subprocess_call::kill_groups);
    let program = command.remove(0);
    Ok(Some(Options { command_line, program, args: command, timeout }))
}

/// The command as you would type it in a shell of Unix.
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

/// Runs `cell` with the numbers from the command line and returns the lesson's exit code.
pub fn run(cell: impl FnOnce(Options) -> Result<(), Box<dyn Error>>) -> ExitCode {
    let done = match parse() {
        Ok(Some(options)) => cell(options),
        Ok(None) => stdout().write_all(HELP.as_bytes()).map_err(Into::into),
        Err(error) => {
            complain(format_args!("{error}\nTry: cargo run -p {NAME} -- --help"));
            return ExitCode::from(2);
        }
    };
    let closed = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    match done {
        Err(error) if !error.downcast_ref().is_some_and(closed) => report(&*error),
        _ => ExitCode::SUCCESS, // also when stdout was closed: `| head -1` has read enough
    }
}

/// Writes the cell's error to stderr and returns the exit code for it; Ctrl-C is silent.
fn report(error: &(dyn Error + 'static)) -> ExitCode {
    let interrupted = |error: &io::Error| error.kind() == ErrorKind::Interrupted;
    if error.downcast_ref().is_some_and(interrupted) {
        return ExitCode::from(130);
    }
    complain(error);
    ExitCode::from(error.downcast_ref().map_or(1, subprocess_call::Error::exit_code))
}

/// Writes one line to stderr. `eprintln!` would panic where stderr can't be written.
fn complain(line: impl Display) {
    let _ = stderr().write_all(format!("{NAME}: {line}\n").as_bytes());
}

/// Parses the value of `flag`; the error names the flag.
fn value<T: FromStr<Err: Display>>(args: &mut Parser, flag: &str) -> Result<T, lexopt::Error> {
    let given = args.value()?;
    match given.to_str().filter(|text| !text.starts_with("--")) {
        Some(text) => text.parse().map_err(|error| format!("{flag} {text}: {error}").into()),
        None => Err(format!("{flag} needs a value, and {given:?} can't be one").into()),
    }
}

/// Parses the value of `flag` as a duration in seconds.
fn seconds(args: &mut Parser, flag: &str) -> Result<Duration, lexopt::Error> {
    let text: String = value(args, flag)?;
    let length = text.parse().ok().and_then(|secs| Duration::try_from_secs_f64(secs).ok());
    length.ok_or_else(|| format!("{flag} {text}: give seconds, 0 or more, such as 0.5").into())
}

/// The error for an argument that isn't in [`HELP`]; for a near miss it names the flag that was meant.
fn unexpected(arg: lexopt::Arg) -> lexopt::Error {
    let name = match &arg {
        Long(name) => name.to_string(),
        Short(letter) => letter.to_string(), // the first one of a word with a single dash
        Value(_) => return arg.unexpected(),
    };
    let mut flags = HELP.split_whitespace().filter_map(|word| word.strip_prefix("--"));
    let is_near = |flag: &&str| flag.starts_with(&name) || strsim::jaro_winkler(flag, &name) > 0.85;
    match flags.find(is_near) {
        Some(flag) => format!("{}: did you mean --{flag}?", arg.unexpected()).into(),
        None => arg.unexpected(),
    }
}
