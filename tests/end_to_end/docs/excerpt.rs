//! Code that a text shows: it stands in a file of ours that is run, built or tested.

use std::fs;
use std::path::{Path, PathBuf};

use tests::{Block, files, root};

/// Python: lines of a file of that crate. The first in a lesson is its cell, whole.
pub fn check_python(block: &Block, file: &Path) -> Result<(), String> {
    stands_in_one(block, &beside(file, ".py"))?;
    let cell = file.with_file_name("notebook.py");
    let first = tests::blocks(file).unwrap().into_iter().find(|block| block.info == "python");
    if cell.exists() && first.as_ref() == Some(block) {
        let cell = fs::read_to_string(cell).unwrap();
        let cell: Vec<_> = cell.trim_end().lines().collect();
        if cell != block.text {
            return Err("the first block of Python isn't all of notebook.py".into());
        }
    }
    Ok(())
}

/// Rust: a README of a crate is part of its docs, where rustdoc tests the block; else as Python.
pub fn check_rust(block: &Block, file: &Path) -> Result<(), String> {
    let library = file.with_file_name("src").join("lib.rs");
    let included = fs::read_to_string(library)
        .is_ok_and(|text| text.contains("doc = include_str!(\"../README.md\")]"));
    if file.ends_with("README.md") && included && !block.info.contains("ignore") {
        return Ok(());
    }
    stands_in_one(block, &beside(file, ".rs"))
}

/// The files whose lines a text may show: those of its crate, or all of them.
fn beside(text: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = files(ending).unwrap();
    let folder = text.parent().unwrap();
    if folder.join("Cargo.toml").exists() && folder != root() {
        found.retain(|file| file.starts_with(folder));
    }
    found
}

fn stands_in_one(block: &Block, files: &[PathBuf]) -> Result<(), String> {
    let shown: Vec<_> = block.text.iter().map(String::as_str).collect();
    let stands = files.iter().any(|file| {
        let text = fs::read_to_string(file).unwrap();
        let lines: Vec<_> = text.lines().collect();
        lines.windows(shown.len().max(1)).any(|lines| to_the_left(lines) == to_the_left(&shown))
    });
    if stands { Ok(()) } else { Err(format!("no file has these lines:\n{}", shown.join("\n"))) }
}

/// Lines without the indentation that all of them have: so a part of a function can be shown.
fn to_the_left<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let common = lines.iter().filter(|line| !line.trim().is_empty()).map(indentation).min();
    lines.iter().map(|line| line.get(common.unwrap_or(0)..).unwrap_or("")).collect()
}
