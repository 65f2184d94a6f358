//! Exercise: let all workers of a pool work, and lose no result. Then: `cargo lessons check pool`.

use std::process::ExitCode;

use check::Task;
use pool::{Pool, TaskError};

mod check;

/// Returns a result for each task, in the order of the tasks.
///
/// The first task is a long one. One of the others ends its worker; that must cost no other result.
fn results(pool: &Pool<Task, u64>, tasks: Vec<Task>) -> Vec<Result<u64, TaskError>> {
    // Your turn: this works, but all wait for the long one, and three of four workers do nothing.
    let mut results = Vec::new();
    for task in tasks {
        results.push(pool.apply(task));
    }
    results
}

fn main() -> ExitCode {
    pool::run_if_worker(check::run);
    check::check(results)
}
