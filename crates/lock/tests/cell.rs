//! The lesson through its real binary.

#![cfg(not(miri))] // it starts no processes
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::process::{Command, Output, Stdio};

fn lock(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lock")).args(args).output().unwrap()
}

fn stdout(args: &[&str]) -> String {
    let output = lock(args);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn default_run_prints_what_the_notebook_recorded() {
    assert_eq!(stdout(&[]), "0\n");
}

#[test]
fn amounts_and_rounds_are_flags() {
    let args = ["--amount", "7", "--amount=-9", "--amount", "9223372036854775807"];
    assert_eq!(stdout(&[&args[..], &["--rounds", "10000"]].concat()), "0\n");
    assert_eq!(stdout(&[&["--amount=1"; 1000][..], &["--rounds=1"]].concat()), "0\n");
}

#[test]
fn help_is_one_screen() {
    let help = stdout(&["--help"]);
    assert!(help.starts_with("Lesson 6, ") && help == stdout(&["-h"]), "{help}");
    assert!(help.lines().count() <= 24 && help.lines().all(|line| line.len() <= 100), "{help}");
}

#[test]
fn wrong_usage_is_a_sentence_and_exit_code_2() {
    for args in [&["--nope"][..], &["--rounds"], &["--rounds", "many"], &["stray"]] {
        let output = lock(args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("lock: "));
    }
}

#[test]
fn an_error_names_the_flag_and_the_way_out() {
    for (args, message) in [
        (&["--amout", "3"][..], "invalid option '--amout': did you mean --amount?"),
        (&["--rou"], "invalid option '--rou': did you mean --rounds?"),
        (&["-rounds", "3"], "invalid option '-r': did you mean --rounds?"),
        (&["rounds"], "unexpected argument \"rounds\""),
        (&["--rounds", "-1"], "--rounds -1: invalid digit found in string"),
        (&["--rounds", "\u{fffd}"], "--rounds \u{fffd}: invalid digit found in string"),
        (&["--rounds", "--amount"], "--rounds needs a value, and \"--amount\" can't be one"),
        (&["--ab"], "invalid option '--ab'"), // near to the `--` of an example in the help
        (&["--race"], "--race is an example now: cargo run -p lock --example lost-update"),
        (&["--deadlock"], "--deadlock is an example now: cargo run -p lock --example lock-order"),
        (
            &["--cure"],
            "--cure is an example now: cargo run -p lock --example lock-order -- --fixed",
        ),
    ] {
        let expected = format!("lock: {message}\nTry: cargo run -p lock -- --help\n");
        assert_eq!(String::from_utf8(lock(args).stderr).unwrap(), expected);
    }
}

#[test]
fn closed_stdout_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lock"));
    let output = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
