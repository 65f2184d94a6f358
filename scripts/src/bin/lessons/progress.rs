//! How far one is: a line for each lesson, in a file that a person can read and git ignores.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use scripts::root;

use crate::language::text;
use crate::screen::complain;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    NotSeen,
    Seen,
    Done,
}

#[derive(Default)]
pub struct Progress(BTreeMap<String, State>);

const HEADING: &str =
    "# What `cargo lessons` remembers: each lesson that was seen, or whose exercise is done.\n";

fn file() -> PathBuf {
    env::var_os("LESSONS_PROGRESS").map_or_else(|| root().join(".lessons"), PathBuf::from)
}

impl Progress {
    fn read() -> Result<Self, String> {
        let file = file();
        let content = match fs::read_to_string(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            content => content.map_err(|error| format!("{}: {error}", file.display()))?,
        };
        let mut states = BTreeMap::new();
        for (line, number) in content.lines().zip(1..) {
            match line.split_once(": ") {
                _ if line.trim().is_empty() || line.starts_with('#') => None,
                Some((lesson, "seen")) => states.insert(lesson.into(), State::Seen),
                Some((lesson, "done")) => states.insert(lesson.into(), State::Done),
                _ => return Err(format!("{}:{number}: {line:?}", file.display())),
            };
        }
        Ok(Self(states))
    }

    /// Nothing, and a sentence, where the file can't be understood.
    pub fn read_or_complain() -> Self {
        Self::read().unwrap_or_else(|wrong| {
            let sentence = text("your progress can't be read", "无法读取学习进度");
            complain(format_args!("{sentence}{}{wrong}", text(": ", "：")));
            Self::default()
        })
    }

    pub fn of(&self, lesson: &str) -> State {
        self.0.get(lesson).copied().unwrap_or(State::NotSeen)
    }
}

/// Writes down that a lesson was seen or is done; where it can't, a sentence says so.
pub fn remember(lesson: &str, state: State) {
    if let Err(wrong) = record(lesson, state) {
        let sentence = text("your progress wasn't saved", "学习进度没有保存");
        complain(format_args!("{sentence}{}{wrong}", text(": ", "：")));
    }
}

/// A file that can't be understood is left as it is.
fn record(lesson: &str, state: State) -> Result<(), String> {
    let mut progress = Progress::read()?;
    if progress.of(lesson) >= state {
        return Ok(());
    }
    progress.0.insert(lesson.into(), state);
    let mut content = HEADING.to_string();
    for (lesson, state) in progress.0 {
        content += &format!("{lesson}: {}\n", if state == State::Done { "done" } else { "seen" });
    }
    replace(&file(), &content)
}

/// Writes another file first and renames it, so that nobody finds half of one.
pub fn replace(file: &Path, content: &str) -> Result<(), String> {
    let new = file.with_added_extension(process::id().to_string());
    let written = fs::write(&new, content).and_then(|()| fs::rename(&new, file));
    written.map_err(|error| {
        let _: io::Result<()> = fs::remove_file(&new);
        format!("{}: {error}", file.display())
    })
}
