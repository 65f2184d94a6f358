//! The same cell without the lock, in sound Rust: what Python's `balance = balance + n` really is.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::thread::{self, Builder};

/// [`change_it`](crate::change_it) on a balance that nobody guards: a load, then a store, twice.
///
/// Each step is atomic, the two together aren't: between the load and the store another thread may
/// store a value of its own, which this store then overwrites. That is the race of the notebook. It
/// isn't undefined behaviour (a data race would be), which is why safe Rust lets it be written.
///
/// ```
/// use std::sync::atomic::{AtomicI64, Ordering};
///
/// let balance = AtomicI64::new(0);
/// lock::race::change_it(&balance, 32); // alone, nothing can go wrong
/// assert_eq!(balance.load(Ordering::Relaxed), 0);
/// ```
pub fn change_it(balance: &AtomicI64, n: i64) {
    balance.store(balance.load(Relaxed).wrapping_add(n), Relaxed);
    balance.store(balance.load(Relaxed).wrapping_sub(n), Relaxed);
}

/// Runs [`change_it`] `rounds` times on one thread for each of `amounts`, all on one balance, and
/// answers what is left of it: 0 if no update was lost, which is rare.
///
/// # Errors
///
/// What the system answers where it can start no more threads; those that run are waited for.
///
/// ```
/// assert_eq!(lock::race::run(&[32], 1_000)?, 0); // one thread has nobody to race with
/// # std::io::Result::Ok(())
/// ```
pub fn run(amounts: &[i64], rounds: u32) -> io::Result<i64> {
    let balance = AtomicI64::new(0);
    thread::scope(|scope| {
        amounts.iter().try_for_each(|&n| {
            let balance = &balance;
            let run = move || (0..rounds).for_each(|_| change_it(balance, n));
            // `scope.spawn` would panic where the system has no thread to give.
            Builder::new().spawn_scoped(scope, run).map(drop)
        })
    })?;
    Ok(balance.into_inner())
}
