//! Busy threads and a GIL: one lock that a thread must hold to compute, as in CPython. The fix is to
//! have none: `-- --fixed`. What is shown is counted, not timed: how many computed at once at most.

use std::fmt::Display;
use std::hint::black_box;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use std::{env, thread};

fn broken() -> io::Result<()> {
    let (gil, next) = (Mutex::new(()), Mutex::new(()));
    in_two_threads(|thread, bit| {
        say(thread, "waits for the GIL")?;
        let next = next.lock().unwrap_or_else(PoisonError::into_inner);
        let _gil = gil.lock().unwrap_or_else(PoisonError::into_inner);
        drop(next); // in CPython, too, whoever held it can't have it again before one who waits
        let _computing = Computing::begin();
        say(thread, format_args!("begins bit {bit}"))?;
        compute();
        say(thread, format_args!("ends bit {bit}"))
    })
}

fn fixed() -> io::Result<()> {
    let both_compute = Barrier::new(2);
    in_two_threads(|thread, bit| {
        let _computing = Computing::begin();
        both_compute.wait(); // under a GIL they would never meet here
        say(thread, format_args!("begins bit {bit}"))?;
        compute();
        say(thread, format_args!("ends bit {bit}"))
    })
}

/// Three bits of work in each thread. None is left out, also where nobody reads what is said any
/// more: the other thread waits for it.
fn in_two_threads(work: impl Fn(&str, u32) -> io::Result<()> + Sync) -> io::Result<()> {
    let all = |thread| (1..=3).map(|bit| work(thread, bit)).fold(Ok(()), Result::and);
    thread::scope(|scope| {
        let one = scope.spawn(|| all("Thread-1"));
        let two = scope.spawn(|| all("Thread-2"));
        let failed = |_| Err(io::Error::other("a thread panicked"));
        one.join().unwrap_or_else(failed).and(two.join().unwrap_or_else(failed))
    })
}

fn main() -> io::Result<()> {
    steps(); // before there is anybody to share the processor with
    let kind = match env::args().any(|arg| arg == "--fixed") {
        false => broken().map(|()| "broken")?,
        true => fixed().map(|()| "fixed")?,
    };
    say(kind, format_args!("at most {} of 2 threads computed at once", MOST.load(SeqCst)))
}

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// A thread counts as computing until this is dropped.
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

/// Real work, the same amount each time.
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
