//! The terminal side of the lesson: flags, help, error messages and exit codes.

use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::{error::Error, fmt::Display, process::ExitCode, str::FromStr, time::Duration};

use lexopt::{Parser, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

const NAME: &str = env!("CARGO_PKG_NAME");
const HELP: &str = "\
Lesson 1, multiprocessing.Pool: tasks of 0 to 3 seconds for a few worker processes.

Usage: pool [OPTIONS]

  --processes N     the number of workers, 1 to 1000      (default 4)
  --tasks N         the number of tasks, 1000000 at most  (default 8)
  --longest SECS    the longest time that a task takes    (default 3)
  --seed N          draw the same times in every run
  --help            print this text

Example:
  cargo run -p pool -- --processes 2 --tasks 20 --longest 0.5 --seed 1
";

/// The numbers of the notebook's cell.
pub struct Options {
    pub processes: usize,
    pub tasks: u32,
    /// How long each task takes. They are drawn here and not by the workers, so that a seed decides.
    pub lengths: Box<dyn Iterator<Item = Duration>>,
}

fn parse() -> Result<Option<Options>, lexopt::Error> {
    let (mut processes, mut tasks, mut longest, mut seed) = (4, 8, Duration::from_secs(3), None);
    let mut args = Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Long("processes") => processes = value(&mut args, "--processes")?,
            Long("tasks") => tasks = value(&mut args, "--tasks")?,
            Long("longest") => longest = seconds(&mut args, "--longest")?,
            Long("seed") => seed = Some(value(&mut args, "--seed")?),
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(unexpected(arg)),
        }
    }
    if !(1..=1000).contains(&processes) || tasks > 1_000_000 {
        return Err("give --processes from 1 to 1000, and --tasks up to 1000000".into());
    }
    // The workers end with this process. An error means that Ctrl-C is ignored, and it stays so.
    let _ = ctrlc::try_set_handler(|| task_utils::self_spawn::exit(130));
    Ok(Some(Options { processes, tasks, lengths: Box::new(lengths(longest, seed)) }))
}

/// The lengths of all tasks, at most `longest` each: with the same seed, the same ones.
fn lengths(longest: Duration, seed: Option<u64>) -> impl Iterator<Item = Duration> {
    let mut random = seed.map_or_else(rand::make_rng, StdRng::seed_from_u64);
    std::iter::repeat_with(move || random.random_range(Duration::ZERO..=longest))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_the_lengths() {
        let longest = Duration::from_secs(3);
        let draw = |seed| lengths(longest, seed).take(100).collect::<Vec<_>>();
        assert_eq!(draw(Some(7)), draw(Some(7)));
        assert_ne!(draw(Some(7)), draw(Some(8)));
        assert_ne!(draw(None), draw(None));
        assert!(draw(None).iter().all(|length| *length <= longest));
    }
}
