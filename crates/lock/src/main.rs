//! Lesson 6: two threads change one balance; a lock keeps every update.

use std::io::{Write, stdout};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread::{self, Builder};

use lock::run_thread;

mod cli;

fn main() -> ExitCode {
    cli::run(|options| {
        let balance = Mutex::new(0);
        thread::scope(|scope| {
            for n in options.amounts {
                let balance = &balance;
                let run = move || run_thread(balance, n, options.rounds);
                let started = Builder::new().spawn_scoped(scope, run);
                started.map_err(|e| format!("can't start a thread: {e}"))?;
            }
            Ok::<_, String>(()) // says of which type the error is
        })?; // t1.join(), t2.join()
        writeln!(stdout(), "{}", balance.into_inner()?)?;
        Ok(())
    })
}
