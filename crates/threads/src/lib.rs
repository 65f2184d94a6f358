#![doc = include_str!("../README.md")]

use std::io::{self, ErrorKind};
use std::thread::{self, Builder, JoinHandle};

/// Starts a thread called `name` that calls `run`: `threading.Thread(target=run, name=name)` and
/// `start()`.
///
/// The handle's `join` waits for it and answers what `run` answered, or the panic that ended it.
/// Dropping the handle lets the thread run on by itself, but no longer than the program: Python's
/// `daemon=True`.
///
/// The system may cut the name that it shows (15 bytes on Linux); [`current_name`] doesn't. The same
/// on Windows, macOS and Linux.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for a name with a NUL byte (`std` would panic), and the kind of what
/// the system answers where it can start no more threads.
///
/// ```
/// let thread = threads::spawn("LoopThread", || threads::current_name())?;
/// assert_eq!(thread.join().unwrap(), "LoopThread");
/// # std::io::Result::Ok(())
/// ```
pub fn spawn<T>(name: &str, run: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>>
where
    T: Send + 'static,
{
    if name.contains('\0') {
        let why = format!("a thread's name can't have a NUL byte in it: {name:?}");
        return Err(io::Error::new(ErrorKind::InvalidInput, why));
    }
    let started = Builder::new().name(name.into()).spawn(run);
    started.map_err(|why| io::Error::new(why.kind(), format!("can't start {name:?}: {why}")))
}

/// The name of the thread that calls this: `threading.current_thread().name`.
///
/// The main thread is `"MainThread"`, as in Python (`std` calls it `main`). One without a name is
/// `"Thread-N"` with a number that no other thread of this process has or had.
///
/// ```
/// let name = std::thread::spawn(threads::current_name).join().unwrap();
/// assert!(name.starts_with("Thread-"));
/// ```
pub fn current_name() -> String {
    let current = thread::current();
    match current.name() {
        Some("main") => "MainThread".into(),
        Some(name) => name.into(),
        // `ThreadId(7)`: std shows the number only so.
        None => {
            let id = format!("{:?}", current.id());
            format!("Thread-{}", id.trim_matches(|c: char| !c.is_ascii_digit()))
        }
    }
}
