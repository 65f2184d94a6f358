//! Each crate, copied out into an empty folder whose path has a space: it builds, its tests pass, and a
//! small program of someone else uses it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;

use tempfile::TempDir;
use tests::{LESSONS, cargo, root};
use toml::Table;

/// What all copies are built into: below this workspace's target folder, kept for the next time.
fn target() -> PathBuf {
    let myself = std::env::current_exe().unwrap();
    myself.ancestors().nth(3).unwrap().join("copied crates")
}

fn copy_crate(name: &str, folder: &Path) -> Output {
    cargo().args(["copy-crate", name]).arg(folder).output().unwrap()
}

fn cargo_in(folder: &Path, args: &[&str]) {
    // The versions are those of this workspace, so what it has built with needn't be fetched again.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut cargo = Command::new(cargo().get_program());
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target()).args(args);
    let output = cargo.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{folder:?} {args:?}\n{printed}\n{told}");
}

fn copied_and_used(name: &str) {
    let folder = TempDir::with_prefix("copied crate ").unwrap();
    let crates = folder.path().join("crates");
    let copied = copy_crate(name, &crates);
    assert!(copied.status.success(), "{copied:?}");
    has_no_examples(name, &crates.join(name));

    let user = folder.path().join("user");
    fs::create_dir_all(user.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"user-of-{name}\"\nedition = \"2024\"\n\n[dependencies]\n\
         {name} = {{ path = \"../crates/{name}\" }}\n"
    );
    fs::write(user.join("Cargo.toml"), manifest).unwrap();
    let program = root().join("tests/programs").join(name).with_extension("rs");
    fs::copy(program, user.join("src/main.rs")).unwrap();

    cargo_in(&user, &["run", "-q"]);
    cargo_in(&crates.join(name), &["test", "-q"]);
}

/// Neither the examples nor what only they depend on, and nothing else is missing.
fn has_no_examples(name: &str, copy: &Path) {
    let here = root().join("crates").join(name);
    let manifest = |folder: &Path| -> Table {
        fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap()
    };
    let mut expected = manifest(&here);
    expected.remove("example");
    let metadata = expected["package"].as_table_mut().unwrap().remove("metadata");
    let only = metadata.as_ref().and_then(|metadata| metadata["examples"]["only"].as_array());
    for name in only.into_iter().flatten().map(|name| name.as_str().unwrap()) {
        expected["dev-dependencies"].as_table_mut().unwrap().remove(name).unwrap();
    }
    let mut copied = manifest(copy);
    for manifest in [&mut expected, &mut copied] {
        manifest.entry("dev-dependencies").or_insert_with(|| Table::new().into());
    }
    assert_eq!(copied, expected, "{name}");
    let names = |folder: &Path| -> BTreeSet<_> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let mut expected = names(&here);
    expected.remove("examples".as_ref() as &OsStr);
    expected.extend(["LICENSE-MIT", "LICENSE-APACHE"].map(OsString::from));
    assert_eq!(names(copy), expected, "{name}");
}

/// Two at a time, so that one is built while the tests of another run, which mostly wait. (Cargo itself
/// sees to it that only one is built in that folder.)
#[test]
fn each_lesson_is_copied_and_used() {
    let lessons = Mutex::new(LESSONS.into_iter());
    let next = || lessons.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| std::iter::from_fn(next).for_each(copied_and_used));
        }
    });
}

#[test]
fn the_line_is_that_of_the_package_around_it() {
    let folder = TempDir::with_prefix("project ").unwrap();
    let manifest = folder.path().join("Cargo.toml");
    for (content, path) in [
        ("[package]\nname = \"mine\"\n", "crates".into()),
        ("[workspace]\n", format!("{}/crates", folder.path().display())),
    ] {
        fs::write(&manifest, content).unwrap();
        let _ = fs::remove_dir_all(folder.path().join("crates"));
        let told = copy_crate("lock", &folder.path().join("crates"));
        let told = String::from_utf8(told.stdout).unwrap();
        let line = format!("lock = {{ path = {:?} }}", path.replace('\\', "/") + "/lock");
        assert!(told.ends_with(&format!(":\n{line}\n")), "{line}\n{told}");
        assert_eq!(told.contains(&format!("in {}, ", manifest.display())), path == "crates");
    }
}

#[test]
fn it_copies_what_is_needed_and_says_the_line() {
    let folder = TempDir::with_prefix("进程 ").unwrap();
    let told = copy_crate("pool", folder.path());
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("\npool = { path = \""), "{told}");
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["pool", "task-utils"]);
    // The second lesson finds task-utils there, the same.
    assert!(copy_crate("ipc-queue", folder.path()).status.success());
}

#[test]
fn it_finds_a_copy_the_same_though_examples_are_missing_there() {
    let folder = TempDir::new().unwrap();
    let told = String::from_utf8(copy_crate("lock", folder.path()).stdout).unwrap();
    assert!(told.lines().any(|line| line.starts_with("left behind: its examples")), "{told}");
    let again = || String::from_utf8(copy_crate("lock", folder.path()).stderr).unwrap();
    assert!(again().contains("there already, the same"), "{}", again());
    let manifest = folder.path().join("lock/Cargo.toml");
    fs::copy(root().join("crates/lock/Cargo.toml"), manifest).unwrap();
    assert!(again().contains("there already; move it away"), "{}", again());
}

#[test]
fn it_refuses_to_overwrite() {
    let folder = TempDir::new().unwrap();
    assert!(copy_crate("pool", folder.path()).status.success());
    let mine = folder.path().join("task-utils/src/lib.rs");
    fs::write(&mine, "// mine").unwrap();
    for name in ["pool", "ipc-queue"] {
        let refused = copy_crate(name, folder.path());
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(mine).unwrap(), "// mine");
    assert!(!folder.path().join("ipc-queue").exists());
}

#[test]
fn it_names_the_crates_and_its_usage() {
    let unknown = copy_crate("locks", Path::new("nowhere"));
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("ipc-queue, lock, pool"));
    let wrong = cargo().args(["copy-crate", "lock"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}
