//! The options of `run`, and what a timeout ends.

use std::io::{ErrorKind, Read};
use std::net::TcpListener;
use std::time::Duration;

use communicate::{Error, Options, Output, communicate_timeout, run};

use crate::children::child;
use crate::{KILLED, NET};

pub const TESTS: [(&str, fn()); 5] = [
    ("a_timeout_ends_what_the_program_has_started", a_timeout_ends_the_tree),
    ("more_output_than_is_kept_ends_the_program", more_output_than_is_kept),
    ("as_much_output_as_is_kept_is_no_error", as_much_output_as_is_kept),
    ("check_makes_an_exit_code_an_error_with_the_output", check_makes_an_error),
    ("a_group_is_no_difference_to_a_program_that_ends", a_group_is_no_difference),
];

fn a_timeout_ends_the_tree() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let steps = format!("start {}; wait", listener.local_addr().unwrap());
    let mut timeout = Duration::from_millis(200);
    let mut grandchild = loop {
        let late = communicate_timeout(&mut child(&steps), b"", timeout);
        assert!(matches!(late, Err(Error::TimedOut { .. })), "{late:?}");
        match listener.accept() {
            Ok((grandchild, _)) => break grandchild,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock), // ended before it had one
        }
        assert!(timeout < NET, "it starts nobody");
        timeout *= 2;
    };
    grandchild.set_nonblocking(false).unwrap();
    grandchild.set_read_timeout(Some(NET)).unwrap();
    // Its end closes the connection, or resets it.
    match grandchild.read(&mut [0]) {
        Ok(0) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        alive => panic!("it is still there: {alive:?}"),
    }
}

fn too_much(steps: &str, max: usize, merged: bool) -> Output {
    let options = Options { max_output: Some(max), merged, ..Options::default() };
    match run(&mut child(steps), &options) {
        Err(Error::TooMuchOutput { output, .. }) => output,
        other => panic!("{other:?}"),
    }
}

fn more_output_than_is_kept() {
    for merged in [false, true] {
        let output = too_much("flood", 5_000_001, merged);
        assert_eq!(output.stdout.len(), 5_000_001); // it was ended, or its pipe broke
        assert!(output.stdout.starts_with(b"y\ny\n"));
    }
    let output = too_much("flood both; wait", 5_000_000, false);
    assert_eq!(output.stdout.len() + output.stderr.len(), 5_000_000);
    assert_eq!(
        too_much("say out; wait", 0, false),
        Output { returncode: KILLED, ..Output::default() }
    );
}

fn as_much_output_as_is_kept() {
    let options = Options { max_output: Some(8), ..Options::default() };
    let output = run(&mut child("say out; complain err"), &options).unwrap();
    assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
}

fn check_makes_an_error() {
    let options = Options { check: true, ..Options::default() };
    assert_eq!(run(&mut child("say out"), &options).unwrap().stdout, b"out\n");
    let failed = run(&mut child("say out; exit 5"), &options);
    let Err(Error::Failed { code: 5, output, .. }) = failed else { panic!("{failed:?}") };
    assert_eq!((&output.stdout[..], output.returncode), (&b"out\n"[..], 5));
}

fn a_group_is_no_difference() {
    let options = Options { input: b"in", group: true, ..Options::default() };
    assert_eq!(run(&mut child("copy"), &options).unwrap().stdout, b"in");
    let code = run(&mut child("exit 5"), &options).unwrap().returncode;
    assert_eq!(code, 5);
}
