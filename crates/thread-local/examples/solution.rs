//! The solution of the exercise of lesson 7. Try it yourself first: `cargo lessons check thread-local`.

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

mod check;

/// The counts of all threads that have ended.
static TOTAL: AtomicU64 = AtomicU64::new(0);

/// A thread's count, which adds itself to the total when the thread ends.
struct Count(Cell<u64>);

impl Drop for Count {
    fn drop(&mut self) {
        TOTAL.fetch_add(self.0.get(), Relaxed); // visible to every thread that has joined this one
    }
}

thread_local! {
    static COUNT: Count = const { Count(Cell::new(0)) };
}

/// Adds one to this thread's count: no other thread waits for that.
fn count() {
    COUNT.with(|count| count.0.set(count.0.get() + 1));
}

/// Returns the counts of all threads that have ended.
fn total() -> u64 {
    TOTAL.load(Relaxed)
}

fn main() -> ExitCode {
    check::check(count, total)
}
