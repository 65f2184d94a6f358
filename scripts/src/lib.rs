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

/// Runs a chore. Its exit code is 2 for wrong arguments, which are a [`lexopt::Error`], and 1 for any other
/// error or where `chore` returns `false`, because it has said itself what is wrong.
pub fn run(name: &str, chore: impl FnOnce() -> Done<bool>) -> ExitCode {
    match chore() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if is_closed(&*error) => ExitCode::SUCCESS,
        Err(error) if error.is::<lexopt::Error>() => {
            complain(name, format_args!("{error}\nTry: cargo {name} --help"));
            ExitCode::from(2)
        }
        Err(error) => {
            complain(name, error);
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

/// Whether nobody reads stdout any more: `| head -1` has what it wanted.
fn is_closed(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Writes a line to stderr. Where even that is closed, the exit code is left (`eprintln!` would panic).
pub fn complain(name: &str, line: impl Display) {
    let _ = io::stderr().write_all(format!("{name}: {line}\n").as_bytes());
}
