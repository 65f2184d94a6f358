//! Exercise: `check_output`, which returns what a program printed, or why it failed. Then:
//! `cargo lessons check subprocess-call`.

use std::process::{Command, ExitCode};

use subprocess_call::Error;

mod check;

/// Runs a command and returns the bytes that it wrote to stdout: Python's `subprocess.check_output`.
///
/// As in `check_call`, an exit code other than 0 is an error that holds the code.
fn check_output(command: &mut Command) -> Result<Vec<u8>, Error> {
    // Your turn: this returns what was printed, however the program ended.
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|source| Error::Other { program, source })?;
    Ok(output.stdout)
}

fn main() -> ExitCode {
    check::check(check_output)
}
