//! The lessons, each with its row of the table in the top README.

use std::fs;
use std::path::{Path, PathBuf};

use scripts::lessons::{LESSONS, NAMES, nearest};
use scripts::{Done, root};

use crate::language::{readme, text};
use crate::markdown;

pub struct Lesson {
    pub number: usize,
    pub name: &'static str,
    /// Python's name for it.
    pub python: String,
    pub teaches: String,
    /// What the table of all lessons says of it.
    pub facts: &'static scripts::lessons::Lesson,
}

pub fn lessons() -> Done<Vec<Lesson>> {
    let file = readme(&root());
    let cells = markdown::read(&read(&file)?).cells;
    let lesson = |(place, facts): (usize, &'static scripts::lessons::Lesson)| {
        // number | Python | crate | command | you learn
        let row = cells.windows(4).find(|cells| cells[1] == facts.name);
        let Some([python, _, _, teaches]) = row else {
            return Err(format!("{} has no row for {}", file.display(), facts.name).into());
        };
        let (python, teaches) = (python.clone(), teaches.clone());
        Ok(Lesson { number: place + 1, name: facts.name, python, teaches, facts })
    };
    LESSONS.iter().enumerate().map(lesson).collect()
}

/// A lesson by its number or its name.
pub fn find<'a>(lessons: &'a [Lesson], wanted: &str) -> Result<&'a Lesson, lexopt::Error> {
    let is_it = |lesson: &&Lesson| lesson.name == wanted || lesson.number.to_string() == wanted;
    lessons.iter().find(is_it).ok_or_else(|| {
        let wrong =
            text(format!("there is no lesson {wanted:?}"), format!("没有 {wanted:?} 这一课"));
        let names = NAMES.join(", ");
        let hint = match nearest(&NAMES, wanted) {
            Some(meant) => {
                text(format!("; did you mean {meant}?"), format!("，你要的是 {meant} 吗？"))
            }
            None => text(format!("; the lessons are {names}"), format!("；课程有：{names}")),
        };
        (wrong + &hint).into()
    })
}

impl Lesson {
    pub fn folder(&self) -> PathBuf {
        root().join("crates").join(self.name)
    }
}

/// A file of a lesson, or of the workspace.
pub fn read(file: &Path) -> Done<String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()).into())
}

/// A file as it is named from the top folder.
pub fn from_the_top(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}
