//! Two workspaces of copies: the libraries with the cells that use them, and the whole crates. They
//! share a target folder, so that what they depend on is built once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tests::{LESSONS, binary, cargo, root};

use super::{cells, files, test_workers};

pub fn copy_crate(name: &str, folder: &Path, flags: &[&str]) -> Output {
    let mut command = Command::new(binary("copy-crate").unwrap());
    command.arg(name).arg(folder).args(flags).output().unwrap()
}

/// The libraries of all lessons, a package for the cell of each, and one whose tests use the pool.
pub fn libraries() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        copies("libraries", &[], |folder| {
            cells::write(folder);
            test_workers::write(folder);
        })
    })
}

/// All crates with their lessons.
pub fn whole_crates() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| copies("whole crates", &["--with-lesson"], |_| {}))
}

/// A path that isn't only letters, kept from run to run with what was built.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("copied 进程")
}

/// A workspace of copies and what `add` writes. If all of it is as in the last run, the folder stays as it is, so that
/// cargo builds nothing again.
fn copies(name: &str, flags: &[&str], add: fn(&Path)) -> PathBuf {
    let (folder, new) = (folder().join(name), folder().join(format!("new {name}")));
    let _ = fs::remove_dir_all(&new); // of a run that was ended
    for lesson in LESSONS {
        let copied = copy_crate(lesson, &new, flags);
        assert!(copied.status.success(), "{copied:?}");
    }
    add(&new);
    fs::write(new.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n")
        .unwrap();
    if folder.exists() && without_lock(&folder) == without_lock(&new) {
        fs::remove_dir_all(&new).unwrap();
    } else {
        let _ = fs::remove_dir_all(&folder);
        fs::rename(&new, &folder).unwrap();
    }
    // The versions of this workspace, so that nothing has to be fetched.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    folder
}

/// The files of a workspace, but for the list of versions, from which cargo takes out what isn't used.
fn without_lock(workspace: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files(workspace);
    files.remove(Path::new("Cargo.lock"));
    files
}

/// Runs cargo, which must succeed; returns what it printed.
pub fn cargo_in(workspace: &Path, args: &[&str]) -> String {
    let mut cargo = Command::new(cargo().get_program());
    cargo.current_dir(workspace).env("CARGO_TARGET_DIR", folder().join("target")).args(args);
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0"); // a third less to build
    let output = cargo.output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{workspace:?} {args:?}\n{printed}\n{message}");
    printed.into_owned()
}

/// A program that was built there.
pub fn program(name: &str) -> PathBuf {
    folder().join("target/debug").join(name).with_extension(std::env::consts::EXE_EXTENSION)
}
