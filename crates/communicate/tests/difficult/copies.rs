//! A child that copies its stdin to its stdout: a `cat` for every system.

use std::env;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use communicate::{communicate, communicate_merged, communicate_timeout};

use crate::children::child;
use crate::{ALL, NET};

pub const TESTS: [(&str, fn()); 4] = [
    ("any_amount_in_both_directions_at_once", any_amount_in_both_directions),
    ("empty_input_closes_stdin", empty_input_closes_stdin),
    ("a_command_can_be_run_again", a_command_can_be_run_again),
    ("bytes_are_as_the_program_wrote_them", bytes_are_as_the_program_wrote_them),
];

fn any_amount_in_both_directions() {
    let input: Vec<u8> = (0..64 << 20).map(|n: u32| (n % 251) as u8).collect();
    let output = communicate(&mut child("copy"), &input).unwrap();
    assert!(output.stdout == input && output.stderr.is_empty() && output.returncode == 0);
    let output = communicate_timeout(&mut child("copy"), &input, NET).unwrap();
    assert!(output.stdout == input);
    let output = communicate_merged(&mut child("copy"), &input).unwrap();
    assert!(output.stdout == input);
}

fn empty_input_closes_stdin() {
    for output in [
        communicate(&mut child("copy"), b"").unwrap(),
        communicate_timeout(&mut child("copy"), b"", Duration::MAX).unwrap(),
        communicate_merged(&mut child("copy"), b"").unwrap(),
    ] {
        assert_eq!(output, communicate::Output::default());
    }
}

fn a_command_can_be_run_again() {
    let mut command = child("copy");
    for run in ALL.into_iter().chain(ALL) {
        assert_eq!(run(&mut command, b"again").unwrap().stdout, b"again");
    }
}

fn bytes_are_as_the_program_wrote_them() {
    for run in ALL {
        let output = run(&mut child("copy"), b"a\r\nb\nc\r\n\x1a").unwrap();
        assert_eq!(output.stdout, b"a\r\nb\nc\r\n\x1a");
    }
    let shown = lesson("进程\n");
    let stdout = String::from_utf8(shown.stdout.clone()).unwrap();
    assert!(stdout.ends_with(" child copy\n进程\n\nExit code:0\n"), "{shown:?}");
}

/// The lesson, which gives `input` to the copying child.
fn lesson(input: &str) -> Output {
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_communicate"));
    lesson.args(["--input", input, "--timeout", "60", "--"]);
    lesson.arg(env::current_exe().unwrap()).args(["child", "copy"]);
    lesson.stdin(Stdio::null()).output().unwrap()
}
