//! `cargo copy-crate`: a copied library builds, its tests pass, and the lesson's cell runs with it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use tests::{Document, LESSONS, root, test, trials};

mod cells;
mod command;
mod scratch;
mod test_workers;

use scratch::{cargo_in, libraries, whole_crates};

pub fn trials() -> Vec<Trial> {
    let light = trials![
        each_library_is_copied_without_the_lesson,
        no_readme_of_a_copy_has_a_dead_link,
        a_whole_crate_has_all_of_it_and_builds
    ];
    let heavy = test("the_tests_of_all_copies_pass", the_tests_of_all_copies_pass);
    let light = [light, command::trials(), cells::trials(), test_workers::trials()];
    let heavy = [heavy.with_ignored_flag(true)];
    light.into_iter().flatten().chain(heavy).collect()
}

/// The files below a folder, by their place in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                found.insert(entry.strip_prefix(folder).unwrap().into(), fs::read(&entry).unwrap());
            }
        }
    }
    found
}

fn each_library_is_copied_without_the_lesson() {
    for lesson in LESSONS {
        let copy = libraries().join(lesson);
        let files = files(&copy);
        for gone in ["src/main.rs", "src/cli.rs", "tests/cell.rs", "examples/exercise.rs"] {
            assert!(!files.contains_key(Path::new(gone)), "{lesson}: {gone}");
        }
        for there in ["src/lib.rs", "README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            assert!(files.contains_key(Path::new(there)), "{lesson}: no {there}");
        }
        let manifest = fs::read_to_string(copy.join("Cargo.toml")).unwrap();
        for gone in ["lexopt", "strsim", "parking_lot", "rusqlite", "[[example]]", "\"cell\""] {
            assert!(!manifest.contains(gone), "{lesson}: {gone}\n{manifest}");
        }
    }
}

fn no_readme_of_a_copy_has_a_dead_link() {
    for copy in LESSONS.map(|lesson| libraries().join(lesson)) {
        let text = Document::new(&fs::read_to_string(copy.join("README.md")).unwrap());
        let links = text.links.iter().map(|link| &link.target);
        for target in links.chain(text.pictures.iter().map(|picture| &picture.target)) {
            let file = target.split('#').next().unwrap();
            assert!(target.contains("://") || copy.join(file).exists(), "{copy:?}: {target}");
        }
    }
}

fn a_whole_crate_has_all_of_it_and_builds() {
    for lesson in LESSONS {
        let mut copy = files(&whole_crates().join(lesson));
        let mut here = files(&root().join("crates").join(lesson));
        here.retain(|file, _| !file.iter().any(is_not_copied));
        for readme in ["README.md", "README.zh.md"].map(Path::new) {
            assert!(copy.remove(readme).is_some() && here.remove(readme).is_some(), "{lesson}");
        }
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            here.insert(licence.into(), fs::read(root().join(licence)).unwrap());
        }
        assert!(copy == here, "{lesson}: {:?}\n{:?}", copy.keys(), here.keys());
    }
    cargo_in(whole_crates(), &["build", "-q", "--workspace"]);
}

/// What was built, and what an editor or a file manager left.
fn is_not_copied(part: &OsStr) -> bool {
    part == "target" || part == "__pycache__" || part.to_string_lossy().starts_with('.')
}

/// Heavy: builds and runs the tests of all copies, for some minutes.
fn the_tests_of_all_copies_pass() {
    cargo_in(libraries(), &["test", "-q", "--workspace"]);
}
