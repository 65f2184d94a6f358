//! What Python's GIL rules out: threads that compute at the same time. One sum is computed on one
//! thread, then on as many threads as the machine runs at once.

use std::error::Error;
use std::hint::black_box;
use std::io::{Write, stdout};
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

const END: u64 = 30_000_000;

fn sum_of_squares(numbers: Range<u64>) -> u64 {
    // The black box keeps the compiler from replacing the loop by a formula.
    numbers.fold(0, |sum: u64, n| sum.wrapping_add(black_box(n).wrapping_mul(n)))
}

fn in_threads(threads: u64) -> thread::Result<u64> {
    let part = |i| END * i / threads..END * (i + 1) / threads;
    thread::scope(|scope| {
        // `collect` starts all of them before the first `join`.
        let started: Vec<_> =
            (0..threads).map(|i| scope.spawn(move || sum_of_squares(part(i)))).collect();
        started.into_iter().try_fold(0u64, |sum, part| Ok(sum.wrapping_add(part.join()?)))
    })
}

fn measured<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (run(), start.elapsed())
}

fn main() -> Result<(), Box<dyn Error>> {
    let threads = thread::available_parallelism()?.get();
    let (sum, alone) = measured(|| sum_of_squares(0..END));
    let (same, together) = measured(|| in_threads(threads as u64));
    assert_eq!(same.map_err(|_| "a thread panicked")?, sum);
    let ratio = alone.as_secs_f64() / together.as_secs_f64();
    writeln!(stdout(), "sum of squares: {sum}")?;
    writeln!(stdout(), "on 1 thread: {:.3} s", alone.as_secs_f64())?;
    writeln!(stdout(), "on {threads} threads: {:.3} s", together.as_secs_f64())?;
    writeln!(stdout(), "{ratio:.1} × as fast")?;
    Ok(())
}
