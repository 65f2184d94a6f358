//! The cell of lesson 7, with a line for each event: `cargo timeline thread-local` draws them.

use std::fmt::Display;
use std::io::{self, Write, stdout};
use std::process::ExitCode;
use std::thread::Builder;
use std::time::{SystemTime, UNIX_EPOCH};

use thread_local::process_thread;

#[path = "../src/cli.rs"]
mod cli;

fn main() -> ExitCode {
    cli::run(|options| {
        let mut threads = Vec::new();
        for (name, letter) in options.names.into_iter().zip('A'..) {
            let thread = format!("Thread-{letter}");
            event("main", format_args!("starts {thread}"))?;
            let run = {
                let thread = thread.clone();
                move || {
                    event(&thread, format_args!("begins process_thread({name:?})"))?;
                    event(&thread, process_thread(&name))?;
                    event(&thread, format_args!("ends process_thread({name:?})"))
                }
            };
            threads.push((Builder::new().name(thread.clone()).spawn(run)?, thread));
        }
        for (t, thread) in threads {
            event("main", format_args!("waits for {thread}"))?;
            t.join().map_err(|_| "a thread panicked")??;
        }
        event("main", "has joined all threads")?;
        Ok(())
    })
}

/// Prints an event: the time, the thread and what it does.
fn event(thread: &str, what: impl Display) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    writeln!(stdout(), "@{now:.6} {thread}: {what}")
}
