//! The lesson's two threads, with a note of when each waits for the lock, holds it and lets it go.
//!
//! A note costs no write: printing while the lock is held would change what is looked at. A round
//! here adds and takes away many times, so that a round is long enough to be seen.

use std::io::{self, Write};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
const CHANGES: u32 = 100_000;

fn main() -> io::Result<()> {
    let balance = Mutex::new(0);
    let both_are_here = Barrier::new(2);
    let start = Instant::now();
    let run_thread = |n| {
        let mut notes = Vec::with_capacity(3 * ROUNDS);
        let mut own = 0;
        both_are_here.wait();
        for _ in 0..ROUNDS {
            notes.push((start.elapsed(), "waits for the lock"));
            let mut balance = balance.lock().unwrap_or_else(PoisonError::into_inner);
            notes.push((start.elapsed(), "holds the lock"));
            (0..CHANGES).for_each(|_| lock::change_it(&mut balance, n));
            notes.push((start.elapsed(), "releases the lock"));
            drop(balance);
            (0..CHANGES).for_each(|_| lock::change_it(&mut own, n)); // work that needs no lock
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

/// The notes of both, in the order of their times.
fn print(notes: impl Iterator<Item = (Duration, &'static str, &'static str)>) -> io::Result<()> {
    let mut notes: Vec<_> = notes.collect();
    notes.sort();
    let lines = notes
        .iter()
        .map(|(time, thread, what)| format!("@{:.9} {thread}: {what}\n", time.as_secs_f64()));
    io::stdout().write_all(lines.collect::<String>().as_bytes())
}
