//! Busy threads and a GIL: one lock that a thread must hold to compute, as in CPython. The fix is to
//! have no such lock: `-- --fixed`. The last line is counted, not timed: how many threads computed at
//! once.

use std::fmt::Display;
use std::hint::black_box;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

mod args;

fn broken() -> io::Result<()> {
    let (gil, next) = (Mutex::new(()), Mutex::new(()));
    in_two_threads(|thread, part| {
        say(thread, "waits for the GIL")?;
        let next = next.lock().unwrap_or_else(PoisonError::into_inner);
        let _gil = gil.lock().unwrap_or_else(PoisonError::into_inner);
        drop(next); // threads take turns: as in CPython, a thread that waits gets the GIL next
        let _computing = Computing::begin();
        say(thread, format_args!("begins part {part}"))?;
        compute();
        say(thread, format_args!("ends part {part}"))
    })
}

fn fixed() -> io::Result<()> {
    let both_compute = Barrier::new(2);
    in_two_threads(|thread, part| {
        let _computing = Computing::begin();
        both_compute.wait(); // under a GIL the two threads would never meet here
        say(thread, format_args!("begins part {part}"))?;
        compute();
        say(thread, format_args!("ends part {part}"))
    })
}

/// Runs three parts of work in each thread. All of them run even if stdout is closed, since the other
/// thread waits for each.
fn in_two_threads(work: impl Fn(&str, u32) -> io::Result<()> + Sync) -> io::Result<()> {
    let all = |thread| (1..=3).map(|part| work(thread, part)).fold(Ok(()), Result::and);
    thread::scope(|scope| {
        let one = scope.spawn(|| all("Thread-1"));
        let two = scope.spawn(|| all("Thread-2"));
        let failed = |_| Err(io::Error::other("a thread panicked"));
        one.join().unwrap_or_else(failed).and(two.join().unwrap_or_else(failed))
    })
}

fn main() -> io::Result<()> {
    steps(); // measured before another thread shares the processor
    let kind = match args::has("--fixed") {
        false => broken().map(|()| "broken")?,
        true => fixed().map(|()| "fixed")?,
    };
    say(kind, format_args!("at most {} of 2 threads computed at once", MOST.load(SeqCst)))
}

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Counts its thread as computing until it is dropped.
struct Computing;

impl Computing {
    fn begin() -> Self {
        MOST.fetch_max(NOW.fetch_add(1, SeqCst) + 1, SeqCst);
        Computing
    }
}

impl Drop for Computing {
    fn drop(&mut self) {
        NOW.fetch_sub(1, SeqCst);
    }
}

/// Real work, the same amount for each part.
fn compute() {
    count_to(steps());
}

/// How many steps this machine computes in 50 ms, measured once.
fn steps() -> u64 {
    static STEPS: OnceLock<u64> = OnceLock::new();
    *STEPS.get_or_init(|| {
        let (start, mut steps) = (Instant::now(), 0);
        while start.elapsed() < Duration::from_millis(50) {
            count_to(1_000);
            steps += 1_000;
        }
        steps
    })
}

fn count_to(end: u64) {
    for n in 0..end {
        black_box(n);
    }
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
