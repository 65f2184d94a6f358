//! The texts in two languages: the same parts and commands in both, Chinese that reads as Chinese, and
//! no more than one can read in a quarter of an hour.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::fs;

use tests::{Document, LESSONS, root};

mod chinese;
mod parts;
mod sections;
mod time;

fn read(folder: &str, name: &str) -> Result<Document, String> {
    let file = root().join(folder).join(name);
    let text = fs::read_to_string(&file);
    text.map(|text| Document::new(&text)).map_err(|error| format!("{}: {error}", file.display()))
}

/// What is wrong with the two texts of a folder.
fn wrong(folder: &str) -> Vec<String> {
    let [english, chinese] = match ["README.md", "README.zh.md"].map(|name| read(folder, name)) {
        [Ok(english), Ok(chinese)] => [english, chinese],
        [english, chinese] => {
            return [english.err(), chinese.err()].into_iter().flatten().collect();
        }
    };
    let has_both = |path: &str| {
        let there = root().join(folder).join(path);
        there.is_file() && there.with_file_name("README.zh.md").is_file()
    };
    let mut wrong = parts::differences(&english, &chinese, &has_both);
    wrong.extend(
        chinese::wrong(&chinese).into_iter().map(|problem| format!("README.zh.md: {problem}")),
    );
    wrong.extend(time::too_long(&english, &chinese));
    let lesson = folder.strip_prefix("crates/");
    if let Some(lesson) = lesson.filter(|name| LESSONS.contains(name)) {
        wrong.extend(sections::wrong(lesson, &english, &chinese));
    }
    wrong.iter().map(|problem| format!("{folder}: {problem}")).collect()
}

#[test]
fn the_top() {
    let wrong = wrong(".");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn task_utils() {
    let wrong = wrong("crates/task-utils");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_lesson() {
    let wrong: Vec<_> = LESSONS.iter().flat_map(|name| wrong(&format!("crates/{name}"))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
