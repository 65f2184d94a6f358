//! The texts in two languages: the same parts and commands in both, Chinese that reads as Chinese, and
//! no more than one can read in a quarter of an hour.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::fs;

use tests::{Document, root};

mod chinese;
mod parts;
mod sections;
mod time;

fn read(folder: &str, name: &str) -> Document {
    let file = root().join(folder).join(name);
    let told = |error| panic!("{}: {error}", file.display());
    Document::new(&fs::read_to_string(&file).unwrap_or_else(told))
}

fn check(folder: &str) {
    let (english, chinese) = (read(folder, "README.md"), read(folder, "README.zh.md"));
    let has_both = |path: &str| {
        let there = root().join(folder).join(path);
        there.is_file() && there.with_file_name("README.zh.md").is_file()
    };
    let mut wrong = parts::differences(&english, &chinese, &has_both);
    wrong.extend(chinese::wrong(&chinese).into_iter().map(|told| format!("README.zh.md: {told}")));
    wrong.extend(time::too_long(&english, &chinese));
    if let Some(lesson) = folder.strip_prefix("crates/") {
        wrong.extend(sections::wrong(lesson, &english, &chinese));
    }
    assert!(wrong.is_empty(), "in {folder:?}\n{}", wrong.join("\n"));
}

#[test]
fn top() {
    check("");
}

#[test]
fn pool() {
    check("crates/pool");
}

#[test]
fn subprocess_call() {
    check("crates/subprocess-call");
}

#[test]
fn communicate() {
    check("crates/communicate");
}

#[test]
fn ipc_queue() {
    check("crates/ipc-queue");
}

#[test]
fn threads() {
    check("crates/threads");
}

#[test]
fn lock() {
    check("crates/lock");
}

#[test]
fn thread_local() {
    check("crates/thread-local");
}
