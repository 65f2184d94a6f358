//! Makes a chapter of a README: links lead to the pages of the book, Python stands beside Rust, and what a
//! reader should first think about is folded.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};

use crate::language::Language;
use crate::links::{follow, slashes};
use crate::outline::{Outline, block};

/// A README as a chapter.
pub struct Readme {
    pub title: String,
    pub text: String,
    /// The files to which it links, by their place in the repository.
    pub links: Vec<String>,
    /// The pictures that it shows.
    pub pictures: Vec<String>,
}

/// What to write in the place of a part of the text; an empty part is a place between.
type Edit = (Range<usize>, String);

impl Readme {
    /// Reads the text at `path`, in `language` where it is translated.
    ///
    /// # Errors
    ///
    /// The file can't be read, or a link in it leads nowhere.
    pub fn read(root: &Path, path: &str, language: &Language) -> Result<Self> {
        let translated = root.join(path).with_file_name(language.readme);
        let is_readme = path.ends_with("README.md") && translated.is_file();
        let file = if is_readme { translated } else { root.join(path) };
        let text = fs::read_to_string(&file).with_context(|| format!("can't read {path}"))?;
        let outline = Outline::new(&text);
        let (mut edits, mut links, mut pictures) = (vec![], vec![], vec![]);
        for (target, range) in &outline.links {
            let link = follow(root, path, target, language)
                .with_context(|| format!("{}: the link to {target}", file.display()))?;
            if let Some((file, url)) = link {
                links.push(file);
                edits.push((range.clone(), url));
            }
        }
        for (picture, range) in &outline.pictures {
            pictures.push(slashes(&Path::new(path).with_file_name(picture)));
            // A tap shows it alone, so that it can be made larger.
            edits.push((range.start..range.start, "[".to_string()));
            edits.push((range.end..range.end, format!("]({picture})")));
        }
        edits.extend(names_of_languages(&outline));
        edits.extend(beside(&outline));
        edits.extend(exercise(&outline, &root.join(path), language)?);
        edits.extend(answers(&outline, language));
        let title = outline.headings.first().map(|heading| heading.title.clone());
        Ok(Self { title: title.unwrap_or_default(), text: apply(text, edits), links, pictures })
    }
}

/// rustdoc knows that a block `compile_fail` is Rust; mdBook doesn't.
fn names_of_languages(outline: &Outline) -> Vec<Edit> {
    let blocks = outline.blocks.iter().filter(|(kind, _)| kind.starts_with("compile_fail"));
    blocks.map(|(_, range)| (range.start + 3..range.start + 3, "rust,".to_string())).collect()
}

/// The cell, the first block of Python, beside the first block of Rust after it, which is `main.rs`.
fn beside(outline: &Outline) -> Vec<Edit> {
    let first = |kind: &str, from: usize| {
        let after = outline.blocks.iter().filter(move |(_, range)| range.start >= from);
        after.filter(|(there, _)| there.starts_with(kind)).map(|(_, range)| range.clone()).next()
    };
    let Some(python) = first("python", 0) else { return vec![] };
    let Some(rust) = first("rust", python.end) else { return vec![] };
    let start = "\n\n<div class=\"beside\">\n\n".to_string();
    around(python.start..rust.end, start, "\n\n</div>\n\n")
}

/// Folds an exercise's hint, which is what the check says at first, and adds its solution.
fn exercise(outline: &Outline, readme: &Path, language: &Language) -> Result<Vec<Edit>> {
    let link = outline.links.iter().find(|(target, _)| target == "examples/exercise.rs");
    let Some((_, link)) = link else { return Ok(vec![]) };
    let section = outline.section(link.start);
    let solution = "examples/solution.rs";
    let content = fs::read_to_string(readme.with_file_name(solution))
        .with_context(|| format!("can't read {solution} beside {}", readme.display()))?;
    let mut blocks = outline.blocks.iter().filter(|(_, range)| section.contains(&range.start));
    let hint = blocks.find(|(kind, _)| kind == "console fails").map(|(_, range)| range.clone());
    let end = hint.as_ref().map_or(section.end, |range| range.end);
    let mut edits = hint.map_or(vec![], |range| folded(range, language.hint));
    let solution = block(solution, &content);
    edits.push((end..end, format!("{}{solution}{FOLD_END}", fold(language.solution))));
    Ok(edits)
}

/// Folds the answers.
fn answers(outline: &Outline, language: &Language) -> Vec<Edit> {
    let headings = outline.headings.iter().filter(|heading| heading.title == language.answers);
    headings
        .flat_map(|heading| {
            let end = outline.section(heading.range.start).end;
            folded(heading.range.end..end, language.show_answers)
        })
        .collect()
}

fn folded(range: Range<usize>, summary: &str) -> Vec<Edit> {
    around(range, fold(summary), FOLD_END)
}

fn fold(summary: &str) -> String {
    format!("\n\n<details>\n<summary>{summary}</summary>\n\n")
}

const FOLD_END: &str = "\n\n</details>\n\n";

fn around(range: Range<usize>, before: String, after: &str) -> Vec<Edit> {
    vec![(range.start..range.start, before), (range.end..range.end, after.to_string())]
}

/// Edits at one place come in the order in which they were made.
fn apply(mut text: String, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, &new);
    }
    text
}
