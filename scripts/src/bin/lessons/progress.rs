//! How far one is: a line for each lesson, in a file that a person can read and git ignores.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use scripts::root;

use crate::language::Language;
use crate::screen::complain;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    NotSeen,
    Seen,
    Done,
}

pub struct Progress(BTreeMap<String, State>);

const HEADING: &str =
    "# What `cargo lessons` remembers: each lesson that was seen, or whose exercise is done.\n";

fn file() -> PathBuf {
    env::var_os("LESSONS_PROGRESS").map_or_else(|| root().join(".lessons"), PathBuf::from)
}

impl Progress {
    fn read() -> Result<Self, String> {
        let file = file();
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text.map_err(|error| format!("{}: {error}", file.display()))?,
        };
        let lines = text.lines().enumerate().filter(|(_, line)| !is_blank(line));
        let states = lines.map(|(number, line)| {
            let state = parse(line);
            state.ok_or_else(|| format!("{}:{}: {line:?}", file.display(), number + 1))
        });
        states.collect::<Result<_, _>>().map(Self)
    }

    /// Nothing, and a sentence, where the file can't be understood.
    pub fn read_or_complain(language: Language) -> Self {
        Self::read().unwrap_or_else(|wrong| {
            complain(language.say(
                format!("can't tell how far you are: {wrong}"),
                format!("不知道你学到了哪里：{wrong}"),
            ));
            Self(BTreeMap::new())
        })
    }

    pub fn of(&self, lesson: &str) -> State {
        self.0.get(lesson).copied().unwrap_or(State::NotSeen)
    }
}

/// Writes down that a lesson was seen or is done; where it can't, a sentence says so.
pub fn remember(lesson: &str, state: State, language: Language) {
    if let Err(wrong) = record(lesson, state) {
        complain(language.say(
            format!("how far you are wasn't written down: {wrong}"),
            format!("进度没有记下来：{wrong}"),
        ));
    }
}

/// A file that can't be understood is left as it is.
fn record(lesson: &str, state: State) -> Result<(), String> {
    let Progress(mut states) = Progress::read()?;
    if states.get(lesson) >= Some(&state) {
        return Ok(());
    }
    states.insert(lesson.into(), state);
    let lines = states.iter().map(|(lesson, state)| {
        format!("{lesson}: {}\n", if *state == State::Done { "done" } else { "seen" })
    });
    let file = file();
    replace(&file, &(HEADING.to_string() + &lines.collect::<String>()))
        .map_err(|error| format!("{}: {error}", file.display()))
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

fn parse(line: &str) -> Option<(String, State)> {
    let (lesson, state) = line.split_once(':')?;
    let state = match state.trim() {
        "seen" => State::Seen,
        "done" => State::Done,
        _ => return None,
    };
    Some((lesson.trim().into(), state))
}

/// Writes another file first and renames it, so that nobody finds half of one.
pub fn replace(file: &Path, text: &str) -> io::Result<()> {
    let mut new = file.as_os_str().to_owned();
    new.push(format!(".{}", process::id()));
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, file));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}
