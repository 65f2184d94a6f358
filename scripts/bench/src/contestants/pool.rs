//! Our pool.

use std::thread;
use std::time::Duration;

use ::pool::Pool;
use cpu_time::ThreadTime;
use serde_bytes::ByteBuf;

use super::{memory, report};
use crate::Done;

pub const MILLISECOND: Duration = Duration::from_millis(1);

pub fn nothing(n: u32) -> u32 {
    n
}

pub fn sleep(n: u32) -> u32 {
    thread::sleep(MILLISECOND);
    n
}

/// Computes until this thread has used up a millisecond, however often others had its core.
pub fn compute(n: u32) -> u32 {
    let start = ThreadTime::now();
    while start.elapsed() < MILLISECOND {}
    n
}

fn echo(bytes: ByteBuf) -> ByteBuf {
    bytes
}

/// Tasks that are never done, so that those behind them wait.
fn never(n: u32) -> u32 {
    loop {
        thread::park();
        std::hint::black_box(n);
    }
}

pub fn run_if_worker() {
    ::pool::run_if_worker(nothing);
    ::pool::run_if_worker(sleep);
    ::pool::run_if_worker(compute);
    ::pool::run_if_worker(echo);
    ::pool::run_if_worker(never);
}

/// A task by its test's name.
pub fn task(test: &str) -> fn(u32) -> u32 {
    if test == "pool-sleep" { sleep } else { compute }
}

pub fn apply_async(n: u64, workers: u64) -> Done<()> {
    let pool = Pool::new(usize::try_from(workers)?, nothing)?;
    all_async(&pool, n)
}

pub fn tasks(test: &str, n: u64, workers: u64) -> Done<()> {
    let workers = usize::try_from(workers)?;
    let pool =
        if test == "pool-sleep" { Pool::new(workers, sleep) } else { Pool::new(workers, compute) };
    all_async(&pool?, n)
}

fn all_async(pool: &Pool<u32, u32>, n: u64) -> Done<()> {
    let n = u32::try_from(n)?;
    report::time(|| {
        let results: Vec<_> = (0..n).map(|i| pool.apply_async(i)).collect();
        for (i, result) in (0..n).zip(results) {
            expect(result.get()?, i)?;
        }
        Ok(())
    })
}

pub fn map(n: u64, workers: u64) -> Done<()> {
    let (n, pool) = (u32::try_from(n)?, Pool::new(usize::try_from(workers)?, nothing)?);
    report::time(|| {
        let results = pool.map(0..n)?;
        expect(results.len(), usize::try_from(n)?)
    })
}

pub fn map_bytes(n: u64, workers: u64, bytes: u64) -> Done<()> {
    let pool = Pool::new(usize::try_from(workers)?, echo)?;
    let args = vec![ByteBuf::from(vec![b'x'; usize::try_from(bytes)?]); usize::try_from(n)?];
    report::time(|| {
        let results = pool.map(args)?;
        expect(results.iter().map(|result| result.len() as u64).sum(), n * bytes)
    })
}

pub fn apply(n: u64, workers: u64) -> Done<()> {
    let (n, pool) = (u32::try_from(n)?, Pool::new(usize::try_from(workers)?, nothing)?);
    report::time(|| (0..n).try_for_each(|i| expect(pool.apply(i)?, i)))
}

pub fn start(n: u64, workers: u64) -> Done<()> {
    report::time(|| {
        for _ in 0..n {
            let pool = Pool::new(usize::try_from(workers)?, nothing)?;
            let results: Vec<_> =
                (0..u32::try_from(workers)?).map(|i| pool.apply_async(i)).collect();
            pool.join()?;
            for (i, result) in (0..).zip(results) {
                expect(result.get()?, i)?;
            }
        }
        Ok(())
    })
}

pub fn memory(n: u64, workers: u64) -> Done<()> {
    let pool = Pool::new(usize::try_from(workers)?, nothing)?;
    for result in (0..u32::try_from(n)?).map(|i| pool.apply_async(i)).collect::<Vec<_>>() {
        result.get()?;
    }
    report::value(memory::mean_private(&pool.worker_pids())?)
}

/// What `n` waiting tasks take.
pub fn queued(n: u64, workers: u64) -> Done<()> {
    let pool = Pool::new(usize::try_from(workers)?, never)?;
    let before = memory::private(std::process::id())?;
    let results: Vec<_> = (0..u32::try_from(n)?).map(|i| pool.apply_async(i)).collect();
    let after = memory::private(std::process::id())?;
    drop(results);
    pool.terminate();
    report::value(after - before)
}

/// A wrong result would be fast for nothing.
pub fn expect<T: PartialEq + std::fmt::Debug>(got: T, expected: T) -> Done<()> {
    match got == expected {
        true => Ok(()),
        false => Err(format!("got {got:?} for {expected:?}").into()),
    }
}
