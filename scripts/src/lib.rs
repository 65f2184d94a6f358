//! What the chores share: where the workspace is, its cargo, and what its code consists of.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

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
