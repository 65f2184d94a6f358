//! The lesson through its real binary.

#![cfg(not(miri))] // it starts no processes
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::process::{Command, Output, Stdio};

fn thread_local(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_thread-local")).args(args).output().unwrap()
}

/// The lines, sorted: the threads' order is nobody's promise.
fn lines(args: &[&str]) -> Vec<String> {
    let output = thread_local(args);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_string).collect();
    lines.sort();
    lines
}

#[test]
fn default_run_prints_what_the_notebook_recorded() {
    assert_eq!(lines(&[]), ["Hello Alice in Thread-A", "Hello Bob in Thread-B"]);
}

#[test]
fn each_thread_keeps_its_one_connection() {
    let lines = lines(&["--connection"]);
    let number = |line: &str| line.rsplit(' ').next().unwrap().to_string();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with("Alice 1 on ") && lines[3].starts_with("Bob 2 on "), "{lines:?}");
    assert_eq!(number(&lines[0]), number(&lines[1]));
    assert_eq!(number(&lines[2]), number(&lines[3]));
    assert_ne!(number(&lines[0]), number(&lines[3]));
}

#[test]
fn each_log_line_has_its_requests_number() {
    let found = lines(&["--request"]);
    assert_eq!(found[0], "[request 3] found");
    assert_eq!(found[3], "[request 5] looking for /students");
}

#[test]
fn only_the_teacher_grades() {
    let expected = ["Alice grades Carol", "Bob may not do this: it needs the role \"teacher\""];
    assert_eq!(lines(&["--roles"]), expected);
}

#[test]
fn help_is_one_screen() {
    assert!(lines(&["--help"]).len() <= 24);
}

#[test]
fn wrong_usage_is_a_sentence_and_exit_code_2() {
    for args in [&["--nope"][..], &["stray"], &["--roles=yes"]] {
        let output = thread_local(args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("thread-local: "));
    }
}

#[test]
fn closed_stdout_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_thread-local"));
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
