//! Lesson 7: two threads, each with a student of its own.

use std::io::{Write, stdout};
use std::process::ExitCode;
use std::thread::Builder;

use thread_local::process_thread;

mod cli;

fn main() -> ExitCode {
    cli::run(|options| {
        let mut threads = Vec::new();
        for (name, letter) in options.names.into_iter().zip('A'..) {
            let run = move || writeln!(stdout(), "{}", process_thread(&name));
            let started = Builder::new().name(format!("Thread-{letter}")).spawn(run);
            threads.push(started.map_err(|error| format!("can't start Thread-{letter}: {error}"))?);
        }
        for t in threads {
            t.join().map_err(|_| "a thread panicked")??; // the second `?`: it couldn't print
        }
        Ok(())
    })
}
