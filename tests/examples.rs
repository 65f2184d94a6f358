//! The examples of each lesson: they are all there, and a copy of the crate misses nothing without them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand, Package, TargetKind};
use regex::Regex;
use tests::{Document, LESSONS, files, root};

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

#[test]
fn what_only_examples_need_is_told_for_each_crate_and_true() {
    let wrong: Vec<_> = packages().iter().filter_map(|package| wrong_list(package).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `cargo copy-crate` leaves behind what the list names.
fn wrong_list(package: &Package) -> Result<(), String> {
    let folder = package.manifest_path.parent().unwrap().as_std_path();
    let list = &package.metadata["examples"]["only"];
    let Some(list) = list.as_array() else {
        let needed = folder.join("examples").exists();
        let told = format!("{}: no `only = [...]` in [package.metadata.examples]", package.name);
        return if needed { Err(told) } else { Ok(()) };
    };
    for name in list {
        let name = name.as_str().unwrap_or("no name");
        let is_it = |d: &&cargo_metadata::Dependency| d.name == name;
        let mut kinds = package.dependencies.iter().filter(is_it).map(|d| d.kind).peekable();
        if kinds.peek().is_none() || kinds.any(|kind| kind != DependencyKind::Development) {
            return Err(format!("{}: {name} isn't a dev-dependency, or not only", package.name));
        }
        if let Some(place) = use_without_examples(folder, name) {
            return Err(format!("{}: {place} uses {name}, too", package.name));
        }
    }
    Ok(())
}

/// Where a dependency is used by what a copy holds: src/, tests/, the code that the README shows.
fn use_without_examples(folder: &Path, dependency: &str) -> Option<String> {
    let name = Regex::new(&format!(r"\b{}\b", dependency.replace('-', "_"))).unwrap();
    for file in files(".rs").unwrap() {
        let copied = file.strip_prefix(folder).is_ok_and(|file| !file.starts_with("examples"));
        if copied && name.is_match(&fs::read_to_string(&file).unwrap()) {
            return Some(file.display().to_string());
        }
    }
    let readme = Document::new(&fs::read_to_string(folder.join("README.md")).unwrap_or_default());
    let mut tested = readme.blocks.iter().filter(|block| block.info.starts_with("rust"));
    let shown = tested.find(|block| name.is_match(&block.text.join("\n")))?;
    Some(format!("README.md:{}", shown.line))
}
