//! Threads: started and awaited, and as the ideal that a pool of processes is compared with.

use std::thread::{self, Builder, available_parallelism};

use super::pool::{expect, task};
use super::report;
use crate::Done;

const NAME: &str = "LoopThread";

pub fn spawn(who: &str, n: u64) -> Done<()> {
    let once: fn(u64) -> Option<u64> = match who {
        "us" => |i| threads::spawn(NAME, move || i).ok()?.join().ok(),
        "std" => |i| Builder::new().name(NAME.into()).spawn(move || i).ok()?.join().ok(),
        "crossbeam" => |i| {
            crossbeam_utils::thread::scope(|scope| {
                scope.builder().name(NAME.into()).spawn(|_| i).ok()?.join().ok()
            })
            .ok()?
        },
        _ => return Err("no such contestant".into()),
    };
    report::time(|| (0..n).try_for_each(|i| expect(once(i), Some(i))))
}

/// A pool's tasks, shared out evenly beforehand: sleeping on as many threads as the pool has
/// workers, computing on as many as there are cores for them.
pub fn tasks(test: &str, n: u64, workers: u64) -> Done<()> {
    let cores = available_parallelism()?.get() as u64;
    let threads = if test == "pool-sleep" { workers } else { workers.min(cores) };
    let (task, share) = (task(test), u32::try_from(n / threads)?);
    report::time(|| {
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| (0..share).for_each(|i| _ = task(i)));
            }
        });
        Ok(())
    })
}
