//! The notebook's cell: two threads, one balance, one lock.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;

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

fn cell(amounts: &[i64], rounds: u32) -> i64 {
    let balance = Mutex::new(0);
    thread::scope(|scope| {
        for &n in amounts {
            let balance = &balance;
            scope.spawn(move || run_thread(balance, n, rounds));
        }
    });
    balance.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> ExitCode {
    let answer = match Options::parse() {
        Err(wrong) => {
            eprintln!("lock: {wrong}\nTry: cargo run -p lock -- --help");
            return ExitCode::from(2);
        }
        Ok(Options { show: Show::Help, .. }) => HELP.to_string(),
        Ok(Options { show: Show::Cell, amounts, rounds }) => {
            format!("{}\n", cell(&amounts, rounds))
        }
        Ok(Options { show: Show::Race, amounts, rounds }) => {
            format!("{}\n", race::run(&amounts, rounds))
        }
        Ok(Options { show: Show::Deadlock, .. }) => told(deadlock::opposite_order()),
        Ok(Options { show: Show::Cure, .. }) => told(deadlock::same_order()),
    };
    match io::stdout().write_all(answer.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("lock: can't write to stdout: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS, // a reader that left (`| head -1`) has what it wanted
    }
}

fn told(found: Option<deadlock::Deadlock>) -> String {
    found.map_or_else(|| "no deadlock\n".into(), |deadlock| format!("{deadlock}\n"))
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
        if options.amounts.is_empty() {
            options.amounts = vec![1 << 5, 1 << 10];
        }
        Ok(options)
    }
}
