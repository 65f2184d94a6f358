//! A deadlock: two locks taken in opposite order. The fix is one order for all: `-- --fixed`.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{env, thread};

static A: Lock = Lock("A", Mutex::new(()));
static B: Lock = Lock("B", Mutex::new(()));
static MEET: Barrier = Barrier::new(2); // the bad luck that a deadlock needs, here each time

type Run = fn() -> io::Result<()>;

fn broken() -> [Run; 2] {
    let one = || {
        let _a = A.take("Thread-1")?;
        MEET.wait();
        work();
        let _b = B.take("Thread-1")?;
        Ok(())
    };
    let two = || {
        let _b = B.take("Thread-2")?;
        MEET.wait();
        work();
        let _a = A.take("Thread-2")?;
        Ok(())
    };
    [one, two]
}

fn fixed() -> [Run; 2] {
    let one = || {
        let _a = A.take("Thread-1")?;
        MEET.wait();
        work();
        let _b = B.take("Thread-1")?;
        Ok(())
    };
    let two = || {
        MEET.wait();
        let _a = A.take("Thread-2")?;
        work();
        let _b = B.take("Thread-2")?;
        Ok(())
    };
    [one, two]
}

/// Starts both and waits, though not for ever: the end of `main` ends those that hang, too.
fn both_come_back(threads: [Run; 2]) -> io::Result<bool> {
    let (done, comes_back) = channel();
    for run in threads {
        let done = done.clone();
        thread::spawn(move || done.send(run()));
    }
    drop(done);
    for _ in threads {
        match comes_back.recv_timeout(Duration::from_secs(1)) {
            Ok(ran) => ran?,
            Err(RecvTimeoutError::Timeout) => return Ok(false),
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
    Ok(true)
}

fn main() -> io::Result<()> {
    let (kind, threads) = match env::args().any(|arg| arg == "--fixed") {
        false => ("broken", broken()),
        true => ("fixed", fixed()),
    };
    match both_come_back(threads)? {
        true => say(kind, "both took A before B, and both are done"),
        false => say(kind, "each holds what the other waits for: after 1 s nobody is back"),
    }
}

struct Lock(&'static str, Mutex<()>);

/// A lock that a thread holds until this is dropped.
struct Held(&'static str, &'static str, #[expect(dead_code)] MutexGuard<'static, ()>);

impl Lock {
    fn take(&'static self, thread: &'static str) -> io::Result<Held> {
        say(thread, format_args!("waits for {}", self.0))?;
        let guard = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        say(thread, format_args!("holds {}", self.0))?;
        Ok(Held(thread, self.0, guard))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = say(self.0, format_args!("releases {}", self.1));
    }
}

/// Stands for what one does with a lock.
fn work() {
    thread::sleep(Duration::from_millis(100));
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
