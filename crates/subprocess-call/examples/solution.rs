//! The solution of the exercise of lesson 2. Try it yourself first: `cargo lessons check subprocess-call`.

use std::io::ErrorKind;
use std::process::{Command, ExitCode, ExitStatus};

use subprocess_call::Error;

mod check;

/// Runs a command and returns the bytes that it wrote to stdout: Python's `subprocess.check_output`.
fn check_output(command: &mut Command) -> Result<Vec<u8>, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Error::NotFound { program });
        }
        Err(source) => return Err(Error::Other { program, source }),
    };
    match code(output.status) {
        0 => Ok(output.stdout),
        code => Err(Error::Failed { program, code }),
    }
}

/// The exit code; minus the signal's number if one ended the program, which has no code then.
fn code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return -signal;
    }
    status.code().unwrap_or(-1)
}

fn main() -> ExitCode {
    check::check(check_output)
}
