//! The cell of lesson 1, with a line for each event: `cargo timeline pool` draws them.

use std::fmt::Display;
use std::io::{self, Write, stdout};
use std::process::{self, ExitCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pool::Pool;
use task_utils::timed_task;

#[path = "../src/cli.rs"]
mod cli;

fn traced_task((i, length): (u32, Duration)) {
    let worker = worker();
    let _ = event(&worker, format_args!("begins task {i}"));
    timed_task((i, length));
    let _ = event(&worker, format_args!("ends task {i}"));
}

fn main() -> ExitCode {
    pool::run_if_worker(traced_task);
    cli::run(|options| {
        event("main", format_args!("starts {} workers", options.processes))?;
        let ready = || drop(event(&worker(), "is ready"));
        let builder = Pool::builder(traced_task).processes(options.processes);
        let mut p = builder.initializer(ready).build()?;
        for (i, length) in (0..options.tasks).zip(options.lengths) {
            p.apply_async((i, length));
        }
        event("main", "waits for all subprocesses")?;
        p.close();
        p.join()?;
        event("main", "has joined all workers")?;
        Ok(())
    })
}

/// The lane of this process.
fn worker() -> String {
    format!("worker {}", process::id())
}

/// Prints an event: the time, the process and what it does.
fn event(process: &str, what: impl Display) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    writeln!(stdout(), "@{now:.6} {process}: {what}")
}
