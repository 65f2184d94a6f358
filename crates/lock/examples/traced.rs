//! The lesson's two threads, with the times at which each waits for the lock, holds it and releases
//! it. The lesson's picture is drawn from this.
//!
//! The times are printed at the end: to print while the lock is held would change them. A round makes
//! many changes here, so that it is long enough to see.

use std::io::{self, Write};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
const CHANGES: u32 = 100_000;

fn main() -> io::Result<()> {
    let balance = Mutex::new(0);
    let both_have_started = Barrier::new(2);
    let start = Instant::now();
    let run_thread = |n| {
        let mut notes = Vec::with_capacity(3 * ROUNDS);
        let mut own = 0;
        both_have_started.wait();
        for _ in 0..ROUNDS {
            notes.push((start.elapsed(), "waits for the lock"));
            let mut balance = balance.lock().unwrap_or_else(PoisonError::into_inner);
            notes.push((start.elapsed(), "holds the lock"));
            (0..CHANGES).for_each(|_| lock::change_it(&mut balance, n));
            notes.push((start.elapsed(), "releases the lock"));
            drop(balance);
            (0..CHANGES).for_each(|_| lock::change_it(&mut own, n)); // work without the lock
        }
        notes
    };
    let notes = thread::scope(|scope| {
        let one = scope.spawn(|| run_thread(32));
        let two = run_thread(1_024);
        one.join().map(|one| [("Thread-1", one), ("Thread-2", two)])
    });
    let notes = notes.map_err(|_| io::Error::other("Thread-1 panicked"))?;
    print(notes.into_iter().flat_map(|(thread, notes)| {
        notes.into_iter().map(move |(time, what)| (time, thread, what))
    }))
}

/// Prints the notes of both threads, in the order of their times.
fn print(notes: impl Iterator<Item = (Duration, &'static str, &'static str)>) -> io::Result<()> {
    let mut notes: Vec<_> = notes.collect();
    notes.sort();
    let lines = notes
        .iter()
        .map(|(time, thread, what)| format!("@{:.9} {thread}: {what}\n", time.as_secs_f64()));
    io::stdout().write_all(lines.collect::<String>().as_bytes())
}
