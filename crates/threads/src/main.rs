//! The notebook's cell: one thread that counts, and a main thread that waits for it.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use lexopt::prelude::*;
use threads::{cores, current_name, spawn};

const HELP: &str = "\
Lesson 5, threading.Thread: a thread counts to 5, the main thread waits for it.

Usage: threads [OPTIONS]

  --count N       how far it counts                            (default 5)
  --pause SECS    how long it sleeps after each number         (default 2)
  --cores         what the GIL forbids: the same sum on one thread, then on all cores
  --help          this text

Examples:
  cargo run -p threads
  cargo run -p threads -- --count 3 --pause 0.1
  cargo run -p threads -- --cores
";

fn main() -> ExitCode {
    let done = match Options::parse() {
        Err(wrong) => {
            complain(format_args!("{wrong}\nTry: cargo run -p threads -- --help"));
            return ExitCode::from(2);
        }
        Ok(Options { show: Show::Help, .. }) => say(HELP.trim_end()),
        Ok(Options { show: Show::Cores, .. }) => on_all_cores(),
        Ok(Options { show: Show::Cell, count, pause }) => cell(count, pause),
    };
    match done {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(error);
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS, // a reader that left (`| head -1`) has what it wanted
    }
}

fn cell(count: u32, pause: Duration) -> io::Result<()> {
    say(format_args!("thread {} is running ...", current_name()))?;
    let t = spawn("LoopThread", move || count_up(count, pause))?;
    t.join().map_err(|_| io::Error::other("LoopThread panicked"))??;
    say(format_args!("thread {} ended!", current_name()))
}

fn count_up(count: u32, pause: Duration) -> io::Result<()> {
    say(format_args!("thread {} is running ...", current_name()))?;
    for n in 1..=count {
        say(format_args!("thread {} >> {n}", current_name()))?;
        thread::sleep(pause);
    }
    say(format_args!("thread {} ended!", current_name()))
}

fn on_all_cores() -> io::Result<()> {
    let threads = thread::available_parallelism()?.get();
    let compared = cores::compare(30_000_000, threads)?;
    let ratio = compared.alone.as_secs_f64() / compared.together.as_secs_f64();
    say(format_args!("sum of squares: {}", compared.sum))?;
    say(format_args!("on 1 thread: {:.3} s", compared.alone.as_secs_f64()))?;
    say(format_args!("on {threads} threads: {:.3} s", compared.together.as_secs_f64()))?;
    say(format_args!("{ratio:.1} × as fast"))
}

/// One line, one write; a closed stdout is an error here, where `println!` would panic.
fn say(line: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{line}\n").as_bytes())
}

/// One line on stderr; where even that is full, the exit code is left (`eprintln!` would panic).
fn complain(line: impl Display) {
    let _ = io::stderr().write_all(format!("threads: {line}\n").as_bytes());
}

enum Show {
    Cell,
    Cores,
    Help,
}

struct Options {
    show: Show,
    count: u32,
    pause: Duration,
}

impl Options {
    fn parse() -> Result<Self, lexopt::Error> {
        let mut options = Options { show: Show::Cell, count: 5, pause: Duration::from_secs(2) };
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Long("count") => options.count = args.value()?.parse()?,
                Long("pause") => options.pause = args.value()?.parse_with(seconds)?,
                Long("cores") => options.show = Show::Cores,
                Short('h') | Long("help") => options.show = Show::Help,
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(options)
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time in seconds".to_string())
}
