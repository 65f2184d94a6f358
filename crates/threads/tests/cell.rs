//! The lesson through its real binary.

#![cfg(not(miri))] // it starts no processes
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::process::{Command, Output, Stdio};

fn threads(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_threads")).args(args).output().unwrap()
}

fn stdout(args: &[&str]) -> String {
    let output = threads(args);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn expected(count: u32) -> String {
    let ticks: String = (1..=count).map(|n| format!("thread LoopThread >> {n}\n")).collect();
    format!(
        "thread MainThread is running ...\nthread LoopThread is running ...\n{ticks}\
         thread LoopThread ended!\nthread MainThread ended!\n"
    )
}

#[test]
fn count_and_pause_are_flags() {
    for count in [0, 1, 100] {
        assert_eq!(stdout(&["--count", &count.to_string(), "--pause", "0"]), expected(count));
    }
}

#[test]
fn help_is_one_screen() {
    let help = stdout(&["--help"]);
    assert!(help.starts_with("Lesson 5, ") && help == stdout(&["-h"]), "{help}");
    assert!(help.lines().count() <= 24 && help.lines().all(|line| line.len() <= 100), "{help}");
}

#[test]
fn wrong_usage_is_a_sentence_and_exit_code_2() {
    let wrong = [&["--nope"][..], &["--count"], &["--count=-1"], &["--pause", "NaN"], &["stray"]];
    for args in wrong.into_iter().chain([&["--pause", "1e300"][..], &["--pause=-1"]]) {
        let output = threads(args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("threads: "));
    }
}

#[test]
fn an_error_names_the_flag_and_the_way_out() {
    for (args, message) in [
        (&["--cuont", "3"][..], "invalid option '--cuont': did you mean --count?"),
        (&["--co", "3"], "invalid option '--co': did you mean --count?"),
        (&["-pause", "3"], "invalid option '-p': did you mean --pause?"),
        (&["--count", "five"], "--count five: invalid digit found in string"),
        (&["--pause", "soon"], "--pause soon: give seconds, 0 or more, such as 0.5"),
        (&["--cores"], "--cores is an example now: cargo run -p threads --example cores"),
    ] {
        let expected = format!("threads: {message}\nTry: cargo run -p threads -- --help\n");
        assert_eq!(String::from_utf8(threads(args).stderr).unwrap(), expected);
    }
}

#[test]
fn closed_stdout_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_threads"));
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
