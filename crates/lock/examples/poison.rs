//! A thread panics in the middle of a change, which poisons its lock. Broken: the next thread ignores
//! that. Fixed: it repairs the data: `-- --fixed`.

use std::fmt::Display;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

mod args;

const TOTAL: i64 = 100;

struct Accounts {
    alice: i64,
    bob: i64,
}

fn broken(accounts: &Mutex<Accounts>) -> io::Result<i64> {
    let accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner); // poisoned or not
    say("Thread-2", "holds the accounts")?;
    work();
    let total = accounts.alice + accounts.bob;
    say("Thread-2", format_args!("counts {total} in total"))?;
    say("Thread-2", "releases the accounts")?;
    Ok(total)
}

fn fixed(accounts: &Mutex<Accounts>) -> io::Result<i64> {
    let accounts = accounts.lock().or_else(|poisoned| {
        say("Thread-2", "learns that the last holder panicked")?;
        let mut half_done = poisoned.into_inner();
        half_done.bob = TOTAL - half_done.alice; // finish the transfer
        accounts.clear_poison();
        io::Result::Ok(half_done)
    })?;
    say("Thread-2", "holds the accounts")?;
    work();
    let total = accounts.alice + accounts.bob;
    say("Thread-2", format_args!("counts {total} in total"))?;
    say("Thread-2", "releases the accounts")?;
    Ok(total)
}

/// Takes money from Alice, and panics before Bob gets it.
fn half_a_transfer(accounts: &Mutex<Accounts>) -> io::Result<()> {
    let mut accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner);
    say("Thread-1", "holds the accounts")?;
    accounts.alice -= 10;
    say("Thread-1", "takes 10 from Alice")?;
    work();
    say("Thread-1", "panics")?;
    say("Thread-1", "releases the accounts")?; // the guard does, on every way out
    resume_unwind(Box::new("no connection to Bob's bank")); // a panic without its message on stderr
}

fn main() -> io::Result<()> {
    let is_fixed = args::has("--fixed");
    let accounts = Mutex::new(Accounts { alice: TOTAL, bob: 0 });
    let transfer = thread::scope(|scope| scope.spawn(|| half_a_transfer(&accounts)).join());
    if let Ok(result) = transfer {
        return result; // no panic: stdout was closed before
    }
    match is_fixed {
        false => {
            let total = broken(&accounts)?;
            say("broken", format_args!("{total} of {TOTAL} are left, and no error was reported"))
        }
        true => {
            let total = fixed(&accounts)?;
            say(
                "fixed",
                format_args!("{total} of {TOTAL} are left, and the lock is no longer poisoned"),
            )
        }
    }
}

/// Stands for what takes time while the lock is held.
fn work() {
    thread::sleep(Duration::from_millis(50));
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
