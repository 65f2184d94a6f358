//! procspawn's pool.

use std::collections::VecDeque;

use procspawn::{JoinHandle, Pool};

use super::pool::{expect, nothing, task};
use super::{memory, report};
use crate::Done;

/// How many tasks may wait: each holds four descriptors, of which a process has a thousand or so.
const WAITING: usize = 100;

pub fn spawn(n: u64, workers: u64) -> Done<()> {
    all(nothing, n, workers)
}

pub fn tasks(test: &str, n: u64, workers: u64) -> Done<()> {
    all(task(test), n, workers)
}

fn all(task: fn(u32) -> u32, n: u64, workers: u64) -> Done<()> {
    let pool = Pool::new(usize::try_from(workers)?)?;
    let join = |(i, handle): (u32, JoinHandle<u32>)| expect(handle.join()?, i);
    join((0, pool.spawn(0, nothing)))?; // until now it may still have been starting
    report::time(|| {
        let mut waiting = VecDeque::new();
        for i in 0..u32::try_from(n)? {
            if waiting.len() == WAITING {
                waiting.pop_front().map_or(Ok(()), join)?;
            }
            waiting.push_back((i, pool.spawn(i, task)));
        }
        waiting.into_iter().try_for_each(join)
    })
}

pub fn spawn_and_join(n: u64, workers: u64) -> Done<()> {
    let pool = Pool::new(usize::try_from(workers)?)?;
    pool.spawn(0, nothing).join()?;
    report::time(|| {
        (0..u32::try_from(n)?).try_for_each(|i| expect(pool.spawn(i, nothing).join()?, i))
    })
}

pub fn start(n: u64, workers: u64) -> Done<()> {
    report::time(|| {
        for _ in 0..n {
            let pool = Pool::new(usize::try_from(workers)?)?;
            let handles: Vec<_> =
                (0..u32::try_from(workers)?).map(|i| pool.spawn(i, nothing)).collect();
            for (i, handle) in (0..).zip(handles) {
                expect(handle.join()?, i)?;
            }
            pool.shutdown();
        }
        Ok(())
    })
}

pub fn memory(n: u64, workers: u64) -> Done<()> {
    let pool = Pool::new(usize::try_from(workers)?)?;
    for i in 0..u32::try_from(n)? {
        pool.spawn(i, nothing).join()?;
    }
    let pid = pool.spawn((), |()| std::process::id()).join()?;
    report::value(memory::private(pid)?)
}
