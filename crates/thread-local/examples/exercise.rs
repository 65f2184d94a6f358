//! Exercise: each thread counts for itself, and what it counted is in the total once it has ended.
//! Then: `cargo lessons check thread-local`.

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

mod check;

/// What the threads counted that have ended.
static TOTAL: AtomicU64 = AtomicU64::new(0);

thread_local! {
    // Your turn: when a thread ends, its count is gone, and the total knows nothing of it.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// Counts one, in this thread only: no other waits for it.
fn count() {
    COUNT.set(COUNT.get() + 1);
}

/// What all threads counted that have ended.
fn total() -> u64 {
    TOTAL.load(Relaxed)
}

fn main() -> ExitCode {
    check::check(count, total)
}
