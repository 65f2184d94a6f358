//! The lesson through its real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

#[cfg(unix)]
use std::fs;
#[cfg(unix)]
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
fn without_nslookup_a_simulated_program_prints_what_the_notebook_recorded() {
    let output = Command::new(MYSELF).env("PATH", "").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stdout), RECORDED);
    let note = text(&output.stderr);
    assert!(note.contains("bind9-dnsutils") && note.lines().count() == 1, "{note}");
}

#[test]
fn the_simulated_program_knows_one_mail_exchanger() {
    let input = "python.org\nset q=mx\npython.com\npython.org\nexit\npython.org\n";
    let output = Command::new(MYSELF).args(["--input", input]).env("PATH", "").output().unwrap();
    let expected = RECORDED.replace(
        "$ nslookup\n",
        "$ nslookup\n\
         ** the simulated program doesn't know python.org\n\
         ** the simulated program doesn't know python.com\n",
    );
    assert_eq!(text(&output.stdout), expected);
}

// Windows finds its own, whatever PATH says.
#[cfg(unix)]
#[test]
fn an_nslookup_that_is_there_is_not_simulated() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nslookup of communicate");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("nslookup"), "").unwrap(); // which can't be executed
    let output = Command::new(MYSELF).env("PATH", folder).output().unwrap();
    assert_eq!(output.status.code(), Some(126), "{output:?}");
    let message = text(&output.stderr);
    assert!(message.starts_with("communicate: nslookup: can't be executed: "), "{message}");
}

#[test]
fn an_old_flag_is_told_its_example() {
    let output = lesson(&["--deadlock"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let message = text(&output.stderr);
    assert!(message.contains("cargo run -p communicate --example pipe-deadlock\n"), "{message}");
}

#[test]
fn a_near_miss_names_the_flag() {
    for (typed, quoted) in [("--timeot", "--timeot"), ("--time", "--time"), ("-timeout", "-t")] {
        let message = text(&lesson(&[typed, "5"]).stderr);
        let meant = format!("communicate: invalid option '{quoted}': did you mean --timeout?\n");
        assert!(message.starts_with(&meant), "{message}");
    }
}

#[test]
fn a_bad_command_is_one_sentence_with_its_name_and_the_shells_exit_code() {
    // This source can be read and not executed, by root neither.
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    let missing = "check its name, or give its path";
    let folder = "it is a folder; name a program in it";
    let barred = "you may not execute it, or not its interpreter; see chmod +x";
    let barred = if cfg!(windows) { "whose first line begins with #!" } else { barred };
    for (command, code, way_out) in [
        ("no-such-command", 127, missing),
        ("", 127, missing),
        (env!("CARGO_MANIFEST_DIR"), 126, folder),
        (source, 126, barred),
    ] {
        let output = lesson(&["--", command]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let message = text(&output.stderr);
        let name = if command.is_empty() { "\"\"" } else { command };
        assert!(message.starts_with(&format!("communicate: {name}: ")), "{message}");
        assert!(
            message.ends_with(&format!("{way_out}\n")) && message.lines().count() == 1,
            "{message}"
        );
    }
}

#[test]
fn the_lesson_returns_0_whatever_the_programs_exit_code() {
    let output = lesson(&[MYSELF, "--nope"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).ends_with("Exit code:2\n"), "{output:?}");
    assert!(text(&output.stderr).starts_with("communicate: invalid option '--nope'"), "{output:?}");
}

#[cfg(unix)] // where there is cat
#[test]
fn the_input_is_empty_unless_it_is_given() {
    assert_eq!(text(&lesson(&["cat"]).stdout), "$ cat\n\nExit code:0\n");
}

// Only Linux has an env that can ignore a signal.
#[cfg(target_os = "linux")]
#[test]
fn the_output_is_shown_even_if_the_exit_code_is_lost() {
    let mut lesson = Command::new("env");
    lesson.args(["--ignore-signal=CHLD", MYSELF, "sh", "-c", "echo out; echo err >&2"]);
    let output = lesson.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stdout).ends_with("\nout\n"), "{output:?}");
    let message = text(&output.stderr);
    assert!(
        message.starts_with("err\ncommunicate: sh: ended, but its exit code is lost"),
        "{message}"
    );
}

// Signals exist on Unix only.
#[cfg(unix)]
#[test]
fn a_signal_is_minus_its_number() {
    let output = lesson(&["sh", "-c", "kill -9 $$"]);
    assert!(text(&output.stdout).ends_with("Exit code:-9\n"), "{output:?}");
    assert!(output.status.success());
}

// As if Ctrl-C had ended it before this lesson hears of it.
#[cfg(unix)]
#[test]
fn a_program_that_sigint_ends_ends_the_lesson_silently_too() {
    // A handler becomes the default effect in what is started. Without it, a SIGINT that this test was started
    // to ignore would be ignored there, too.
    ctrlc::set_handler(|| {}).unwrap();
    let output = lesson(&["sh", "-c", "kill -2 $$"]);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(text(&output.stdout), "$ sh -c 'kill -2 $$'\n");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn help_is_one_screen() {
    let help = text(&lesson(&["--help"]).stdout);
    assert!(help.starts_with("Lesson 3, "), "{help}");
    assert_eq!(text(&lesson(&["-h"]).stdout), help);
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
    let mut lesson = Command::new(MYSELF);
    lesson.args(["--", MYSELF, "--help"]).stdout(writer).stderr(Stdio::piped());
    let child = lesson.spawn().unwrap();
    drop(lesson);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
