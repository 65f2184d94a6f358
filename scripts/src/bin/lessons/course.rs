//! The lessons, each with its row of the table in the top README.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use scripts::lessons::{LESSONS, Time};
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
    /// What the default run takes, in seconds.
    pub takes: u32,
    pub time: Time,
}

impl Course {
    pub fn read(language: Language) -> Result<Self, Box<dyn Error>> {
        let file = language.readme(&root());
        let text =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let rows = markdown::read(&text).rows;
        let mut lessons = Vec::new();
        for (place, scripts::lessons::Lesson { name, takes, time }) in
            LESSONS.into_iter().enumerate()
        {
            // number | Python | crate | command | you learn
            let row = rows.iter().find(|row| row.get(2).is_some_and(|cell| cell == name));
            let Some([_, python, _, _, teaches]) = row.map(Vec::as_slice) else {
                return Err(format!("{} has no row for {name}", file.display()).into());
            };
            let (python, teaches) = (python.clone(), teaches.clone());
            lessons.push(Lesson {
                number: place + 1,
                name: name.into(),
                python,
                teaches,
                takes,
                time,
            });
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
