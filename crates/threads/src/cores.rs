//! What Python's GIL forbids: threads that compute at the same time.

use std::hint::black_box;
use std::io;
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

/// One sum, computed twice.
pub struct Comparison {
    /// How many threads shared the second sum.
    pub threads: usize,
    /// How long it took on one thread.
    pub alone: Duration,
    /// How long it took on all of them.
    pub together: Duration,
    /// The sum, the same both times.
    pub sum: u64,
}

/// Sums up the squares below `n` (wrapping around at the end of `u64`) on this thread, then on
/// `threads` threads (at least one), each with a part of its own.
///
/// # Errors
///
/// What the system answers where it can start no more threads; or that the sums differ, which they
/// don't.
///
/// ```
/// let compared = threads::cores::compare(1_000, 4)?;
/// assert_eq!(compared.sum, 332_833_500);
/// # std::io::Result::Ok(())
/// ```
pub fn compare(n: u64, threads: usize) -> io::Result<Comparison> {
    let threads = threads.max(1);
    let start = Instant::now();
    let sum = sum_of_squares(0, n);
    let alone = start.elapsed();

    let start = Instant::now();
    let shared = shared_sum(n, threads)?;
    let together = start.elapsed();
    match shared == sum {
        true => Ok(Comparison { threads, alone, together, sum }),
        false => Err(io::Error::other("the sums differ")),
    }
}

fn shared_sum(n: u64, threads: usize) -> io::Result<u64> {
    let part = |i: usize| n / threads as u64 * i as u64;
    thread::scope(|scope| {
        let parts = (0..threads).map(|i| {
            let end = if i + 1 == threads { n } else { part(i + 1) };
            // `scope.spawn` would panic where the system has no thread to give.
            Builder::new().spawn_scoped(scope, move || sum_of_squares(part(i), end))
        });
        let parts: Vec<_> = parts.collect::<io::Result<_>>()?;
        parts.into_iter().try_fold(0u64, |sum, part| {
            let part = part.join().map_err(|_| io::Error::other("a thread panicked"))?;
            Ok(sum.wrapping_add(part))
        })
    })
}

fn sum_of_squares(start: u64, end: u64) -> u64 {
    // The black box keeps the compiler from knowing the sum without computing it.
    (start..end).fold(0, |sum: u64, n| sum.wrapping_add(black_box(n).wrapping_mul(n)))
}
