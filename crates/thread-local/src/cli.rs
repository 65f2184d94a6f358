//! The terminal side of the lesson: flags, help, error messages and exit codes.

use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::{error::Error, fmt::Display, process::ExitCode, str::FromStr};

use lexopt::{Parser, prelude::*};

const NAME: &str = env!("CARGO_PKG_NAME");
const HELP: &str = "\
Lesson 7, threading.local: each thread greets the student that only this thread knows.

Usage: thread-local [OPTIONS]

  --name NAME    the student of one thread; repeat it for more threads  (default Alice and Bob)
  --help         print this text

Examples:
  cargo run -p thread-local
  cargo run -p thread-local -- --name Alice --name Bob --name Carol
";

/// The names of the notebook's cell.
pub struct Options {
    pub names: Vec<String>,
}

fn parse() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options { names: Vec::new() };
    let mut args = Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Long("name") => options.names.push(value(&mut args, "--name")?),
            Long("connection") => return Err(moved("--connection", "sqlite")),
            Long("request") => return Err(moved("--request", "http")),
            Long("roles") => return Err(moved("--roles", "roles")),
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(unexpected(arg)),
        }
    }
    match options.names.len() {
        0 => options.names = vec!["Alice".into(), "Bob".into()],
        1..=26 => {}
        _ => return Err("--name: each one is a thread; give at most 26".into()),
    }
    Ok(Some(options))
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

/// Writes the cell's error to stderr and returns the exit code for it.
fn report(error: &(dyn Error + 'static)) -> ExitCode {
    complain(error);
    ExitCode::FAILURE
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

/// The error for a flag of an earlier version: an example replaces it.
fn moved(flag: &str, example: &str) -> lexopt::Error {
    format!("{flag} is an example now: cargo run -p {NAME} --example {example}").into()
}
