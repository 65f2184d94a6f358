//! The answer to the exercise of lesson 7. Try it yourself first: `cargo lessons check thread-local`.

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

mod check;

/// What the threads counted that have ended.
static TOTAL: AtomicU64 = AtomicU64::new(0);

/// A thread's count, which adds itself to the total when the thread ends.
struct Count(Cell<u64>);

impl Drop for Count {
    fn drop(&mut self) {
        TOTAL.fetch_add(self.0.get(), Relaxed); // whoever has joined the thread sees it
    }
}

thread_local! {
    static COUNT: Count = const { Count(Cell::new(0)) };
}

/// Counts one, in this thread only: no other waits for it.
fn count() {
    COUNT.with(|count| count.0.set(count.0.get() + 1));
}

/// What all threads counted that have ended.
fn total() -> u64 {
    TOTAL.load(Relaxed)
}

fn main() -> ExitCode {
    check::check(count, total)
}
