//! A deadlock: two threads take two locks in opposite order. The fix is one order: `-- --fixed`.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Barrier;
use std::thread::{self, Builder, JoinHandle};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard, deadlock};

mod args;

static A: Lock = Lock("A", Mutex::new(()));
static B: Lock = Lock("B", Mutex::new(()));
/// Makes certain what is otherwise bad luck: both threads have started, and hold what they hold first.
static BOTH_ARE_HERE: Barrier = Barrier::new(2);

type Run = fn(&'static str);

fn broken() -> [Run; 2] {
    let one = |me| {
        let _a = A.take(me);
        BOTH_ARE_HERE.wait();
        work();
        let _b = B.take(me);
    };
    let two = |me| {
        let _b = B.take(me);
        BOTH_ARE_HERE.wait();
        let _a = A.take(me);
        work();
    };
    [one, two]
}

fn fixed() -> [Run; 2] {
    let one = |me| {
        let _a = A.take(me);
        BOTH_ARE_HERE.wait();
        work();
        let _b = B.take(me);
    };
    let two = |me| {
        BOTH_ARE_HERE.wait();
        let _a = A.take(me);
        let _b = B.take(me);
        work();
    };
    [one, two]
}

fn main() -> io::Result<()> {
    let (kind, [one, two]) = match args::has("--fixed") {
        false => ("broken", broken()),
        true => ("fixed", fixed()),
    };
    let threads = [start("Thread-1", one)?, start("Thread-2", two)?];
    let deadlocked = wait_for_end_or_deadlock(&threads);
    if !deadlocked.is_empty() {
        // The end of `main` ends these threads, too; nothing else could.
        return say(kind, format_args!("deadlock: {} can't go on", deadlocked.join(" and ")));
    }
    for thread in threads {
        thread.join().map_err(|_| io::Error::other("a thread panicked"))?;
    }
    say(kind, "both threads took A before B, and both have ended")
}

fn start(name: &'static str, run: Run) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.into()).spawn(move || run(name))
}

/// Waits until all threads have ended, or some never will: returns the names of these.
fn wait_for_end_or_deadlock(threads: &[JoinHandle<()>]) -> Vec<&str> {
    loop {
        let all_ended = threads.iter().all(JoinHandle::is_finished);
        let cycles = deadlock::check_deadlock(); // reports each cycle of waiting threads once
        if all_ended || !cycles.is_empty() {
            let ids: Vec<_> = cycles.iter().flatten().map(|thread| thread.thread_id()).collect();
            let threads = threads.iter().map(JoinHandle::thread);
            return threads
                .filter(|it| ids.contains(&it.id()))
                .filter_map(|it| it.name())
                .collect();
        }
        thread::yield_now();
    }
}

struct Lock(&'static str, Mutex<()>);

/// A lock that a thread holds until this is dropped.
struct Held {
    thread: &'static str,
    lock: &'static str,
    _guard: MutexGuard<'static, ()>,
}

impl Lock {
    fn take(&'static self, thread: &'static str) -> Held {
        // A closed stdout is no reason to stop: the other thread would wait at the barrier.
        let guard = self.1.try_lock().unwrap_or_else(|| {
            let _ = say(thread, format_args!("waits for {}", self.0));
            self.1.lock()
        });
        let _ = say(thread, format_args!("holds {}", self.0));
        Held { thread, lock: self.0, _guard: guard }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = say(self.thread, format_args!("releases {}", self.lock));
    }
}

/// Stands for what takes time while a lock is held.
fn work() {
    thread::sleep(Duration::from_millis(100));
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
