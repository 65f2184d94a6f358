//! Makes a chapter of a README: links lead to the pages of the book, Python stands beside Rust, and what a
//! reader should first think about is folded.

use std::fs;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::language::{LANGUAGES, Language};
use crate::outline::Outline;
use crate::pages::{block, place};

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
        let mut readme = Self {
            title: outline.headings.first().map(|h| h.title.clone()).unwrap_or_default(),
            text: String::new(),
            links: Vec::new(),
            pictures: Vec::new(),
        };
        let mut edits = vec![];
        for (target, range) in &outline.links {
            let told = || format!("{}: the link to {target}", file.display());
            edits.extend(readme.follow(root, path, target, language).with_context(told)?.map(
                |new| {
                    let start = text[range.clone()]
                        .rfind("](")
                        .map_or(range.end, |at| range.start + at + 2);
                    (start..range.end - 1, new)
                },
            ));
        }
        for (target, range) in &outline.pictures {
            readme.pictures.push(slashes(&normal(&Path::new(path).with_file_name(target))));
            // A tap shows it alone, so that it can be made larger.
            edits.push((range.start..range.start, "[".to_string()));
            edits.push((range.end..range.end, format!("]({target})")));
        }
        edits.extend(names_of_languages(&outline));
        edits.extend(beside(&outline));
        edits.extend(exercise(&outline, &root.join(path), language)?);
        edits.extend(answers(&outline, language));
        readme.text = apply(text, edits);
        Ok(readme)
    }

    /// Where a link or a picture leads in the book, if that is another place than in the repository.
    fn follow(
        &mut self,
        root: &Path,
        path: &str,
        target: &str,
        language: &Language,
    ) -> Result<Option<String>> {
        if target.contains("://") || target.starts_with('#') {
            return Ok(None);
        }
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let mut file = normal(&Path::new(path).with_file_name(file));
        if root.join(&file).is_dir() {
            file.push("README.md");
        }
        if !root.join(&file).is_file() {
            bail!("leads to no file of the repository");
        }
        let written_in = LANGUAGES.iter().find(|language| file.ends_with(language.readme));
        if written_in.is_some() {
            file.set_file_name("README.md");
        }
        let file = slashes(&file);
        let up = "../".repeat(path.matches('/').count());
        // To the other language leads the link to the same page in it, and one to a heading in it.
        let other = written_in
            .filter(|other| other.code != language.code && (file == path || !anchor.is_empty()));
        let up = other.map_or(up.clone(), |other| format!("{up}../{}/", other.code));
        let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
        let url = format!("{up}{}{anchor}", place(&file, ".html"));
        self.links.push(file);
        Ok(Some(url))
    }
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

fn slashes(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
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
    around(python.start..rust.end, "<div class=\"beside\">", "</div>")
}

/// Folds an exercise's hint, which is what the check says at first, and adds its solution.
fn exercise(outline: &Outline, readme: &Path, language: &Language) -> Result<Vec<Edit>> {
    let link = outline.links.iter().find(|(target, _)| target == "examples/exercise.rs");
    let Some((_, link)) = link else { return Ok(vec![]) };
    let section = outline.section(link.start);
    let solution = "examples/solution.rs";
    let content = fs::read_to_string(readme.with_file_name(solution))
        .with_context(|| format!("can't read {solution} beside {}", readme.display()))?;
    let mut said = outline
        .blocks
        .iter()
        .filter(|(kind, range)| kind == "console fails" && section.contains(&range.start));
    let mut edits = vec![];
    let mut end = section.end;
    if let Some((_, range)) = said.next() {
        edits.extend(folded(range.clone(), language.hint));
        end = range.end;
    }
    edits.push((end..end, "\n\n".to_string()));
    edits.extend(folded(end..end, language.solution));
    edits.insert(edits.len() - 1, (end..end, block(solution, &content)));
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
    around(range, &format!("<details>\n<summary>{summary}</summary>"), "</details>")
}

fn around(range: Range<usize>, before: &str, after: &str) -> Vec<Edit> {
    vec![
        (range.start..range.start, format!("\n\n{before}\n\n")),
        (range.end..range.end, format!("\n\n{after}\n\n")),
    ]
}

/// Edits at one place come in the order in which they were made.
fn apply(mut text: String, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, &new);
    }
    text
}
