//! The docs that `cargo doc` builds: no relative link in them is dead, and no picture is missing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use tests::{LESSONS, cargo};

/// The pages below a folder.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            pages.extend(self::pages(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "html") {
            pages.push(entry);
        }
    }
    pages
}

/// What a page links or shows that isn't there.
fn dead(page: &Path) -> Vec<String> {
    let targets = Regex::new(r#"\b(?:href|src)="([^"]*)""#).unwrap();
    let scripts = Regex::new("(?s)<script.*?</script>").unwrap();
    let text = fs::read_to_string(page).unwrap();
    let text = scripts.replace_all(&text, "");
    let targets = targets.captures_iter(&text).map(|target| target[1].to_string());
    let elsewhere = Regex::new("^([a-z]+:|//)").unwrap();
    let mut dead = Vec::new();
    for target in targets.filter(|target| !elsewhere.is_match(target)) {
        let file = target.split(['#', '?']).next().unwrap().replace("%20", " ");
        if !file.is_empty() && !page.with_file_name("").join(file).exists() {
            dead.push(format!("{}: {target}", page.display()));
        }
    }
    dead
}

#[test]
#[ignore = "heavy: builds the docs of all crates"]
fn no_link_in_the_built_docs_is_dead() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs");
    let mut doc = cargo();
    doc.args(["doc", "-q", "--workspace", "--no-deps"]).env("CARGO_TARGET_DIR", &target);
    assert!(doc.status().unwrap().success());
    let mut pages = pages(&target.join("doc"));
    // Beside the crates' folders are rustdoc's own pages, help and settings.
    pages.retain(|page| page.parent() != Some(&target.join("doc")));
    for lesson in LESSONS {
        let front = target.join("doc").join(lesson.replace('-', "_")).join("index.html");
        assert!(pages.contains(&front), "no page for {lesson}");
    }
    let dead: Vec<_> = pages.iter().flat_map(|page| dead(page)).collect();
    assert!(dead.is_empty(), "{} dead links\n{}", dead.len(), dead.join("\n"));
}

#[test]
fn each_dead_link_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("index.html");
    fs::write(
        &page,
        r##"<a href="index.html#x">a</a> <a href="#y">b</a> <a href="gone.md">c</a>
        <img src="gone.svg"> <a href="https://example.org/">d</a>"##,
    )
    .unwrap();
    let dead = dead(&page);
    assert_eq!(dead.len(), 2, "{dead:?}");
}
