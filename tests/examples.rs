//! The examples of each lesson: they are all there, and no two have the same name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::BTreeMap;
use std::path::Path;

use cargo_metadata::{MetadataCommand, Package, TargetKind};
use tests::{LESSONS, root};

fn packages() -> Vec<Package> {
    MetadataCommand::new().no_deps().current_dir(root()).exec().unwrap().packages
}

#[test]
fn a_lesson_has_its_cell_its_exercise_and_its_text_in_both_languages() {
    let wanted = [
        "notebook.py",
        "README.md",
        "README.zh.md",
        "examples/exercise.rs",
        "examples/solution.rs",
        "examples/check/mod.rs",
        "examples/hints.md",
        "examples/hints.zh.md",
    ];
    let places = LESSONS.iter().flat_map(|lesson| {
        wanted.iter().map(move |file| Path::new("crates").join(lesson).join(file))
    });
    let missing: Vec<_> = places.filter(|place| !root().join(place).is_file()).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

// They share one folder, target/debug/examples.
#[test]
fn no_two_examples_have_the_same_name() {
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages() {
        let examples = package.targets.iter().filter(|t| t.kind.contains(&TargetKind::Example));
        for example in examples {
            owners.entry(example.name.clone()).or_default().push(package.name.to_string());
        }
    }
    assert!(!owners.is_empty());
    let shared: Vec<_> = owners.iter().filter(|(_, owners)| owners.len() > 1).collect();
    assert!(shared.is_empty(), "{shared:#?}");
}
