//! The programs that the learner's function is given.

use std::io::{self, BufRead, BufWriter, ErrorKind, Write};
use std::process::Command;
use std::time::Duration;
use std::{env, thread};

/// The argument that makes this program one of them.
pub const FLAG: &str = "--program";

/// The command that runs one of them.
pub fn command(args: &[&str]) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(FLAG).args(args);
    Ok(command)
}

/// Is one of them. Where nobody reads any more it just ends, as programs do.
pub fn run(args: &[&str]) -> io::Result<()> {
    let ran = match args {
        ["stamp", word] => stamp(word),
        ["endless"] => endless(),
        ["take-3"] => take_3(),
        _ => Err(ErrorKind::InvalidInput.into()),
    };
    ran.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Writes a word after each line.
fn stamp(word: &str) -> io::Result<()> {
    let mut stdout = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        writeln!(stdout, "{}{word}", line?)?;
    }
    stdout.flush()
}

/// Reads nothing, and writes for as long as somebody reads; so slowly that nothing fills up.
fn endless() -> io::Result<()> {
    loop {
        io::stdout().write_all(b"y\n")?;
        thread::sleep(Duration::from_millis(1));
    }
}

/// Passes three lines on and ends.
fn take_3() -> io::Result<()> {
    for line in io::stdin().lock().lines().take(3) {
        writeln!(io::stdout(), "{}", line?)?;
    }
    Ok(())
}
