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
        let p = communicate_timeout(command.args(options.args), &options.input, options.timeout)?;
        ctrl_c::check(p.returncode)?;
        stderr().write_all(&p.stderr)?;
        writeln!(stdout(), "{}", String::from_utf8_lossy(&p.stdout))?;
        writeln!(stdout(), "Exit code:{}", p.returncode)?;
        Ok(())
    })
}
