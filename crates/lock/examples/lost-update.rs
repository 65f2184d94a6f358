//! The cell without its lock: how far off the balance is after a million rounds in two threads.
//! Another number of rounds: `cargo run -p lock --example lost-update -- 10`

use std::io::{self, Write, stderr, stdout};
use std::process::ExitCode;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::{env, thread};

/// What `balance = balance + n` does in Python, too: another thread may store between the two steps.
fn broken(balance: &AtomicI64, n: i64) {
    balance.store(balance.load(Relaxed).wrapping_add(n), Relaxed);
    balance.store(balance.load(Relaxed).wrapping_sub(n), Relaxed);
}

/// Each change is one step, so no other thread can come between.
fn fixed(balance: &AtomicI64, n: i64) {
    balance.fetch_add(n, Relaxed);
    balance.fetch_sub(n, Relaxed);
}

fn off_by(change_it: fn(&AtomicI64, i64), rounds: u32) -> u64 {
    let balance = AtomicI64::new(0);
    thread::scope(|scope| {
        for n in [1 << 5, 1 << 10] {
            let balance = &balance;
            scope.spawn(move || (0..rounds).for_each(|_| change_it(balance, n)));
        }
    });
    balance.into_inner().unsigned_abs()
}

fn main() -> io::Result<ExitCode> {
    let args: Vec<_> = env::args_os().skip(1).collect();
    let rounds = match &args[..] {
        [] => Some(1_000_000),
        [rounds] => rounds.to_str().and_then(|rounds| rounds.parse().ok()),
        _ => None,
    };
    let Some(rounds) = rounds else {
        writeln!(stderr(), "{args:?}: give a number of rounds up to {}, or none", u32::MAX)?;
        return Ok(ExitCode::from(2));
    };
    writeln!(stdout(), "broken, load and store: {} off", off_by(broken, rounds))?;
    writeln!(stdout(), "fixed, fetch_add: {} off", off_by(fixed, rounds))?;
    Ok(ExitCode::SUCCESS)
}
