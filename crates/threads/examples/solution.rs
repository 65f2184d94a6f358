//! The solution of the exercise of lesson 5. Try it yourself first: `cargo lessons check threads`.

use std::process::ExitCode;
use std::thread;

use check::Sum;

mod check;

/// Returns the total of all `parts`; `sum` adds up one of them. A panic in `sum` becomes an `Err`.
fn total(parts: &[&[u64]], sum: Sum) -> thread::Result<u64> {
    thread::scope(|scope| {
        // `collect` starts all threads: an iterator does nothing until it is consumed.
        let threads: Vec<_> = parts.iter().map(|part| scope.spawn(move || sum(part))).collect();
        // Join all threads before you return an `Err`: at its end the scope itself panics if a thread
        // panicked that wasn't joined.
        let sums: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        sums.into_iter().sum()
    })
}

fn main() -> ExitCode {
    check::check(total)
}
