//! Exercise: communicate with two programs, the output of the first being the input of the second,
//! as `first | second` in a shell. Then: `cargo lessons check communicate`.

use std::io::{self, Write};
use std::process::{Command, ExitCode, Stdio};

mod check;

/// Writes `input` to the first program and its output to the second, and returns what that writes.
fn pipeline(first: &mut Command, second: &mut Command, input: &[u8]) -> io::Result<Vec<u8>> {
    let mut first = first.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let between = first.stdout.take().map_or(Stdio::null(), Stdio::from);
    let running = second.stdin(between).stdout(Stdio::piped()).spawn();
    second.stdin(Stdio::null()); // a command holds the pipe that it was given; now the program alone does

    // Your turn: this works, as long as the input is small.
    if let Some(mut stdin) = first.stdin.take() {
        stdin.write_all(input)?;
    }
    let output = running?.wait_with_output()?;

    first.wait()?;
    Ok(output.stdout)
}

fn main() -> ExitCode {
    check::check(pipeline)
}
