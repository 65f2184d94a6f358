//! What can be drawn: the lessons, and the examples that have a broken and a fixed form.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use scripts::lessons::nearest;
use scripts::root;

use crate::Done;
use crate::grammar;
use crate::lessons::{LESSONS, Lesson, Reader};
use crate::program::Program;

pub enum Drawing {
    Lesson(Lesson),
    /// Its name, and the crate that has it.
    Topic(String, String),
}

/// The lessons, then the topics, both in the order of the lessons.
pub fn all() -> Done<Vec<Drawing>> {
    let mut topics = Vec::new();
    for lesson in &LESSONS {
        topics.extend(topics_of(lesson.name)?);
    }
    Ok(LESSONS.into_iter().map(Drawing::Lesson).chain(topics).collect())
}

/// By its name, or a lesson by its number.
pub fn find(wanted: &str) -> Done<Drawing> {
    let all = all()?;
    let names: Vec<_> = all.iter().map(|drawing| drawing.name().to_string()).collect();
    let is_it = |(place, name): (usize, &String)| {
        name == wanted || (place < LESSONS.len() && (place + 1).to_string() == wanted)
    };
    match names.iter().enumerate().position(is_it) {
        Some(place) => Ok(all.into_iter().nth(place).ok_or("it is gone")?),
        None => {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let hint = nearest(&names, wanted).map_or_else(
                || format!("there are {}", names.join(", ")),
                |name| format!("did you mean {name}?"),
            );
            Err(format!("there is no {wanted:?} to draw; {hint}").into())
        }
    }
}

/// An example with a fixed form takes `--fixed`; exercises and real uses don't.
fn topics_of(package: &str) -> Done<Vec<Drawing>> {
    let folder = root().join("crates").join(package).join("examples");
    let mut topics = Vec::new();
    for entry in folder.read_dir().into_iter().flatten() {
        let file = entry?.path();
        let is_rust = file.extension().is_some_and(|extension| extension == "rs");
        if is_rust && fs::read_to_string(&file)?.contains("\"--fixed\"") {
            topics.extend(file.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    topics.sort();
    Ok(topics.into_iter().map(|name| Drawing::Topic(name, package.into())).collect())
}

impl Drawing {
    pub fn name(&self) -> &str {
        match self {
            Drawing::Lesson(lesson) => lesson.name,
            Drawing::Topic(name, _) => name,
        }
    }

    pub fn what(&self) -> String {
        match self {
            Drawing::Lesson(_) => {
                self.programs(&[]).into_iter().map(|(program, _)| program.shown()).collect()
            }
            Drawing::Topic(_, package) => format!("broken, then fixed, an example of {package}"),
        }
    }

    /// Where the picture stands that the READMEs show.
    pub fn committed(&self) -> PathBuf {
        let (package, file) = match self {
            Drawing::Lesson(lesson) => (lesson.name, "timeline.svg".into()),
            Drawing::Topic(name, package) => (package.as_str(), format!("timeline-{name}.svg")),
        };
        root().join("crates").join(package).join(file)
    }

    /// What is run, one for each panel, and what reads its lines.
    pub fn programs(&self, args: &[OsString]) -> Vec<(Program, Reader)> {
        match self {
            Drawing::Lesson(lesson) => {
                let default = || lesson.args.iter().map(OsString::from).collect();
                let args = if args.is_empty() { default() } else { args.to_vec() };
                let example = lesson.example.map(str::to_string);
                vec![(Program { package: lesson.name.into(), example, args }, lesson.read)]
            }
            Drawing::Topic(name, package) => {
                let program = |fixed: Option<&str>| {
                    let args = fixed.map(OsString::from).into_iter().chain(args.to_vec());
                    let example = Some(name.clone());
                    Program { package: package.clone(), example, args: args.collect() }
                };
                vec![(program(None), grammar::read), (program(Some("--fixed")), grammar::read)]
            }
        }
    }
}
