//! A program that waits for the end of its stdin, which is held open here.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, panic};

use libtest_mimic::{Failed, Trial};
use subprocess_call::{Error, call_timeout};

use crate::NET;

pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("call_timeout_ends_and_reaps_the_child", call_timeout_ends_and_reaps_the_child),
        ("a_timeout_of_any_length_will_do", a_timeout_of_any_length_will_do),
        ("a_timeout_is_exit_code_124", a_timeout_is_exit_code_124),
        #[cfg(unix)] // Windows has no signals
        ("a_timeout_ends_a_child_that_ignores_sigterm", a_child_that_ignores_sigterm),
    ];
    let trial = |&(name, run): &(&str, fn())| {
        Trial::test(name, move || panic::catch_unwind(run).map_err(|_| Failed::without_message()))
    };
    tests.iter().map(trial).collect()
}

fn waits() -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg("waits");
    command
}

/// Ends it, and sees by the end of its stdout that it is gone.
fn is_ended(mut command: Command) {
    let (mut reader, writer) = io::pipe().unwrap();
    let start = Instant::now();
    let timed_out = call_timeout(command.stdout(writer), Duration::from_millis(50));
    assert!(matches!(timed_out, Err(Error::TimedOut { .. })), "{timed_out:?}");
    drop(command);
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 0);
    assert!(start.elapsed() < NET, "it was not ended");
}

fn call_timeout_ends_and_reaps_the_child() {
    let (reader, writer) = io::pipe().unwrap();
    let mut command = waits();
    command.stdin(reader);
    is_ended(command);
    drop(writer);
}

fn a_timeout_of_any_length_will_do() {
    assert_eq!(call_timeout(waits().stdin(Stdio::null()), Duration::MAX).unwrap(), 0);
}

fn a_timeout_is_exit_code_124() {
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_subprocess-call"));
    lesson.args(["--timeout", "0.05"]).arg(env::current_exe().unwrap()).arg("waits");
    lesson.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut lesson = lesson.spawn().unwrap();
    let stdin = lesson.stdin.take();
    let output = lesson.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(output.status.code(), Some(124), "{output:?}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("was ended"));
}

#[cfg(unix)]
fn a_child_that_ignores_sigterm() {
    let mut child = Command::new("sh");
    child.args(["-c", "trap '' TERM; exec sleep 100"]);
    is_ended(child);
}
