//! Which files become pages: the README of the repository, and what can be reached from it by links.

use std::collections::{HashSet, VecDeque};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::language::Language;
use crate::links::place;
use crate::outline::block;
use crate::readme::Readme;

/// A file as a page.
pub struct Page {
    /// The file's place in the repository, of an English README also where the text is Chinese.
    pub path: String,
    /// The page's name in the table of contents.
    pub title: String,
    /// The page in Markdown.
    pub text: String,
    /// The files to which it links, if no page before it does.
    pub files: Vec<Page>,
}

/// The pages of one language.
pub struct Pages {
    /// The READMEs and other texts, in the order in which a reader meets them.
    pub chapters: Vec<Page>,
    /// The places of the pictures, the same in the repository and in the book.
    pub pictures: Vec<String>,
}

impl Pages {
    /// Reads every file that can be reached.
    ///
    /// # Errors
    ///
    /// A file can't be read, or a link doesn't lead to a text file of the repository.
    pub fn find(root: &Path, language: &Language) -> Result<Self> {
        let mut pages = Self { chapters: Vec::new(), pictures: Vec::new() };
        let mut seen = HashSet::from(["README.md".to_string()]);
        let mut queue = VecDeque::from(["README.md".to_string()]);
        while let Some(path) = queue.pop_front() {
            let readme = Readme::read(root, &path, language)?;
            pages.pictures.extend(readme.pictures);
            let mut files = Vec::new();
            for link in readme.links {
                if !seen.insert(link.clone()) {
                    continue;
                }
                if link.ends_with(".md") {
                    queue.push_back(link);
                } else {
                    let page = code(root, &path, link);
                    files.push(page.with_context(|| format!("a link in {path}"))?);
                }
            }
            pages.chapters.push(Page { path, title: readme.title, text: readme.text, files });
        }
        Ok(pages)
    }

    /// The pages that show a file of code.
    pub fn code(&self) -> impl Iterator<Item = &Page> {
        self.chapters.iter().flat_map(|page| &page.files)
    }
}

impl Page {
    /// The page's place in the book, as mdBook wants it: it makes `.html` of `.md`.
    pub fn chapter_path(&self) -> String {
        place(&self.path, ".md")
    }

    /// The folder of a README; another page's file itself.
    pub fn folder(&self) -> &str {
        self.path.strip_suffix("/README.md").unwrap_or(&self.path)
    }
}

/// The page of a file that isn't Markdown, linked to from `parent`.
fn code(root: &Path, parent: &str, path: String) -> Result<Page> {
    let content =
        fs::read_to_string(root.join(&path)).with_context(|| format!("can't read {path}"))?;
    let folder = Path::new(parent).parent().unwrap_or(Path::new(""));
    let title = Path::new(&path).strip_prefix(folder).unwrap_or(Path::new(&path));
    let title = title.display().to_string();
    let text = format!("# `{path}`\n\n{}", block(&path, &content));
    Ok(Page { path, title, text, files: Vec::new() })
}
