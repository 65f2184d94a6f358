//! A request's context, handed through functions that know nothing of it.

use std::cell::RefCell;

use crate::scope::{current, with};

thread_local! {
    static REQUEST: RefCell<Option<u32>> = const { RefCell::new(None) };
}

/// Handles the request number `id`; answers its log.
///
/// ```
/// let log = thread_local::request::handle(7, "/students");
/// assert_eq!(log, ["[request 7] looking for /students", "[request 7] found"]);
/// ```
pub fn handle(id: u32, path: &str) -> Vec<String> {
    with(&REQUEST, id, || find(path))
}

// Neither this function nor one that it calls has a parameter for the request.
fn find(path: &str) -> Vec<String> {
    vec![log_line(&format!("looking for {path}")), log_line("found")]
}

/// A line for the log, with the number of the request that this thread is handling, if it is.
///
/// ```
/// assert_eq!(thread_local::request::log_line("starting up"), "[no request] starting up");
/// ```
pub fn log_line(message: &str) -> String {
    match current(&REQUEST) {
        Some(id) => format!("[request {id}] {message}"),
        None => format!("[no request] {message}"),
    }
}
