//! A time limit that ends a runaway task.
//!
//! `multiprocessing.Pool` and `ProcessPoolExecutor` can stop waiting for a result, but the task runs on,
//! and its worker is lost. In Python this takes another library:
//!
//! ```python
//! with pebble.ProcessPool(max_workers=2) as p:
//!     results = [p.schedule(collatz, (n,), timeout=2) for n in (27, 0, 97)]
//! ```

use std::time::Duration;

use pool::{Pool, TaskError};

/// How many steps it takes to 1. From 0 it takes forever.
fn collatz(mut n: u64) -> u32 {
    let mut steps = 0;
    while n != 1 {
        n = if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 };
        steps = (steps + 1) % u32::MAX;
    }
    steps
}

fn main() -> Result<(), pool::Error> {
    pool::run_if_worker(collatz);

    let p = Pool::builder(collatz).processes(2).task_timeout(Duration::from_secs(2)).build()?;
    for (n, result) in [27, 0, 97].map(|n| (n, p.apply_async(n))) {
        match result.get() {
            Ok(steps) => println!("{n}: {steps} steps"),
            Err(TaskError::TimedOut) => println!("{n}: no end in sight, so its worker was ended"),
            Err(other) => return Err(other.into()),
        }
    }
    println!("{}: {} steps", 871, p.apply(871)?); // a new worker has taken the place
    p.join()
}
