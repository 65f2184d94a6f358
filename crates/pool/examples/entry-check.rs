//! The forgotten entry check: a worker is this program started again, so it would run `main` again. The
//! fix is the entry check in the first line: `-- --fixed`.

use std::error::Error;
use std::io::{Write, stderr};
use std::time::Duration;
use std::{env, process, thread};

use pool::Pool;
use task_utils::{say, self_spawn};

type Done<T> = Result<T, Box<dyn Error>>;

fn broken() -> Done<u64> {
    set_up()?;
    say(format_args!("{}: waits for a worker", lane()))?;
    let pool = Pool::new(1, square)?;
    Ok(pool.apply(12)?)
}

fn fixed() -> Done<u64> {
    pool::run_if_worker(square); // a worker goes no further
    set_up()?;
    say(format_args!("{}: waits for a worker", lane()))?;
    let pool = Pool::new(1, square)?;
    Ok(pool.apply(12)?)
}

fn main() -> Done<()> {
    let args: Vec<_> = self_spawn::args().skip(1).collect();
    let fix = args == ["--fixed"];
    // A worker without an entry check gets those of libtest.
    if !fix && !args.is_empty() && lane() == "main" {
        writeln!(stderr(), "unknown arguments {args:?}: give --fixed, or none")?;
        process::exit(2);
    }
    let result = if fix { fixed() } else { broken() };
    match result {
        Err(_) if lane() == "worker" => say("worker: is refused a worker of its own")?,
        Err(error) if !fix => say(format_args!("broken: {error}"))?,
        result => {
            say(format_args!("fixed: the worker ran the task alone, and returned {}", result?))?
        }
    }
    Ok(())
}

/// What `main` does before it needs workers, and what no worker should do again.
fn set_up() -> Done<()> {
    say(format_args!("{}: begins main's work", lane()))?;
    thread::sleep(Duration::from_millis(100));
    Ok(say(format_args!("{}: ends main's work", lane()))?)
}

/// The task.
fn square(n: u64) -> u64 {
    let _ = say(format_args!("{}: begins the task", lane()));
    thread::sleep(Duration::from_millis(100));
    let _ = say(format_args!("{}: ends the task", lane()));
    n * n
}

/// Which of the two processes this is: a worker has arguments that its user didn't give.
fn lane() -> &'static str {
    if env::args_os().len() > self_spawn::args().count() { "worker" } else { "main" }
}
