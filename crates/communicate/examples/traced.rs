//! The cell of lesson 3, with a line for each event: `cargo timeline communicate` draws them.

use std::fmt::Display;
use std::io::{self, Write, stdout};
use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

use communicate::communicate_timeout;

#[path = "../src/cli.rs"]
mod cli;
#[path = "../src/ctrl_c.rs"]
mod ctrl_c;
#[path = "../src/simulated.rs"]
mod simulated;

fn main() -> ExitCode {
    simulated::run_if_simulated(); // where nslookup isn't installed
    cli::run(|options| {
        let line = &options.command_line;
        let name = line.split(' ').next().unwrap_or(line);
        let mut command = Command::new(options.program);
        event("main", format_args!("starts {name}"))?;
        event(name, format_args!("begins {line}"))?;
        event("main", format_args!("writes {} bytes", options.input.len()))?;
        event("main", format_args!("waits for {name}"))?;
        let p = communicate_timeout(command.args(options.args), &options.input, options.timeout)?;
        ctrl_c::error_if_interrupted(p.returncode)?;
        event(name, format_args!("ends {line}"))?;
        event("main", format_args!("gets {} bytes", p.stdout.len() + p.stderr.len()))?;
        event("main", format_args!("gets exit code {}", p.returncode))?;
        Ok(())
    })
}

/// Prints an event: the time, the process and what it does.
fn event(process: &str, what: impl Display) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    writeln!(stdout(), "@{now:.6} {process}: {what}")
}
