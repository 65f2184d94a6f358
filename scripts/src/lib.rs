//! What the chores share: where the workspace is, its cargo, and what its code consists of.

use std::env;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

pub mod build;
pub mod lessons;
pub mod source;

/// What a chore returns.
pub type Done<T> = Result<T, Box<dyn Error>>;

/// The top folder of the workspace: of the one that cargo runs this in. It may be built in another clone, where
/// both have one target folder.
#[must_use]
pub fn root() -> PathBuf {
    let running = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let scripts = running.filter(|folder| folder.ends_with("scripts"));
    let scripts = scripts.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    scripts.parent().unwrap_or(&scripts).to_path_buf()
}

/// `cargo`, the one that runs this, in the top folder.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// Runs a chore with the options that `parse` returns, or shows its help where that returns `None`. The
/// exit code is 2 for wrong options, and 1 for an error or where `act` returns `false`.
pub fn run<O>(
    chore: &str,
    help: &str,
    parse: impl FnOnce() -> Done<Option<O>>,
    act: impl FnOnce(O) -> Done<bool>,
) -> ExitCode {
    let done = match parse() {
        Ok(Some(options)) => act(options),
        Ok(None) => say(help.trim_end()).map(|()| true),
        Err(wrong) => {
            complain(chore, format_args!("{wrong}\nTry: cargo {chore} --help"));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE, // it has been said
        Err(error) if is_closed(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(chore, error);
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to stdout in one write.
///
/// # Errors
///
/// If stdout is closed, where `println!` would panic.
pub fn say(line: impl Display) -> Done<()> {
    Ok(io::stdout().write_all(format!("{line}\n").as_bytes())?)
}

/// Whether a chore failed because nobody reads its stdout any more: `| head -1` has what it wanted.
#[must_use]
pub fn is_closed(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Writes a line to stderr. Where even that is closed, the exit code is left (`eprintln!` would panic).
pub fn complain(chore: &str, line: impl Display) {
    let _ = io::stderr().write_all(format!("{chore}: {line}\n").as_bytes());
}
