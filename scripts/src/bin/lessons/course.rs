//! The lessons, from the table in the top README: they stand there once.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use scripts::root;

use crate::language::Language;
use crate::markdown;

pub struct Course {
    pub language: Language,
    pub lessons: Vec<Lesson>,
}

pub struct Lesson {
    pub number: usize,
    pub name: String,
    /// Python's name for it.
    pub python: String,
    pub teaches: String,
}

impl Course {
    pub fn read(language: Language) -> Result<Self, Box<dyn Error>> {
        let file = language.readme(&root());
        let text =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        // number | Python | crate | command | you learn
        let lesson = |row: Vec<String>| {
            let [number, python, name, _, teaches]: [String; 5] = row.try_into().ok()?;
            Some(Lesson { number: number.parse().ok()?, name, python, teaches })
        };
        let lessons: Vec<_> = markdown::read(&text).rows.into_iter().filter_map(lesson).collect();
        if lessons.is_empty() {
            return Err(format!("{} has no table of the lessons", file.display()).into());
        }
        Ok(Self { language, lessons })
    }

    /// A lesson by its number or its name.
    pub fn find(&self, wanted: &str) -> Result<&Lesson, lexopt::Error> {
        let is_it = |lesson: &&Lesson| lesson.name == wanted || lesson.number.to_string() == wanted;
        self.lessons.iter().find(is_it).ok_or_else(|| {
            let names: Vec<_> = self.lessons.iter().map(|lesson| &*lesson.name).collect();
            let names = names.join(", ");
            let wrong = self.language.say(
                format!("there is no lesson {wanted:?}; there are {names}"),
                format!("没有 {wanted:?} 这一课，有的是 {names}"),
            );
            wrong.into()
        })
    }
}

impl Lesson {
    pub fn folder(&self) -> PathBuf {
        root().join("crates").join(&self.name)
    }
}
