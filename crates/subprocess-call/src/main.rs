//! Lesson 2: another program runs, `nslookup` unless you name one, and its exit code is printed.

use std::io::{Write, stdout};
use std::process::{Command, ExitCode};

use subprocess_call::call_timeout;

mod cli;
mod ctrl_c;
mod simulated;

fn main() -> ExitCode {
    simulated::run_if_simulated(); // where nslookup isn't installed
    cli::run(|options| {
        writeln!(stdout(), "$ {}", options.command_line)?;
        let mut command = Command::new(options.program);
        let r = call_timeout(command.args(options.args), options.timeout)?;
        ctrl_c::error_if_interrupted(r)?;
        writeln!(stdout(), "Exit code:{r}")?;
        Ok(())
    })
}
