//! Lesson 5: a thread counts while the main thread waits for it.

use std::io::{self, Write, stdout};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use threads::{current_name, spawn};

mod cli;

fn run_loop(count: u32, pause: Duration) -> io::Result<()> {
    writeln!(stdout(), "thread {} is running ...", current_name())?;
    for n in 1..=count {
        writeln!(stdout(), "thread {} >> {n}", current_name())?;
        thread::sleep(pause);
    }
    writeln!(stdout(), "thread {} ended!", current_name())
}

fn main() -> ExitCode {
    cli::run(|options| {
        writeln!(stdout(), "thread {} is running ...", current_name())?;
        let t = spawn("LoopThread", move || run_loop(options.count, options.pause))?;
        t.join().map_err(|_| "LoopThread panicked")??; // the second `?`: it couldn't print
        writeln!(stdout(), "thread {} ended!", current_name())?;
        Ok(())
    })
}
