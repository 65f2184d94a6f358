//! Checks the exercise's answer. `bank` has the accounts that `transfer` is given.

use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::deadlock::check_deadlock;

mod bank;

pub use bank::Bank;

/// What the learner writes: moves an amount from one account to another.
pub type Transfer = fn(&Bank, usize, usize, i64);

/// Prints what falls short, with a hint, or that all is well.
pub fn check(transfer: Transfer) -> ExitCode {
    let found = alone(transfer)
        .and_then(|()| in_opposite_directions(transfer))
        .and_then(|()| to_itself(transfer));
    match found {
        Ok(()) => {
            println!("passed: transfers in opposite directions, and to itself; no money was lost");
            ExitCode::SUCCESS
        }
        Err((short, hint)) => {
            println!("falls short: {short}\nhint: {hint}");
            ExitCode::FAILURE
        }
    }
}

type Found<T = ()> = Result<T, (&'static str, &'static str)>;

fn alone(transfer: Transfer) -> Found {
    let hint = "subtract from one account, add to the other";
    let bank = run(transfer, &[(0, 1)], ("a single transfer waits forever", hint))?;
    if bank.balances() != [70, 130, 100] {
        return Err(("30 from account 0 to account 1: they don't hold 70 and 130 then", hint));
    }
    match bank.was_money_missing() {
        true => Err((
            "there is a moment when the money is in no account and both are unlocked",
            "hold both locks before you change a balance",
        )),
        false => Ok(()),
    }
}

fn in_opposite_directions(transfer: Transfer) -> Found {
    let deadlock = (
        "one thread moves from 0 to 1, the other from 1 to 0, and each waits for the other",
        "in which order does each thread lock the two accounts? Here the direction of the transfer decides it",
    );
    let bank = run(transfer, &[(0, 1), (1, 0)], deadlock)?;
    match bank.balances() {
        [100, 100, 100] => Ok(()),
        _ => Err((
            "30 from 0 to 1 and 30 from 1 to 0 at once: afterwards they don't hold 100 each",
            "which of the two guards belongs to the account that the money comes from?",
        )),
    }
}

fn to_itself(transfer: Transfer) -> Found {
    let hint = "a thread that locks what it has locked already waits for itself";
    let deadlock = ("from account 2 to account 2: the thread waits forever", hint);
    match run(transfer, &[(2, 2)], deadlock)?.balances() {
        [100, 100, 100] => Ok(()),
        _ => Err(("from account 2 to account 2: it should hold 100 afterwards", hint)),
    }
}

/// Moves 30 for each pair in a thread of its own; returns the bank once all have ended.
fn run(
    transfer: Transfer,
    pairs: &[(usize, usize)],
    deadlock: (&'static str, &'static str),
) -> Found<Arc<Bank>> {
    let bank = Arc::new(Bank::new(pairs.len()));
    let start = |&(from, to): &(usize, usize)| {
        let ends = EndsWithThread(Arc::clone(&bank));
        thread::spawn(move || transfer(&ends.0, from, to, 30))
    };
    let threads: Vec<_> = pairs.iter().map(start).collect();
    while !threads.iter().all(JoinHandle::is_finished) {
        if !check_deadlock().is_empty() {
            return Err(deadlock); // the end of `main` ends these threads, too
        }
        thread::yield_now();
    }
    match threads.into_iter().all(|thread| thread.join().is_ok()) {
        true => Ok(bank),
        false => Err(("`transfer` panicked", "the message of the panic names the line")),
    }
}

/// Tells the bank when its thread ends, also if it panics.
struct EndsWithThread(Arc<Bank>);

impl Drop for EndsWithThread {
    fn drop(&mut self) {
        self.0.thread_ends();
    }
}
