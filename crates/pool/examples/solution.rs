//! The answer to the exercise of lesson 1. Try it yourself first: `cargo lessons check pool`.

use std::process::ExitCode;

use check::Task;
use pool::{Pool, TaskError};

mod check;

/// Returns a result for each task, in the order of the tasks.
fn results(pool: &Pool<Task, u64>, tasks: Vec<Task>) -> Vec<Result<u64, TaskError>> {
    // All are handed in at once; then the results are waited for, one after the other. `map` hands
    // in all, too, but it returns one error for all where there is one.
    pool.imap(tasks).collect()
}

fn main() -> ExitCode {
    pool::run_if_worker(check::run);
    check::check(results)
}
