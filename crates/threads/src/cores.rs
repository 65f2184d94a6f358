//! What Python's GIL forbids: threads that compute at the same time.

use std::hint::black_box;
use std::thread;
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
/// `threads` threads, each with a part of its own.
///
/// `None` if a thread panicked or the sums differ, which neither does.
///
/// ```
/// let compared = threads::cores::compare(1_000, 4).unwrap();
/// assert_eq!(compared.sum, 332_833_500);
/// ```
pub fn compare(n: u64, threads: usize) -> Option<Comparison> {
    let start = Instant::now();
    let sum = sum_of_squares(0, n);
    let alone = start.elapsed();

    let start = Instant::now();
    let part = |i: usize| n / threads as u64 * i as u64;
    let shared = thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|i| {
                let end = if i + 1 == threads { n } else { part(i + 1) };
                scope.spawn(move || sum_of_squares(part(i), end))
            })
            .collect();
        parts.into_iter().try_fold(0u64, |sum, part| Some(sum.wrapping_add(part.join().ok()?)))
    })?;
    let together = start.elapsed();
    (shared == sum).then_some(Comparison { threads, alone, together, sum })
}

fn sum_of_squares(start: u64, end: u64) -> u64 {
    // The black box keeps the compiler from knowing the sum without computing it.
    (start..end).fold(0, |sum: u64, n| sum.wrapping_add(black_box(n).wrapping_mul(n)))
}
