//! The solution of the exercise of lesson 3. Try it yourself first: `cargo lessons check communicate`.

use std::io::{self, ErrorKind, Write};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

mod check;

/// Writes `input` to the first program and its output to the second, and returns what that writes.
fn pipeline(first: &mut Command, second: &mut Command, input: &[u8]) -> io::Result<Vec<u8>> {
    let mut first = first.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let between = first.stdout.take().map_or(Stdio::null(), Stdio::from);
    let running = second.stdin(between).stdout(Stdio::piped()).spawn();
    second.stdin(Stdio::null()); // a command holds the pipe that it was given; now the program alone does

    // Both programs run while one thread writes to the first and this one reads from the second, so they
    // can't all wait for each other.
    let stdin = first.stdin.take();
    let output = thread::scope(|scope| {
        let feeder = scope.spawn(|| match stdin.map(|mut stdin| stdin.write_all(input)) {
            // The first program has enough, as `yes | head -3` has after three lines: no error.
            Some(Err(error)) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        });
        let output = running?.wait_with_output();
        feeder.join().unwrap_or_else(|_| Err(io::Error::other("the feeder panicked")))?;
        output
    })?;

    first.wait()?;
    Ok(output.stdout)
}

fn main() -> ExitCode {
    check::check(pipeline)
}
