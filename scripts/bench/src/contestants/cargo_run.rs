//! `cargo run` where nothing has been built yet.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use tempfile::TempDir;

use super::pool::expect;
use super::report;
use crate::{Done, folder};

pub fn run(who: &str) -> Done<()> {
    let temporary = TempDir::new()?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "-q", "--target-dir"]).arg(temporary.path().join("target"));
    match who {
        "us" => {
            let workspace = folder().join("../../Cargo.toml");
            cargo.args(["-p", "lock", "--manifest-path"]).arg(workspace);
        }
        _ => {
            cargo.arg("--manifest-path").arg(empty_crate(&temporary)?);
        }
    }
    cargo.stdout(Stdio::null());
    report::time(|| expect(cargo.status()?.success(), true))
}

fn empty_crate(folder: &TempDir) -> Done<PathBuf> {
    let manifest = folder.path().join("Cargo.toml");
    fs::create_dir(folder.path().join("src"))?;
    fs::write(&manifest, "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n")?;
    fs::write(folder.path().join("src/main.rs"), "fn main() {}\n")?;
    Ok(manifest)
}
