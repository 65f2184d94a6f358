//! The command itself: what it says, refuses and leaves alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use tempfile::TempDir;
use tests::{binary, root, trials};

use super::scratch::copy_crate;

pub fn trials() -> Vec<Trial> {
    trials![
        the_line_is_that_of_the_package_around_it,
        it_copies_what_is_needed_and_says_the_line,
        it_finds_a_copy_the_same_though_the_lesson_is_missing_there,
        it_refuses_to_overwrite,
        it_names_the_crates_and_its_usage
    ]
}

fn the_line_is_that_of_the_package_around_it() {
    let folder = TempDir::with_prefix("project ").unwrap();
    let manifest = folder.path().join("Cargo.toml");
    for (content, path) in [
        ("[package]\nname = \"mine\"\n", "crates".into()),
        ("[workspace]\n", format!("{}/crates", folder.path().display())),
    ] {
        fs::write(&manifest, content).unwrap();
        let _ = fs::remove_dir_all(folder.path().join("crates"));
        let text = copy_crate("lock", &folder.path().join("crates"), &[]);
        let text = String::from_utf8(text.stdout).unwrap();
        let line = format!("lock = {{ path = {:?} }}", path.replace('\\', "/") + "/lock");
        assert!(text.ends_with(&format!(":\n{line}\n")), "{line}\n{text}");
        assert_eq!(text.contains(&format!("in {}, ", manifest.display())), path == "crates");
    }
}

fn it_copies_what_is_needed_and_says_the_line() {
    let folder = TempDir::with_prefix("进程 ").unwrap();
    let text = copy_crate("pool", folder.path(), &[]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("\npool = { path = \""), "{text}");
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["pool", "task-utils"]);
    // The second lesson finds task-utils there, the same.
    assert!(copy_crate("ipc-queue", folder.path(), &[]).status.success());
}

fn it_finds_a_copy_the_same_though_the_lesson_is_missing_there() {
    let folder = TempDir::new().unwrap();
    let printed = String::from_utf8(copy_crate("lock", folder.path(), &[]).stdout).unwrap();
    assert!(
        printed.lines().any(|line| line.starts_with("not copied: the lesson's program")),
        "{printed}"
    );
    let again = || String::from_utf8(copy_crate("lock", folder.path(), &[]).stderr).unwrap();
    assert!(again().contains("there already, the same"), "{}", again());
    let manifest = folder.path().join("lock/Cargo.toml");
    fs::copy(root().join("crates/lock/Cargo.toml"), manifest).unwrap();
    assert!(again().contains("there already; move it away"), "{}", again());
}

fn it_refuses_to_overwrite() {
    let folder = TempDir::new().unwrap();
    assert!(copy_crate("pool", folder.path(), &[]).status.success());
    let mine = folder.path().join("task-utils/src/lib.rs");
    fs::write(&mine, "// mine").unwrap();
    for name in ["pool", "ipc-queue"] {
        let refused = copy_crate(name, folder.path(), &[]);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(mine).unwrap(), "// mine");
    assert!(!folder.path().join("ipc-queue").exists());
}

fn it_names_the_crates_and_its_usage() {
    let unknown = copy_crate("locks", Path::new("nowhere"), &[]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("ipc-queue, lock, pool"));
    let wrong = Command::new(binary("copy-crate").unwrap()).arg("lock").output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}
