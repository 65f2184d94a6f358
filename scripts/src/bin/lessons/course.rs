//! The lessons, each with its row of the table in the top README.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use scripts::lessons::{LESSONS, NAMES, nearest};
use scripts::root;

use crate::language::Language;
use crate::markdown;

pub struct Course {
    pub language: Language,
    pub lessons: Vec<Lesson>,
}

pub struct Lesson {
    pub number: usize,
    pub name: &'static str,
    /// Python's name for it.
    pub python: String,
    pub teaches: String,
    /// What the table of all lessons says of it.
    pub facts: &'static scripts::lessons::Lesson,
}

impl Course {
    pub fn read(language: Language) -> Result<Self, Box<dyn Error>> {
        let file = language.readme(&root());
        let text = read(&file)?;
        let rows = markdown::read(&text).rows;
        let mut lessons = Vec::new();
        for (place, facts) in LESSONS.iter().enumerate() {
            // number | Python | crate | command | you learn
            let row = rows.iter().find(|row| row.get(2).is_some_and(|cell| cell == facts.name));
            let Some([_, python, _, _, teaches]) = row.map(Vec::as_slice) else {
                return Err(format!("{} has no row for {}", file.display(), facts.name).into());
            };
            let (python, teaches) = (python.clone(), teaches.clone());
            lessons.push(Lesson { number: place + 1, name: facts.name, python, teaches, facts });
        }
        Ok(Self { language, lessons })
    }

    /// A lesson by its number or its name.
    pub fn find(&self, wanted: &str) -> Result<&Lesson, lexopt::Error> {
        let is_it = |lesson: &&Lesson| lesson.name == wanted || lesson.number.to_string() == wanted;
        self.lessons.iter().find(is_it).ok_or_else(|| {
            let wrong = match nearest(&NAMES, wanted) {
                Some(meant) => self.language.say(
                    format!("there is no lesson {wanted:?}; did you mean {meant}?"),
                    format!("没有 {wanted:?} 这一课，你要的是 {meant} 吗？"),
                ),
                None => self.language.say(
                    format!("there is no lesson {wanted:?}; there are {}", NAMES.join(", ")),
                    format!("没有 {wanted:?} 这一课，有的是 {}", NAMES.join(", ")),
                ),
            };
            wrong.into()
        })
    }
}

impl Lesson {
    pub fn folder(&self) -> PathBuf {
        root().join("crates").join(self.name)
    }
}

/// A file of a lesson, or of the workspace.
pub fn read(file: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()).into())
}
