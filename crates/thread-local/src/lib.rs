//! `threading.local` in Rust: a value that each thread has for itself, set for the time of one call.
//!
//! ```
//! use std::cell::RefCell;
//! use thread_local::{current, with};
//!
//! thread_local! {
//!     static USER: RefCell<Option<&'static str>> = const { RefCell::new(None) };
//! }
//!
//! assert_eq!(with(&USER, "Alice", || current(&USER)), Some("Alice"));
//! assert_eq!(current(&USER), None);
//! ```
//!
//! The lesson with the global that mixes up two users, the leak in a thread pool and real uses is the
//! crate's `README.md`. On crates.io there is another crate called `thread_local`; to use both, rename
//! one of them in `Cargo.toml`.
//!
//! # When something fails
//!
//! [`with`] restores the previous value on every way out, also on a panic, so a thread of a pool
//! doesn't carry one request's value into the next. A thread that was just started has no value,
//! whichever thread started it.
//!
//! # Platforms
//!
//! The crate behaves the same on Linux, macOS and Windows.

use std::cell::RefCell;
use std::thread;

mod scope;

pub use scope::{current, with};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

thread_local! {
    // One for each thread, empty until that thread sets it.
    static STUDENT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Sets this thread's student and returns the greeting: the notebook's `process_thread`.
///
/// The student is set for this call only. (In Python it stays set, and the next task of a pool's
/// thread finds it.)
pub fn process_thread(name: &str) -> String {
    with(&STUDENT, name.to_string(), process_student)
}

/// Greets this thread's student, without a parameter that names it: the notebook's
/// `process_student`.
///
/// If no student is set, it greets `nobody` (Python raises an `AttributeError`). A thread without a
/// name is called `unnamed`.
pub fn process_student() -> String {
    let student = current(&STUDENT).unwrap_or_else(|| "nobody".into());
    let thread = thread::current();
    format!("Hello {student} in {}", thread.name().unwrap_or("unnamed"))
}
