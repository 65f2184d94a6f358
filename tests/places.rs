//! The places of a lesson: the files that each one has, and the files that name it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::BTreeMap;
use std::fs;

use cargo_metadata::{MetadataCommand, TargetKind};
use tests::{LESSONS, root};

/// What each lesson has, in `crates/NAME/`.
const FILES: [&str; 13] = [
    "notebook.py",
    "README.md",
    "README.zh.md",
    "src/main.rs",
    "src/cli.rs",
    "src/lib.rs",
    "timeline.svg",
    "examples/exercise.rs",
    "examples/solution.rs",
    "examples/traced.rs",
    "examples/hints.md",
    "examples/hints.zh.md",
    "examples/check/mod.rs",
];

/// What stands in a file for each lesson. N is its number, NAME its name, `MODULE` the same with `_`.
const TEXTS: [(&str, &str); 11] = [
    ("Cargo.toml", "\"crates/NAME\",\n"),
    ("README.md", "\n| N | `"),
    ("README.md", " | [NAME](crates/NAME/README.md) | `cargo run -p NAME` | "),
    ("README.zh.md", "\n| N | `"),
    ("README.zh.md", " | [NAME](crates/NAME/README.zh.md) | `cargo run -p NAME` | "),
    ("crates/NAME/src/main.rs", "//! Lesson N: "),
    ("crates/NAME/src/cli.rs", "\nLesson N, "),
    ("crates/NAME/README.md", "# Lesson N: "),
    ("crates/NAME/README.zh.md", "# 第 N 课："),
    ("tests/end_to_end/lessons/rust.rs", "\nfn MODULE_runs_as_recorded"),
    ("tests/programs/faults.rs", "(\"NAME\", &["),
];

/// What a lesson lacks.
fn missing(number: usize, name: &str) -> Vec<String> {
    let fill = |text: &str| {
        let text = text.replace("NAME", name).replace("MODULE", &name.replace('-', "_"));
        text.replace("| N |", &format!("| {number} |"))
            .replace("Lesson N", &format!("Lesson {number}"))
            .replace("第 N 课", &format!("第 {number} 课"))
    };
    let files = FILES.map(|file| root().join("crates").join(name).join(file));
    let mut missing: Vec<_> = files
        .iter()
        .filter(|file| !file.is_file())
        .map(|file| format!("{name}: no {}", file.display()))
        .collect();
    missing.extend(TEXTS.iter().filter_map(|(file, text)| {
        let (file, text) = (fill(file), fill(text));
        let there = fs::read_to_string(root().join(&file)).unwrap_or_default();
        (!there.contains(&text)).then(|| format!("{name}: no {text:?} in {file}"))
    }));
    missing
}

#[test]
fn each_lesson_has_its_files_and_is_named_where_all_lessons_are() {
    let lessons = LESSONS.iter().enumerate();
    let missing: Vec<_> = lessons.flat_map(|(place, name)| missing(place + 1, name)).collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn a_lesson_that_was_forgotten_is_seen_in_each_place() {
    assert_eq!(missing(LESSONS.len() + 1, "no-such-lesson").len(), FILES.len() + TEXTS.len());
}

// They share one folder, target/debug/examples.
#[test]
fn no_two_examples_have_the_same_name() {
    let packages = MetadataCommand::new().no_deps().current_dir(root()).exec().unwrap().packages;
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let examples = package.targets.iter().filter(|t| t.kind.contains(&TargetKind::Example));
        for example in examples {
            owners.entry(example.name.clone()).or_default().push(package.name.to_string());
        }
    }
    assert!(!owners.is_empty());
    let shared: Vec<_> = owners.iter().filter(|(_, owners)| owners.len() > 1).collect();
    assert!(shared.is_empty(), "{shared:#?}");
}
