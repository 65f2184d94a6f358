//! The lesson through its real binary, which also plays the programs to talk to.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::path::Path;
use std::process::{Command, Output, Stdio};

const MYSELF: &str = env!("CARGO_BIN_EXE_communicate");

fn lesson(args: &[&str]) -> Output {
    Command::new(MYSELF).args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const RECORDED: &str = "\
$ nslookup
Server:\t\t116.228.111.118
Address:\t116.228.111.118#53

Non-authoritative answer:
python.org\tmail exchanger = 50 mail.python.org.

Authoritative answers can be found from:


Exit code:0
";

#[test]
fn without_nslookup_a_stand_in_prints_what_the_notebook_recorded() {
    if cfg!(windows) && Path::new(r"C:\Windows\System32\nslookup.exe").exists() {
        // It is found whatever PATH says, so the stand-in is asked itself.
        let played = text(&lesson(&["--stand-in-for-nslookup"]).stdout);
        assert!(!played.is_empty() && RECORDED.contains(played.trim_end()), "{played}");
        return;
    }
    let output = Command::new(MYSELF).env("PATH", "").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stdout), RECORDED);
    let note = text(&output.stderr);
    assert!(note.contains("bind9-dnsutils") && note.lines().count() == 1, "{note}");
}

#[test]
fn any_command_and_input() {
    let output = lesson(&["--input", "进程\n", "--timeout", "60", "--", MYSELF, "--copy"]);
    assert!(text(&output.stdout).ends_with(" --copy\n进程\n\nExit code:0\n"), "{output:?}");
}

#[test]
fn bytes_are_as_the_program_wrote_them_and_the_lesson_shows_lines() {
    let mut copy = Command::new(MYSELF);
    let output = communicate::communicate(copy.arg("--copy"), b"a\r\nb\nc\r\n\x1a").unwrap();
    assert_eq!(output.stdout, b"a\r\nb\nc\r\n\x1a");
    let shown = lesson(&["--input", "a\r\nb\n", "--", MYSELF, "--copy"]);
    assert!(text(&shown.stdout).ends_with(" --copy\na\nb\n\nExit code:0\n"), "{shown:?}");
}

#[test]
fn the_deadlock_is_told_and_communicate_has_none() {
    let told = text(&lesson(&["--deadlock"]).stdout);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[0], "the parent writes 1048576 bytes, then it will read");
    assert!(lines[1].starts_with("deadlock, ended after 2s: "), "{told}");
    assert_eq!(lines[2], "with communicate: 1048576 bytes there and back");
    assert_eq!(lines.len(), 3, "{told}");
}

#[test]
fn a_bad_command_is_one_sentence_with_its_name_and_the_shells_exit_code() {
    // This source can be read and not executed, by root neither.
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    let missing = "check its name, or give its path";
    let barred = "is it a program, and may you run it?";
    for (command, code, way_out) in [
        ("no-such-command", 127, missing),
        ("", 127, missing),
        (env!("CARGO_MANIFEST_DIR"), 126, barred),
        (source, 126, barred),
    ] {
        let output = lesson(&["--", command]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let told = text(&output.stderr);
        let name = if command.is_empty() { "\"\"" } else { command };
        assert!(told.starts_with(&format!("communicate: {name}: ")), "{told}");
        assert!(told.ends_with(&format!("; {way_out}\n")) && told.lines().count() == 1, "{told}");
    }
}

#[test]
fn the_lesson_answers_0_whatever_the_program_answered() {
    assert_eq!(lesson(&[MYSELF, "--nope"]).status.code(), Some(0));
}

// Signals exist on Unix only.
#[cfg(unix)]
#[test]
fn a_signal_is_minus_its_number_and_said_so() {
    let output = lesson(&["sh", "-c", "kill -9 $$"]);
    assert!(text(&output.stdout).ends_with("Exit code:-9\n"), "{output:?}");
    assert_eq!(text(&output.stderr).matches("SIGKILL").count(), 1, "{output:?}");
    assert!(output.status.success());
}

#[test]
fn help_is_one_screen() {
    let help = text(&lesson(&["--help"]).stdout);
    assert!(help.lines().count() <= 24 && help.lines().all(|line| line.len() <= 100), "{help}");
}

#[test]
fn wrong_usage_is_a_sentence_and_exit_code_2() {
    for args in [&["--nope"][..], &["--timeout"], &["--timeout", "soon"], &["--timeout=-1"]] {
        let output = lesson(args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert!(text(&output.stderr).starts_with("communicate: "));
    }
}

#[test]
fn closed_stdout_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = Command::new(MYSELF).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
