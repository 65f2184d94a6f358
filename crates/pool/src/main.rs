//! The notebook's cell: 8 tasks for 4 processes.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::{self, ExitCode};
use std::time::Duration;

use lexopt::prelude::*;
use pool::Pool;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use task_utils::{long_time_task, say, self_spawn, timed_task};

const HELP: &str = "\
Lesson 1, multiprocessing.Pool: tasks of 0 to 3 seconds for a few worker processes.

Usage: pool [OPTIONS]

  --processes N     how many workers, 1 to 1000           (default 4)
  --tasks N         how many tasks, up to 1000000         (default 8)
  --longest SECS    how long a task takes at most         (default 3)
  --seed N          draw the same lengths each time
  --help            this text

Ctrl-C ends all of it.

Examples:
  cargo run -p pool
  cargo run -p pool -- --processes 2 --tasks 20 --longest 0.5 --seed 1
";

fn main() -> ExitCode {
    pool::run_if_worker(long_time_task);
    pool::run_if_worker(task_of_length);
    let done = match Options::parse() {
        Err(wrong) => {
            complain(format_args!("{wrong}\nTry: cargo run -p pool -- --help"));
            return ExitCode::from(2);
        }
        Ok(options) if options.help => say(HELP.trim_end()).map_err(Into::into),
        Ok(options) => run(options),
    };
    done.map_or_else(failed, |()| ExitCode::SUCCESS)
}

fn run(Options { processes, tasks, lengths, .. }: Options) -> Result<(), Box<dyn Error>> {
    ctrlc::set_handler(|| self_spawn::exit(130))?; // the workers end with this process
    match lengths {
        None => cell(Pool::new(processes, long_time_task)?, 0..tasks),
        Some(lengths) => cell(Pool::new(processes, task_of_length)?, (0..tasks).zip(lengths)),
    }
}

fn cell<T>(mut p: Pool<T, ()>, args: impl Iterator<Item = T>) -> Result<(), Box<dyn Error>>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    say(format_args!("Main process {}", process::id()))?;
    for arg in args {
        p.apply_async(arg);
    }
    say("Waiting for all subprocesses done ...")?;
    p.close();
    p.join()?;
    Ok(say("All subprocesses done")?)
}

fn task_of_length((name, length): (u32, Duration)) {
    timed_task(name, length);
}

fn failed(error: Box<dyn Error>) -> ExitCode {
    let reader_left = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(reader_left) {
        return ExitCode::SUCCESS; // `| head -1` has what it wanted
    }
    complain(error);
    ExitCode::FAILURE
}

/// One line on stderr; where even that is full, the exit code is left (`eprintln!` would panic).
fn complain(line: impl Display) {
    let _ = io::stderr().write_all(format!("pool: {line}\n").as_bytes());
}

struct Options {
    processes: usize,
    tasks: u32,
    lengths: Option<Lengths>,
    help: bool,
}

impl Options {
    fn parse() -> Result<Self, lexopt::Error> {
        let (mut processes, mut tasks, mut longest, mut seed, mut help) = (4, 8, None, None, false);
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Long("processes") => processes = args.value()?.parse()?,
                Long("tasks") => tasks = args.value()?.parse()?,
                Long("longest") => longest = Some(args.value()?.parse_with(seconds)?),
                Long("seed") => seed = Some(args.value()?.parse()?),
                Short('h') | Long("help") => help = true,
                _ => return Err(arg.unexpected()),
            }
        }
        // So many that they would take the machine's processes or memory are a slip of the hand.
        if !(1..=1000).contains(&processes) {
            return Err("--processes: give it 1 to 1000".into());
        }
        if tasks > 1_000_000 {
            return Err("--tasks: give it 1000000 at most".into());
        }
        let lengths = (longest.is_some() || seed.is_some()).then(|| Lengths {
            longest: longest.unwrap_or(Duration::from_secs(3)),
            random: seed.map_or_else(rand::make_rng, StdRng::seed_from_u64),
        });
        Ok(Options { processes, tasks, lengths, help })
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time in seconds".to_string())
}

/// How long each task takes: drawn here, so that a seed decides, whichever worker gets the task.
struct Lengths {
    longest: Duration,
    random: StdRng,
}

impl Iterator for Lengths {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.random.random_range(Duration::ZERO..=self.longest))
    }
}
