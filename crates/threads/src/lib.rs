//! `threading.Thread` in Rust: start a named thread, and ask for the current thread's name.
//!
//! ```
//! let thread = threads::spawn("LoopThread", threads::current_name)?;
//! assert_eq!(thread.join().unwrap(), "LoopThread");
//! # std::io::Result::Ok(())
//! ```
//!
//! The lesson with the GIL and what a thread may borrow is the crate's `README.md`.
//!
//! # When something fails
//!
//! Where the system can't start another thread, [`spawn`] returns an error that names the thread
//! (`std::thread::spawn` panics). A panic ends only its own thread; `join` returns it as an `Err`.
//! Nothing here panics.
//!
//! # Platforms
//!
//! The crate behaves the same on Linux, macOS and Windows, apart from the name that tools of the
//! system show (see [`spawn`]).

use std::io::{self, ErrorKind};
use std::thread::{self, Builder, JoinHandle};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Starts a thread called `name` that calls `run`: `threading.Thread(target=run, name=name)` and
/// `start()`.
///
/// The handle's `join` waits for the thread and returns what `run` returned, or the panic that
/// ended it. If you drop the handle instead, the thread keeps running, but the end of `main` ends
/// it: Python's `daemon=True`.
///
/// Tools of the system may show a shorter name (15 bytes on Linux, 63 on macOS); [`current_name`]
/// returns all of it.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for a name that contains a NUL byte; otherwise the system's error if
/// it can't start a thread.
pub fn spawn<T>(name: &str, run: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>>
where
    T: Send + 'static,
{
    if name.contains('\0') {
        let error = format!("a thread's name can't contain a NUL byte: {name:?}");
        return Err(io::Error::new(ErrorKind::InvalidInput, error)); // `std` would panic
    }
    let thread = Builder::new().name(name.into()).spawn(run);
    thread.map_err(|error| io::Error::new(error.kind(), format!("can't start {name:?}: {error}")))
}

/// The name of the current thread: `threading.current_thread().name`.
///
/// For the main thread it is `"MainThread"`, as in Python (`std` calls it `main`, so a thread that you
/// name `main` is `"MainThread"`, too). For a thread without a name it is `"Thread-N"`, where no other
/// thread of this process ever has the same `N`.
pub fn current_name() -> String {
    let current = thread::current();
    match current.name() {
        Some("main") => "MainThread".into(),
        Some(name) => name.into(),
        // `ThreadId(7)`: stable Rust shows the number only like this.
        None => format!("{:?}", current.id()).replace("ThreadId(", "Thread-").replace(')', ""),
    }
}
