//! Threads: started and awaited, and as the ideal that a pool of processes is compared with.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, Builder};

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

/// A pool's tasks on as many threads as the pool has workers, each taking the next one: what is
/// possible without processes.
pub fn tasks(test: &str, n: u64, workers: u64) -> Done<()> {
    let (task, n) = (task(test), u32::try_from(n)?);
    let next = AtomicU32::new(0);
    let work = || {
        while next.fetch_add(1, Ordering::Relaxed) < n {
            task(0);
        }
    };
    report::time(|| {
        thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
        Ok(())
    })
}
