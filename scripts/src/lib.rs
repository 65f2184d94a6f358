//! What the chores share: where the workspace is, its cargo, and what its code consists of.

use std::env;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

pub mod build;
pub mod lessons;
pub mod source;

/// The top folder of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR"));
    scripts.parent().unwrap_or(scripts).to_path_buf()
}

/// `cargo`, the one that runs this, in the top folder.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
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
