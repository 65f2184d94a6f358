//! What the tests of the whole share: where things are, and what stands in a Markdown file.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs, io};

mod block;
#[cfg(unix)]
mod interrupt;
mod markdown;
mod trials;

pub use block::Block;
#[cfg(unix)]
pub use interrupt::{ignoring_interrupts, interrupt, interruptible};
pub use markdown::{Document, Heading, Link, List, Picture, Table, Text};
pub use scripts::lessons::NAMES as LESSONS;
pub use trials::{has_ps, in_time, is_installed, run, test, test_unless};

/// Names the folder with the binaries where they are built already, as under Wine.
const BINARIES: &str = "LESSONS_BINARIES";

/// The top folder of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// The repository's files whose names end so, below any folder but hidden ones and what is built.
///
/// # Errors
///
/// The error of reading a folder.
pub fn files(ending: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || name == "target" || name == "answers" {
                continue; // answers: the learner's
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if name.ends_with(ending) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The fenced blocks of a Markdown file.
///
/// # Errors
///
/// The error of reading the file.
pub fn blocks(file: &Path) -> io::Result<Vec<Block>> {
    Ok(Document::new(&fs::read_to_string(file)?).blocks)
}

/// `cargo`, the one that runs this test, in the top folder.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// `python3`, if there is one, in the top folder, with the module that the cells of the notebook import.
#[must_use]
pub fn python() -> Option<Command> {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let found = FOUND.get_or_init(|| is_installed("python3"));
    let mut python = Command::new("python3");
    python
        .current_dir(root())
        .env("PYTHONPATH", "crates/task-utils")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("PYTHONUNBUFFERED"); // it would write word by word, and processes mix theirs
    found.then_some(python)
}

/// A lesson's binary, built if it wasn't.
///
/// # Errors
///
/// Cargo can't be started, or the build failed.
pub fn binary(lesson: &str) -> io::Result<PathBuf> {
    static BUILT: OnceLock<bool> = OnceLock::new();
    built(&BUILT, "--bins")?;
    Ok(target()?.join(lesson).with_extension(env::consts::EXE_EXTENSION))
}

/// The binary of an example, whichever crate it stands in (no two have the same name), built if it
/// wasn't.
///
/// # Errors
///
/// Cargo can't be started, or the build failed.
pub fn example(name: &str) -> io::Result<PathBuf> {
    static BUILT: OnceLock<bool> = OnceLock::new();
    built(&BUILT, "--examples")?;
    Ok(target()?.join("examples").join(name).with_extension(env::consts::EXE_EXTENSION))
}

fn built(once: &OnceLock<bool>, what: &str) -> io::Result<()> {
    let build = || cargo().args(["build", "-q", "--workspace", what]).status();
    if env::var_os(BINARIES).is_some() {
        return Ok(()); // by someone else: where this test runs there may be no cargo
    }
    match once.get_or_init(|| build().is_ok_and(|status| status.success())) {
        true => Ok(()),
        false => Err(io::Error::other(format!("cargo build --workspace {what} failed"))),
    }
}

/// The folder that programs are built into.
fn target() -> io::Result<PathBuf> {
    if let Some(folder) = env::var_os(BINARIES) {
        return Ok(folder.into());
    }
    // This program is target/debug/deps/NAME-HASH.
    let myself = env::current_exe()?;
    Ok(myself.ancestors().nth(2).ok_or(io::ErrorKind::NotFound)?.to_path_buf())
}
