//! What the exercise is measured by. `bank` is what the learner's function is given.

use std::process::ExitCode;
use std::thread::{self, Builder};

use lock::deadlock::Deadlock;

mod bank;

pub use bank::Bank;

/// What the learner writes: moves an amount from one account to another.
pub type Transfer = fn(&Bank, usize, usize, i64) -> Result<(), Deadlock>;

/// Says on stdout what falls short, with a hint, or that all is well.
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

type Found = Result<(), (&'static str, &'static str)>;

fn alone(transfer: Transfer) -> Found {
    let bank = Bank::new(["main"]);
    if transfer(&bank, 0, 1, 30).is_err() || bank.balances() != [70, 130, 100] {
        return Err((
            "30 from account 0 to account 1: they should hold 70 and 130, and don't",
            "take from one, add to the other",
        ));
    }
    match bank.was_ever_missing_money() {
        true => Err((
            "between two locks there is money in no account, for everyone to see",
            "hold both accounts before you change one",
        )),
        false => Ok(()),
    }
}

fn in_opposite_directions(transfer: Transfer) -> Found {
    let bank = Bank::new(["Thread-1", "Thread-2"]);
    let run = |from, to| bank.last(|| transfer(&bank, from, to, 30).is_ok());
    let both_moved = thread::scope(|scope| {
        let start = |name: &str, from, to| {
            Builder::new().name(name.into()).spawn_scoped(scope, move || run(from, to))
        };
        let started = [start("Thread-1", 0, 1), start("Thread-2", 1, 0)];
        started.into_iter().all(|thread| thread.is_ok_and(|it| it.join().is_ok_and(|moved| moved)))
    });
    match both_moved && bank.balances() == [100, 100, 100] {
        true => Ok(()),
        false => Err((
            "one thread moves from 0 to 1, the other from 1 to 0, and each waits for the other",
            "where have you seen that, and what cured it? Here the direction decides which account is asked for first",
        )),
    }
}

fn to_itself(transfer: Transfer) -> Found {
    let bank = Bank::new(["main"]);
    match transfer(&bank, 2, 2, 30).is_ok() && bank.balances() == [100, 100, 100] {
        true => Ok(()),
        false => Err((
            "from account 2 to account 2: it should hold 100 afterwards, and nobody should wait",
            "a thread that asks for a lock which it holds waits for itself",
        )),
    }
}
