//! A race condition: two threads pay into one balance, and one update is lost. The fix is a lock:
//! `-- --fixed`.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

mod args;

fn broken() -> io::Result<i64> {
    let balance = AtomicI64::new(0);
    let both_have_read = Barrier::new(2); // makes certain what is otherwise bad luck
    let pay_in = |thread, amount| {
        let seen = balance.load(Relaxed);
        let said = say(thread, format_args!("reads {seen}"));
        both_have_read.wait();
        said?; // only now: the other thread waits at the barrier, too
        work();
        balance.store(seen + amount, Relaxed);
        say(thread, format_args!("writes {}", seen + amount))
    };
    in_two_threads(pay_in)?;
    Ok(balance.into_inner())
}

fn fixed() -> io::Result<i64> {
    let balance = Mutex::new(0);
    let both_have_started = Barrier::new(2);
    let pay_in = |thread, amount| {
        both_have_started.wait();
        say(thread, "waits for the balance")?;
        let mut balance = balance.lock().unwrap_or_else(PoisonError::into_inner);
        say(thread, "holds the balance")?;
        say(thread, format_args!("reads {balance}"))?;
        work();
        *balance += amount;
        say(thread, format_args!("writes {balance}"))?;
        say(thread, "releases the balance")
    };
    in_two_threads(pay_in)?;
    Ok(balance.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn in_two_threads(
    pay_in: impl Fn(&'static str, i64) -> io::Result<()> + Copy + Send,
) -> io::Result<()> {
    thread::scope(|scope| {
        let one = scope.spawn(move || pay_in("Thread-1", 10));
        pay_in("Thread-2", 10)?;
        one.join().unwrap_or_else(|_| Err(io::Error::other("Thread-1 panicked")))
    })
}

fn main() -> io::Result<()> {
    let (kind, balance) = match args::has("--fixed") {
        false => ("broken", broken()?),
        true => ("fixed", fixed()?),
    };
    say(kind, format_args!("10 and 10 were paid in, the balance is {balance}"))
}

/// Stands for what takes time between the read and the write.
fn work() {
    thread::sleep(Duration::from_millis(50));
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
