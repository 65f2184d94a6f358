//! Where a link of a README leads in the book, whose pages are where their files are in the repository.

use std::path::Path;

use anyhow::{Context, Result};

use crate::language::{LANGUAGES, Language};

/// The file of the repository to which a link in the text at `path` leads, and the address of its page. None for what
/// is elsewhere, or in the same text.
///
/// # Errors
///
/// There is no such file in the repository.
pub fn follow(
    root: &Path,
    path: &str,
    target: &str,
    language: &Language,
) -> Result<Option<(String, String)>> {
    if target.contains("://") || target.starts_with('#') {
        return Ok(None);
    }
    let (file, heading) = target.split_at(target.find('#').unwrap_or(target.len()));
    let file = root.join(path).with_file_name(file).canonicalize()?;
    let inside = file.strip_prefix(root.canonicalize()?);
    let mut file = inside.context("it leads out of the repository")?.to_path_buf();
    if root.join(&file).is_dir() {
        file.push("README.md");
    }
    let written_in = LANGUAGES.iter().find(|language| file.ends_with(language.readme));
    if written_in.is_some() {
        file.set_file_name("README.md");
    }
    let file = slashes(&file);
    let mut book = "../".repeat(path.matches('/').count());
    // To the other language leads a link to the same page in it, and one to a heading in it.
    let named = written_in.filter(|_| file == path || !heading.is_empty());
    if let Some(other) = named.filter(|named| named.code != language.code) {
        book = format!("{book}../{}/", other.code);
    }
    let url = format!("{book}{}{heading}", place(&file, ".html"));
    Ok(Some((file, url)))
}

/// The place in the book of a file's page.
pub fn place(path: &str, ending: &str) -> String {
    if let Some(folder) = path.strip_suffix("README.md") {
        return format!("{folder}index{ending}");
    }
    format!("{}{ending}", path.strip_suffix(".md").unwrap_or(path))
}

/// A path within the repository or the book, as links write it on every system.
pub fn slashes(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
