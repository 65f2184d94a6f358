//! The cell of lesson 2, with a line for each event: `cargo timeline subprocess-call` draws them.

use std::fmt::Display;
use std::io::{self, Write, stderr, stdout};
use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

use subprocess_call::call_timeout;

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
        command.args(options.args).stdout(stderr()); // stdout is for the events
        event("main", format_args!("starts {name}"))?;
        event(name, format_args!("begins {line}"))?;
        event("main", format_args!("waits for {name}"))?;
        let r = call_timeout(&mut command, options.timeout)?;
        ctrl_c::error_if_interrupted(r)?;
        event(name, format_args!("ends {line}"))?;
        event("main", format_args!("gets exit code {r}"))?;
        Ok(())
    })
}

/// Prints an event: the time, the process and what it does.
fn event(process: &str, what: impl Display) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    writeln!(stdout(), "@{now:.6} {process}: {what}")
}
