//! The notebook's cell: two threads, one balance, one lock.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};

use lexopt::prelude::*;
use lock::{deadlock, race, run_thread};

const HELP: &str = "\
Lesson 6, threading.Lock: threads add to one balance and take away again; with the lock, 0 is left.

Usage: lock [OPTIONS]

  --rounds N    how often each thread adds and takes away   (default 1000000)
  --amount N    what one thread adds; again for each more   (default 32 and 1024)
  --race        the same without the lock: updates are lost
  --deadlock    two locks taken in opposite order: the circle is found and told
  --cure        two locks taken in one order: no circle
  --help        this text

Examples:
  cargo run -p lock
  cargo run -p lock -- --race
  cargo run -p lock -- --amount 1 --amount 2 --amount 3 --rounds 1000
";

fn cell(amounts: &[i64], rounds: u32) -> io::Result<i64> {
    let balance = Mutex::new(0);
    thread::scope(|scope| {
        amounts.iter().try_for_each(|&n| {
            let balance = &balance;
            let run = move || run_thread(balance, n, rounds);
            Builder::new().spawn_scoped(scope, run).map(drop)
        })
    })?;
    Ok(balance.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn main() -> ExitCode {
    let answer = match Options::parse() {
        Err(wrong) => {
            complain(format_args!("{wrong}\nTry: cargo run -p lock -- --help"));
            return ExitCode::from(2);
        }
        Ok(Options { show: Show::Help, .. }) => Ok(HELP.trim_end().to_string()),
        Ok(Options { show: Show::Cell, amounts, rounds }) => cell(&amounts, rounds).map(left),
        Ok(Options { show: Show::Race, amounts, rounds }) => race::run(&amounts, rounds).map(left),
        Ok(Options { show: Show::Deadlock, .. }) => deadlock::opposite_order().map(circle),
        Ok(Options { show: Show::Cure, .. }) => deadlock::same_order().map(circle),
    };
    let what = if answer.is_ok() { "write to stdout" } else { "start a thread" };
    match answer.and_then(|text| io::stdout().write_all(format!("{text}\n").as_bytes())) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(format_args!("can't {what}: {error}"));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS, // a reader that left (`| head -1`) has what it wanted
    }
}

/// One line on stderr; where even that is full, the exit code is left (`eprintln!` would panic).
fn complain(line: impl Display) {
    let _ = io::stderr().write_all(format!("lock: {line}\n").as_bytes());
}

fn left(balance: i64) -> String {
    balance.to_string()
}

fn circle(found: Option<deadlock::Deadlock>) -> String {
    found.map_or_else(|| "no deadlock".into(), |deadlock| deadlock.to_string())
}

enum Show {
    Cell,
    Race,
    Deadlock,
    Cure,
    Help,
}

struct Options {
    show: Show,
    amounts: Vec<i64>,
    rounds: u32,
}

impl Options {
    fn parse() -> Result<Self, lexopt::Error> {
        let mut options = Options { show: Show::Cell, amounts: Vec::new(), rounds: 1_000_000 };
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Long("rounds") => options.rounds = args.value()?.parse()?,
                Long("amount") => options.amounts.push(args.value()?.parse()?),
                Long("race") => options.show = Show::Race,
                Long("deadlock") => options.show = Show::Deadlock,
                Long("cure") => options.show = Show::Cure,
                Short('h') | Long("help") => return Ok(Options { show: Show::Help, ..options }),
                _ => return Err(arg.unexpected()),
            }
        }
        match options.amounts.len() {
            0 => options.amounts = vec![1 << 5, 1 << 10],
            1..=1000 => {}
            _ => return Err("--amount: each is a thread; give it at most 1000 times".into()),
        }
        Ok(options)
    }
}
