//! Lesson 1: eight tasks for a pool of four worker processes.

use std::process::{self, ExitCode};

use pool::Pool;
use task_utils::{say, timed_task};

mod cli;

fn main() -> ExitCode {
    pool::run_if_worker(timed_task); // `if __name__ == '__main__':`
    cli::run(|options| {
        say(format_args!("Main process {}", process::id()))?;
        let mut p = Pool::new(options.processes, timed_task)?;
        for (i, length) in (0..options.tasks).zip(options.lengths) {
            p.apply_async((i, length));
        }
        say("Waiting for all subprocesses done ...")?;
        p.close();
        p.join()?;
        say("All subprocesses done")?;
        Ok(())
    })
}
