#![doc = include_str!("../README.md")]

use std::sync::{Mutex, PoisonError};

pub mod deadlock;
pub mod race;

/// Adds `n` to the balance and takes it away again: the notebook's `change_it`.
///
/// The balance is the same afterwards, unless someone else changes it in between. Here nobody can:
/// `&mut` is the only reference to the balance for as long as this function runs, and the compiler
/// checks that. The addition wraps around at the ends of `i64` (Python's integers grow instead), so
/// no `n` panics. The same on Windows, macOS and Linux.
///
/// ```
/// let mut balance = 0;
/// lock::change_it(&mut balance, 32);
/// assert_eq!(balance, 0);
/// ```
pub fn change_it(balance: &mut i64, n: i64) {
    *balance = balance.wrapping_add(n);
    *balance = balance.wrapping_sub(n);
}

/// Calls [`change_it`] `rounds` times, with the lock taken anew in each round: the notebook's
/// `run_thread`.
///
/// Python's `lock.acquire()`, `try`, `finally: lock.release()` are one expression here:
/// [`Mutex::lock`] answers a guard that hands out the balance, and the guard's end releases the
/// lock, also on a panic or an early return.
///
/// A lock whose holder panicked is *poisoned*. [`change_it`] can't stop half way, so the balance is
/// still whole, and this function goes on with it instead of panicking in turn.
///
/// ```
/// use std::{sync::Mutex, thread};
///
/// let balance = Mutex::new(0);
/// thread::scope(|s| {
///     s.spawn(|| lock::run_thread(&balance, 32, 1_000));
///     s.spawn(|| lock::run_thread(&balance, 1_024, 1_000));
/// });
/// assert_eq!(balance.into_inner().unwrap(), 0);
/// ```
pub fn run_thread(balance: &Mutex<i64>, n: i64, rounds: u32) {
    for _ in 0..rounds {
        change_it(&mut balance.lock().unwrap_or_else(PoisonError::into_inner), n);
    }
}
