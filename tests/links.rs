//! The links within the repository, in all of its texts: what they lead to is there, with its heading.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use tests::{Document, files, root};

#[test]
fn all_lead_somewhere() {
    let texts = files(".md").unwrap();
    assert!(texts.len() > 9, "{texts:?}");
    let wrong: Vec<_> = texts.iter().flat_map(|file| wrong_links(file, &root())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with the links and pictures of a file, each with its place.
fn wrong_links(file: &Path, root: &Path) -> Vec<String> {
    let text = Document::new(&fs::read_to_string(file).unwrap());
    let links = text.links.iter().map(|link| (link.line, &link.target));
    let links = links.chain(text.pictures.iter().map(|picture| (picture.line, &picture.target)));
    let wrong = links.filter_map(|(line, target)| {
        let problem = follow(file, target, root).err()?;
        Some(format!("{}:{line}: {target} {problem}", file.display()))
    });
    let html = text.html.iter().filter(|(_, html)| html.contains("href=") || html.contains("src="));
    let html = html.map(|(line, html)| {
        format!("{}:{line}: {html} isn't checked; write it as Markdown", file.display())
    });
    wrong.chain(html).collect()
}

fn follow(file: &Path, target: &str, root: &Path) -> Result<(), String> {
    if target.contains("://") {
        return Ok(()); // elsewhere
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(p, a)| (p, Some(a)));
    let path = if path.is_empty() { file.into() } else { file.with_file_name(path) };
    let path = path.canonicalize().map_err(|_| "isn't there")?;
    let inside = path.strip_prefix(root.canonicalize().unwrap());
    if !inside.is_ok_and(|path| !path.starts_with("target")) {
        return Err("isn't in the repository".into());
    }
    let Some(anchor) = anchor else { return Ok(()) };
    if path.extension().is_none_or(|ending| ending != "md") {
        return Err(
            "has an anchor, but not to Markdown; a line's number would soon be wrong".into()
        );
    }
    let anchors = anchors(&Document::new(&fs::read_to_string(path).unwrap()));
    if anchors.iter().any(|there| there == anchor) {
        return Ok(());
    }
    Err(format!("has no such heading; there are {}", anchors.join(", ")))
}

/// The anchors of a text's headings, as GitHub makes them.
fn anchors(text: &Document) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let anchors = text.headings.iter().map(|heading| {
        let kept = heading.title.to_lowercase().replace(' ', "-");
        let kept: String =
            kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
        let count = seen.entry(kept.clone()).or_default();
        *count += 1;
        if *count == 1 { kept } else { format!("{kept}-{}", *count - 1) }
    });
    anchors.collect()
}

#[test]
fn anchors_are_those_of_github() {
    let text = "# Lesson 1: `Pool`, *and* [more](x)\n## 先弄坏，再修好\n## What's new?\n## 看什么\n### 看什么\n## a - b";
    let expected =
        ["lesson-1-pool-and-more", "先弄坏再修好", "whats-new", "看什么", "看什么-1", "a---b"];
    assert_eq!(anchors(&Document::new(text)), expected);
}

#[test]
fn each_wrong_link_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("target")).unwrap();
    fs::write(root.join("target/picture.svg"), "").unwrap();
    fs::write(root.join("code.rs"), "").unwrap();
    fs::write(root.join("other.md"), "# 看什么").unwrap();
    fs::write(folder.path().join("outside.md"), "").unwrap();
    let problems = |text: &str| {
        fs::write(root.join("text.md"), text).unwrap();
        wrong_links(&root.join("text.md"), &root).join("\n")
    };
    let fine = "# Here\n[a](other.md) [b](other.md#看什么) [c](#here) [d](code.rs) ![e](code.rs) <https://f.g>\n\n[h]\n\n[h]: code.rs";
    assert_eq!(problems(fine), "");
    for (text, expected) in [
        ("[a](no.md)", ":1: no.md isn't there"),
        ("text\n\n- item\n- ![a](no.svg)", ":4: no.svg isn't there"),
        ("| a | b |\n|---|---|\n| c | [d](no.md) |", ":3: no.md isn't there"),
        ("[h]\n\n[h]: no.rs", ":1: no.rs isn't there"),
        ("[a](#no)", ":1: #no has no such heading"),
        ("[a](other.md#看)", "has no such heading; there are 看什么"),
        ("[a](code.rs#L1)", "has an anchor"),
        ("[a](../outside.md)", "isn't in the repository"),
        ("![a](target/picture.svg)", "isn't in the repository"),
        ("<a href=\"no\">a</a>", "isn't checked"),
    ] {
        assert!(problems(text).contains(expected), "{text:?}: {:?}", problems(text));
    }
}
