//! Exercise: let the main process get all that its writers put, and notice when they are done.
//! Then: `cargo lessons check ipc-queue`.

use std::process::ExitCode;

use check::Value;
use ipc_queue::{Error, Queue};

mod check;

/// Returns all that the writers put, however many they are and however long they take.
fn collect(queue: &Queue<Value>) -> Result<Vec<Value>, Error> {
    // Your turn: the writers end, but this loop doesn't. Which process might still put a value?
    let mut values = Vec::new();
    for value in queue.iter() {
        values.push(value?);
    }
    Ok(values)
}

fn main() -> ExitCode {
    check::check(collect)
}
