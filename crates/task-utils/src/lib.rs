//! What the crates `pool` and `ipc-queue` share: the tasks of the notebook's `python_utils`, and child
//! processes that are this program started again, with pipes to their parent.
//!
//! # Modules
//!
//! The tasks are in this file. Follow a child from its start to its end down the list of modules:
//!
//! 1. [`self_spawn`]: the parent starts this program again; the child learns from its arguments what it is.
//! 2. [`handover`]: what the child gets from the parent: ends of pipes, and a function to run first.
//! 3. [`frame`]: both send messages through the pipes, each with its length in front.
//! 4. `serializer`: turns a value into bytes, or refuses one that would arrive changed.
//! 5. [`pipe_writer`], [`sigpipe`]: write a message; where nobody reads the pipe, that is an error.
//! 6. [`child_end`]: the parent notices the end of the child even if another process holds the pipes.
//! 7. [`exit_with_parent`]: the child ends when the parent has ended.
//! 8. `system`: what differs between Unix and Windows; the only module with `unsafe`.

use std::io::{self, Write};
use std::time::{Duration, Instant};
use std::{fmt, process, thread};

use rand::RngExt;

pub mod child_end;
pub mod exit_with_parent;
pub mod frame;
pub mod handover;
pub mod pipe_writer;
pub mod self_spawn;
mod serializer;
pub mod sigpipe;
mod system;

/// A task that sleeps for 0 to 3 seconds, a random time: `python_utils.long_time_task`.
///
/// It prints a line when it starts and another when it has finished. If stdout is closed, the lines are
/// left out and the task does the same work. It is the same on Windows, macOS and Linux.
///
/// ```no_run
/// task_utils::long_time_task(5);
/// // Run task 5(pid:33703) ...
/// // Finish 5(pid:33703) task with 1.0 ...
/// ```
pub fn long_time_task(name: u32) {
    timed_task((name, rand::rng().random_range(Duration::ZERO..=Duration::from_secs(3))));
}

/// [`long_time_task`] with a length that you choose. It takes one argument, as every task of a pool does.
///
/// ```
/// task_utils::timed_task((0, std::time::Duration::from_millis(1)));
/// ```
pub fn timed_task((name, length): (u32, Duration)) {
    let pid = process::id();
    let _ = say(format_args!("Run task {name}(pid:{pid}) ..."));
    let start = Instant::now();
    thread::sleep(length);
    let took = start.elapsed().as_secs_f64();
    let _ = say(format_args!("Finish {name}(pid:{pid}) task with {took:.1} ..."));
}

/// Puts A, B and C, up to a second apart: `python_utils.write_func`.
///
/// `put` puts one value into the queue. The line about a value is printed before the value is put, so the
/// reader's line about it always comes later.
///
/// # Errors
///
/// The first error of `put` or of stdout. Nothing is put after it.
///
/// ```
/// let mut queue = Vec::new();
/// task_utils::write_func(|value| Ok(queue.push(value)))?;
/// assert_eq!(queue, ['A', 'B', 'C']);
/// # std::io::Result::Ok(())
/// ```
pub fn write_func(put: impl FnMut(char) -> io::Result<()>) -> io::Result<()> {
    write_values('A'..='C', Duration::from_secs(1), false, put)
}

/// [`write_func`] with values that you choose, and a random pause of at most `longest_pause` after each.
/// If it is `named`, as one of several writers, each line begins with the process.
///
/// # Errors
///
/// The same as those of [`write_func`].
///
/// ```
/// let mut queue = Vec::new();
/// let put = |value| Ok(queue.push(value));
/// task_utils::write_values("XY".chars(), Default::default(), false, put)?;
/// assert_eq!(queue, ['X', 'Y']);
/// # std::io::Result::Ok(())
/// ```
pub fn write_values(
    values: impl IntoIterator<Item = char>,
    longest_pause: Duration,
    named: bool,
    mut put: impl FnMut(char) -> io::Result<()>,
) -> io::Result<()> {
    let process = format!("Process {}", process::id());
    say_if_open(format_args!("{process} to write:"))?;
    let name = if named { process + ": " } else { String::new() };
    for value in values {
        say_if_open(format_args!("{name}Put {value} to queue ..."))?;
        put(value)?;
        thread::sleep(rand::rng().random_range(Duration::ZERO..=longest_pause));
    }
    Ok(())
}

/// Prints a line for each value, until there are no more: `python_utils.read_func`.
///
/// # Errors
///
/// The first error among `values`, or of stdout.
///
/// ```
/// task_utils::read_func(['A', 'B'].into_iter().map(Ok))?;
/// // Process 33707 to read:
/// // Get A from queue
/// // Get B from queue
/// # std::io::Result::Ok(())
/// ```
pub fn read_func(values: impl Iterator<Item = io::Result<char>>) -> io::Result<()> {
    say_if_open(format_args!("Process {} to read:", process::id()))?;
    for value in values {
        say_if_open(format_args!("Get {} from queue", value?))?;
    }
    Ok(())
}

/// [`say`], or nothing if stdout is closed, as by `| head -1`: the work goes on without its lines.
fn say_if_open(line: impl fmt::Display) -> io::Result<()> {
    match say(line) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        said => said,
    }
}

/// Prints one line in one write, so that lines of several processes never mix.
///
/// # Errors
///
/// The error of writing to stdout, where `println!` would panic.
///
/// ```
/// task_utils::say("All subprocesses done")?;
/// # std::io::Result::Ok(())
/// ```
pub fn say(line: impl fmt::Display) -> io::Result<()> {
    io::stdout().write_all(format!("{line}\n").as_bytes())
}

/// The README's Rust is tested as documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
