//! The lesson through its real binary.

#![cfg(not(miri))] // it starts no processes
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::process::{Command, Output, Stdio};

fn thread_local(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_thread-local")).args(args).output().unwrap()
}

/// The lines, sorted: which thread prints first is not fixed.
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
fn each_name_is_a_thread() {
    let names: Vec<_> = ('a'..='z').map(|letter| format!("--name={letter}")).collect();
    let args: Vec<_> = names.iter().map(String::as_str).collect();
    let expected: Vec<_> = ('a'..='z')
        .map(|letter| format!("Hello {letter} in Thread-{}", letter.to_ascii_uppercase()))
        .collect();
    assert_eq!(lines(&args), expected);
}

#[test]
fn a_name_is_any_text() {
    assert_eq!(lines(&["--name", "\u{fffd}"]), ["Hello \u{fffd} in Thread-A"]);
    #[cfg(unix)] // where an argument may be no text
    {
        use std::os::unix::ffi::OsStrExt;
        let mut lesson = Command::new(env!("CARGO_BIN_EXE_thread-local"));
        lesson.arg("--name").arg(std::ffi::OsStr::from_bytes(b"\xff"));
        let output = lesson.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("--name needs a value, and \"\\xFF\" can't be one"), "{message}");
    }
}

#[test]
fn help_is_one_screen() {
    let help = lines(&["--help"]);
    assert!(help.len() <= 24 && help == lines(&["-h"]), "{help:?}");
    assert!(help.iter().any(|line| line.starts_with("Lesson 7, ")), "{help:?}");
}

#[test]
fn wrong_usage_is_a_sentence_and_exit_code_2() {
    let too_many = ["--name=Alice"; 27];
    for args in [&["--nope"][..], &["stray"], &["--name"], &too_many] {
        let output = thread_local(args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("thread-local: "));
    }
}

#[test]
fn an_error_names_the_flag_and_the_way_out() {
    for (args, message) in [
        (&["--nme", "Carol"][..], "invalid option '--nme': did you mean --name?"),
        (&["-name", "Carol"], "invalid option '-n': did you mean --name?"),
        (
            &["--connection"],
            "--connection is an example now: cargo run -p thread-local --example sqlite",
        ),
        (&["--roles"], "--roles is an example now: cargo run -p thread-local --example roles"),
        (&["--request"], "--request is an example now: cargo run -p thread-local --example http"),
    ] {
        let expected =
            format!("thread-local: {message}\nTry: cargo run -p thread-local -- --help\n");
        assert_eq!(String::from_utf8(thread_local(args).stderr).unwrap(), expected);
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
