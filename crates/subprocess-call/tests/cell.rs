//! The lesson through its real binary, and the library on real programs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use subprocess_call::{Error, call, call_timeout, check_call};

const MYSELF: &str = env!("CARGO_BIN_EXE_subprocess-call");

fn lesson(args: &[&str]) -> Output {
    Command::new(MYSELF).args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const RECORDED: &str = "\
$ nslookup www.python.org
Server:\t\t116.228.111.118
Address:\t116.228.111.118#53

Non-authoritative answer:
www.python.org\tcanonical name = dualstack.python.map.fastly.net.
Name:\tdualstack.python.map.fastly.net
Address: 151.101.76.223

Exit code:0
";

#[test]
fn without_nslookup_a_stand_in_prints_what_the_notebook_recorded() {
    // An empty PATH: no nslookup is found, wherever this runs.
    let output = Command::new(MYSELF).env("PATH", "").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stdout), RECORDED);
    let note = text(&output.stderr);
    assert!(note.contains("bind9-dnsutils") && note.lines().count() == 1, "{note}");
}

#[test]
fn any_command_has_the_real_stdin_and_stdout() {
    let output = lesson(&["--", MYSELF, "--help"]);
    let told = text(&output.stdout);
    assert!(told.starts_with("$ ") && told.contains("Lesson 2,"), "{told}");
    assert!(told.ends_with("Exit code:0\n"), "{told}");

    let mut child = Command::new(MYSELF);
    child.args(["--timeout", "60", "rustc", "-", "--print", "sysroot"]);
    let output = child.stdin(Stdio::null()).output().unwrap();
    assert!(text(&output.stdout).ends_with("Exit code:0\n"), "{output:?}");
}

#[test]
fn the_lesson_answers_0_whatever_the_program_answered() {
    let output = lesson(&[MYSELF, "--nope"]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).ends_with("Exit code:2\n"), "{output:?}");
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
        assert!(told.starts_with(&format!("subprocess-call: {name}: ")), "{told}");
        assert!(told.ends_with(&format!("; {way_out}\n")) && told.lines().count() == 1, "{told}");
    }
}

#[test]
fn a_nul_or_too_many_arguments_are_errors_with_a_way_out() {
    let mut nul = Command::new(MYSELF);
    let mut many = Command::new(MYSELF);
    for (command, way_out) in [
        (nul.arg("a\0b"), "leave out what"),
        (many.args(vec!["x".repeat(100_000); 100]), "make it shorter"),
    ] {
        let forever = |command: &mut Command| call_timeout(command, Duration::MAX);
        for error in [call(command).unwrap_err(), forever(command).unwrap_err()] {
            assert!(matches!(error, Error::NotExecutable { .. }), "{error}");
            let told = error.to_string();
            assert!(told.starts_with(MYSELF) && told.lines().count() == 1, "{told}");
            assert!(told.contains(way_out), "{told}");
            assert_eq!(error.exit_code(), 126);
        }
    }
}

#[test]
fn a_timeout_of_any_length_will_do() {
    let mut command = Command::new("rustc");
    command.arg("--version").stdout(Stdio::null());
    assert_eq!(call_timeout(&mut command, Duration::MAX).unwrap(), 0);
}

#[test]
fn check_call_wants_0() {
    check_call(Command::new("rustc").arg("--version").stdout(Stdio::null())).unwrap();
    let failed = check_call(Command::new(MYSELF).arg("--nope").stderr(Stdio::null()));
    assert!(matches!(failed, Err(Error::Failed { code: 2, .. })), "{failed:?}");
    assert!(matches!(check_call(&mut Command::new("no-such")), Err(Error::NotFound { .. })));
}

#[test]
fn call_timeout_ends_and_reaps_the_child() {
    // It waits for the end of its stdin, which this test holds open.
    let (_reader, writer) = std::io::pipe().unwrap();
    let mut command = Command::new("rustc");
    command.arg("-").stdin(_reader.try_clone().unwrap());
    let timed_out = call_timeout(&mut command, Duration::from_millis(50));
    assert!(matches!(timed_out, Err(Error::TimedOut { .. })), "{timed_out:?}");
    drop(writer);
}

#[test]
fn a_timeout_is_exit_code_124() {
    let mut command = Command::new(MYSELF);
    command.args(["--timeout", "0.05", "rustc", "-"]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(output.status.code(), Some(124), "{output:?}");
    assert!(text(&output.stderr).contains("was ended"), "{output:?}");
}

// Signals exist on Unix only.
#[cfg(unix)]
#[test]
fn a_timeout_ends_a_child_that_ignores_sigterm() {
    // Its stdout ends with it.
    let (reader, writer) = std::io::pipe().unwrap();
    let mut child = Command::new("sh");
    child.args(["-c", "trap '' TERM; exec sleep 100"]).stdout(writer);
    let start = std::time::Instant::now();
    let timed_out = call_timeout(&mut child, Duration::from_millis(50));
    assert!(matches!(timed_out, Err(Error::TimedOut { .. })), "{timed_out:?}");
    drop(child);
    assert_eq!(std::io::read_to_string(reader).unwrap(), "");
    assert!(start.elapsed() < Duration::from_secs(60), "a net: it was not ended");
}

#[cfg(unix)]
#[test]
fn a_signal_is_minus_its_number_and_said_so() {
    let output = lesson(&["sh", "-c", "kill -9 $$"]);
    assert_eq!(text(&output.stdout), "$ sh -c 'kill -9 $$'\nExit code:-9\n");
    assert!(text(&output.stderr).contains("SIGKILL"), "{output:?}");
    assert!(output.status.success());
    let failed = check_call(Command::new("sh").args(["-c", "kill -9 $$"])).unwrap_err();
    assert_eq!(failed.to_string(), "sh: ended with exit code -9, by signal: 9 (SIGKILL)");
}

#[test]
fn help_is_one_screen() {
    let help = text(&lesson(&["--help"]).stdout);
    assert!(help.lines().count() <= 24 && help.lines().all(|line| line.len() <= 101), "{help}");
}

#[test]
fn wrong_usage_is_a_sentence_and_exit_code_2() {
    for args in [&["--nope"][..], &["--timeout"], &["--timeout", "soon"], &["--timeout=-1"]] {
        let output = lesson(args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert!(text(&output.stderr).starts_with("subprocess-call: "));
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
