//! Each exercise as it stands falls short with a hint, and each solution passes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::process::{Command, Stdio};

use tempfile::TempDir;
use tests::binary;

/// What `cargo lessons check` prints, and its exit code; it must say nothing on stderr.
fn check(args: &[&str]) -> (String, Option<i32>) {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(binary("lessons").unwrap());
    command.arg("check").args(args).stdin(Stdio::null());
    command.env("LESSONS_PROGRESS", folder.path().join("progress")).env("LC_ALL", "C");
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

fn falls_short_and_can_be_solved(lesson: &str) {
    let (told, code) = check(&[lesson]);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!((lines.len(), code), (3, Some(1)), "{told}");
    assert!(lines[0].starts_with("falls short: ") && lines[1].starts_with("hint: "), "{told}");
    let edit =
        format!("edit crates/{lesson}/examples/exercise.rs, then: cargo lessons check {lesson}");
    assert_eq!(lines[2], edit);
    assert_eq!(check(&[lesson]).0, told, "the READMEs announce it");

    let (told, code) = check(&[lesson, "--solution"]);
    assert!(told.starts_with("passed: ") && told.lines().count() == 1, "{told}");
    assert_eq!(code, Some(0));
}

#[test]
fn pool() {
    falls_short_and_can_be_solved("pool");
}

#[test]
fn subprocess_call() {
    falls_short_and_can_be_solved("subprocess-call");
}

#[test]
fn communicate() {
    falls_short_and_can_be_solved("communicate");
}

#[test]
fn ipc_queue() {
    falls_short_and_can_be_solved("ipc-queue");
}

#[test]
fn threads() {
    falls_short_and_can_be_solved("threads");
}

#[test]
fn lock() {
    falls_short_and_can_be_solved("lock");
}

#[test]
fn thread_local() {
    falls_short_and_can_be_solved("thread-local");
}

#[test]
fn all_of_them_in_a_line_each() {
    let (told, code) = check(&["--solution"]);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!((lines.len(), code), (tests::LESSONS.len(), Some(0)), "{told}");
    for (line, lesson) in lines.iter().zip(tests::LESSONS) {
        assert!(line.contains(lesson) && line.ends_with(" passed"), "{told}");
    }
}
