#![doc = include_str!("../README.md")]

use std::cell::RefCell;
use std::thread;

pub mod connection;
pub mod request;
pub mod roles;
mod scope;

pub use scope::{current, with};

thread_local! {
    // Each thread has one of its own, empty until that thread fills it.
    static STUDENT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Sets this thread's student and greets: the notebook's `process_thread`.
///
/// The student is set for the time of this call only, so that a thread which is used again (as those
/// of a thread pool are) doesn't know the last one's student.
///
/// ```
/// assert!(thread_local::process_thread("Alice").starts_with("Hello Alice in "));
/// ```
pub fn process_thread(name: &str) -> String {
    with(&STUDENT, name.to_string(), process_student)
}

/// Greets this thread's student, whom nobody handed in: the notebook's `process_student`.
///
/// Where no student is set, it greets `nobody` (Python raises an `AttributeError`). A thread without
/// a name is `unnamed`.
///
/// ```
/// assert!(thread_local::process_student().starts_with("Hello nobody in "));
/// ```
pub fn process_student() -> String {
    let student = current(&STUDENT).unwrap_or_else(|| "nobody".into());
    let thread = thread::current();
    format!("Hello {student} in {}", thread.name().unwrap_or("unnamed"))
}
