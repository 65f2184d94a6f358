//! What cargo is called with to build the workspace for another system.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::MetadataCommand;
use scripts::{Done, root};

/// The folder of all that is built, and of Wine.
pub fn target_folder() -> Done<PathBuf> {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    let folder = metadata.target_directory.as_str();
    if !folder.contains(char::is_whitespace) {
        return Ok(folder.into());
    }
    // dlltool can't do with spaces in a path, so it is another one for each path.
    let name = folder.replace(|c: char| c == '/' || c.is_whitespace(), "-");
    Ok(env::temp_dir().join(format!("windows{name}")))
}

/// `cargo build` or `cargo test` of the workspace for a system.
pub fn cargo(verb: &str, target: &str, folder: &Path) -> Command {
    let mut cargo = scripts::cargo();
    cargo.args([verb, "--workspace", "--target", target, "--target-dir"]).arg(folder);
    cargo.args(["--config", "profile.dev.debug=0"]); // no debugger there; linked in half the time
    cargo
}

/// Whether everything compiles for a system: its Rust, as no compiler of C for it is here. Nothing is
/// linked, so a compiler that does nothing will do.
pub fn check(target: &str, folder: &Path) -> Done<bool> {
    let mut cargo = cargo("check", target, folder);
    for tool in ["CC", "CXX", "AR"] {
        cargo.env(format!("{tool}_{}", target.replace('-', "_")), "true");
    }
    Ok(cargo.args(["--all-targets", "--keep-going"]).status()?.success())
}
