//! `threading.Lock` in Rust: a balance that threads can only change while they hold its lock.
//!
//! ```
//! use std::{sync::Mutex, thread};
//!
//! let balance = Mutex::new(0);
//! thread::scope(|scope| {
//!     scope.spawn(|| lock::run_thread(&balance, 32, 1_000));
//!     scope.spawn(|| lock::run_thread(&balance, 1_024, 1_000));
//! });
//! assert_eq!(balance.into_inner().unwrap(), 0);
//! ```
//!
//! The lesson with the race, the deadlock and the poisoned lock is the crate's `README.md`.
//!
//! # When something fails
//!
//! A thread that panics releases the lock and *poisons* it, so that the next `lock()`
//! returns an error. [`run_thread`] goes on with a poisoned balance, because [`change_it`] has no
//! point at which it could stop half way. Nothing here panics.
//!
//! # Platforms
//!
//! The crate uses only [`Mutex`] and threads of the standard library, which behave the same on
//! Linux, macOS and Windows.

use std::sync::{Mutex, PoisonError};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Adds `n` to the balance and subtracts it again: the notebook's `change_it`.
///
/// The balance is unchanged afterwards. No other thread can change it meanwhile, because a `&mut`
/// reference is the only one to its value. At the ends of `i64` the sum wraps around (Python's
/// integers grow instead), so no `n` panics.
pub fn change_it(balance: &mut i64, n: i64) {
    *balance = balance.wrapping_add(n);
    *balance = balance.wrapping_sub(n);
}

/// Calls [`change_it`] `rounds` times and takes the lock for each call: the notebook's
/// `run_thread`.
///
/// Waits for as long as another thread holds the lock. A poisoned lock is taken all the same.
pub fn run_thread(balance: &Mutex<i64>, n: i64, rounds: u32) {
    for _ in 0..rounds {
        let mut balance = balance.lock().unwrap_or_else(PoisonError::into_inner);
        change_it(&mut balance, n);
    } // the guard is dropped here and releases the lock, as `finally` would
}
