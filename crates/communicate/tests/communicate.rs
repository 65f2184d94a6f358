//! The library, on real programs and full pipes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::process::Command;
use std::time::Duration;

use communicate::{Error, Output, communicate, communicate_merged, communicate_timeout};

// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

/// The lesson's own copying child: a `cat` for every system.
fn copy() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_communicate"));
    command.arg("--copy");
    command
}

#[cfg(unix)]
fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn any_amount_in_both_directions_at_once() {
    let input: Vec<u8> = (0..256 << 20).map(|n: u32| (n % 251) as u8).collect();
    let output = communicate(&mut copy(), &input).unwrap();
    assert!(output.stdout == input && output.stderr.is_empty() && output.returncode == 0);
    let output = communicate_timeout(&mut copy(), &input, NET).unwrap();
    assert!(output.stdout == input);
    let output = communicate_merged(&mut copy(), &input).unwrap();
    assert!(output.stdout == input);
}

#[test]
fn empty_input_closes_stdin() {
    for output in [
        communicate(&mut copy(), b"").unwrap(),
        communicate_timeout(&mut copy(), b"", Duration::MAX).unwrap(),
        communicate_merged(&mut copy(), b"").unwrap(),
    ] {
        assert_eq!(output, Output::default());
    }
}

#[test]
fn a_command_can_be_run_again() {
    let mut command = copy();
    for run in [communicate, communicate_merged, communicate] {
        assert_eq!(run(&mut command, b"again").unwrap().stdout, b"again");
    }
}

#[test]
fn a_missing_command_is_an_error_with_its_name() {
    let error = communicate(&mut Command::new("no-such-command"), b"").unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    assert!(error.to_string().starts_with("no-such-command: "), "{error}");
    assert_eq!(error.exit_code(), 127);
}

// The rest needs a shell to play the difficult child.

#[cfg(unix)]
#[test]
fn a_child_that_floods_stderr_before_it_reads() {
    let mut child = sh("head -c 10000000 /dev/zero >&2; cat");
    let input = vec![b'x'; 10_000_000];
    let output = communicate(&mut child, &input).unwrap();
    assert!(output.stdout == input && output.stderr.len() == 10_000_000);
}

#[cfg(unix)]
#[test]
fn a_child_that_never_reads_or_stops_reading_is_no_error() {
    let input = vec![b'x'; 10_000_000];
    for script in ["exit 3", "head -c 1 >/dev/null; exit 3", "exec <&-; exit 3"] {
        assert_eq!(communicate(&mut sh(script), &input).unwrap().returncode, 3, "{script}");
        let output = communicate_timeout(&mut sh(script), &input, NET).unwrap();
        assert_eq!(output.returncode, 3, "{script}");
        assert_eq!(communicate_merged(&mut sh(script), &input).unwrap().returncode, 3, "{script}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_is_minus_its_number() {
    assert_eq!(communicate(&mut sh("kill -9 $$"), b"").unwrap().returncode, -9);
}

#[cfg(unix)]
#[test]
fn merged_output_is_in_the_order_written() {
    let script = "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done";
    let output = communicate_merged(&mut sh(script), b"").unwrap();
    let expected: String = (1..10).map(|i| format!("out {i}\nerr {i}\n")).collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[cfg(unix)]
#[test]
fn a_timeout_ends_the_child_and_keeps_what_came() {
    let mut child = sh("trap '' TERM; echo out; echo err >&2; exec sleep 1000");
    match communicate_timeout(&mut child, b"", Duration::from_millis(500)) {
        Err(Error::TimedOut { output, .. }) => {
            assert_eq!(output.stdout, b"out\n");
            assert_eq!(output.stderr, b"err\n");
            assert_eq!(output.returncode, -9);
        }
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
#[test]
fn a_grandchild_that_holds_the_pipe_does_not_hold_the_timeout() {
    let start = std::time::Instant::now();
    // The grandchild writes its id, so that it can be ended here.
    let mut child = sh("sleep 1000 & echo $!; exit 0");
    match communicate_timeout(&mut child, b"", Duration::from_millis(500)) {
        Err(Error::TimedOut { output, .. }) => {
            let id = String::from_utf8(output.stdout).unwrap();
            assert!(sh(&format!("kill -9 {id}")).status().unwrap().success());
            assert_eq!(output.returncode, 0, "the child itself had ended");
        }
        other => panic!("{other:?}"),
    }
    assert!(start.elapsed() < NET);
}
