//! The cell of lesson 5, with a line for each event: `cargo timeline threads` draws them.

use std::fmt::Display;
use std::io::{self, Write, stdout};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use threads::{current_name, spawn};

#[path = "../src/cli.rs"]
mod cli;

fn run_loop(count: u32, pause: Duration) -> io::Result<()> {
    event("begins run_loop")?;
    for n in 1..=count {
        event(format_args!(">> {n}"))?;
        thread::sleep(pause);
    }
    event("ends run_loop")
}

fn main() -> ExitCode {
    cli::run(|options| {
        event("starts LoopThread")?;
        let t = spawn("LoopThread", move || run_loop(options.count, options.pause))?;
        event("waits for LoopThread")?;
        t.join().map_err(|_| "LoopThread panicked")??;
        event("has joined LoopThread")?;
        Ok(())
    })
}

/// Prints an event: the time, the thread and what it does.
fn event(what: impl Display) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    writeln!(stdout(), "@{now:.6} {}: {what}", current_name())
}
