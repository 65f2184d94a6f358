//! Lesson 3: another program, `nslookup` unless you name one, reads our input, and we read its output.

use std::io::{Write, stderr, stdout};
use std::process::{Command, ExitCode};

use communicate::communicate_timeout;

mod cli;
mod ctrl_c;
mod simulated;

fn main() -> ExitCode {
    simulated::run_if_simulated(); // where nslookup isn't installed
    cli::run(|options| {
        writeln!(stdout(), "$ {}", options.command_line)?;
        let mut command = Command::new(options.program);
        command.args(options.args);
        let output = communicate_timeout(&mut command, &options.input, options.timeout)?;
        ctrl_c::error_if_interrupted(output.returncode)?;
        stderr().write_all(&output.stderr)?; // the notebook's cell drops it
        writeln!(stdout(), "{}", String::from_utf8_lossy(&output.stdout))?;
        writeln!(stdout(), "Exit code:{}", output.returncode)?;
        Ok(())
    })
}
