//! A program that waits for the end of its stdin, which is held open here.

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, io, panic, thread};

use libtest_mimic::{Failed, Trial};
use subprocess_call::{Error, call, call_timeout};

use crate::NET;

pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("call_timeout_ends_and_reaps_the_child", call_timeout_ends_and_reaps_the_child),
        ("a_timeout_of_any_length_will_do", a_timeout_of_any_length_will_do),
        ("a_timeout_ends_what_the_program_has_started", a_timeout_ends_the_tree),
        ("piped_output_that_nobody_reads_is_an_error", piped_output_is_an_error),
        ("a_timeout_is_exit_code_124", a_timeout_is_exit_code_124),
        #[cfg(unix)] // Windows has no signals
        ("a_timeout_ends_a_child_that_ignores_sigterm", a_child_that_ignores_sigterm),
    ];
    let trial =
        |&(name, run): &(&str, fn())| Trial::test(name, move || within_the_longest_time(run));
    tests.iter().map(trial).collect()
}

/// Runs a test. One that hangs fails, and the others have their results.
fn within_the_longest_time(test: fn()) -> Result<(), Failed> {
    let (sender, end) = mpsc::channel();
    thread::spawn(move || sender.send(panic::catch_unwind(test)));
    let end = end.recv_timeout(3 * NET).map_err(|_| "it hangs")?;
    end.map_err(|_| Failed::without_message())
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
    assert!(start.elapsed() < NET, "it ended by itself");
    drop(command);
    let (sender, end) = mpsc::channel();
    thread::spawn(move || sender.send(reader.read_to_end(&mut Vec::new())));
    assert_eq!(end.recv_timeout(NET).expect("it was not ended").unwrap(), 0);
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

/// Starts one that connects to this address, and waits for its own stdin.
pub fn start_another(address: &str) {
    if let Some(address) = address.strip_prefix("connect ") {
        return drop(TcpStream::connect(address).unwrap().read(&mut [0])); // until the test ends
    }
    let mut another = Command::new(env::current_exe().unwrap());
    let another =
        another.args(["starts", &format!("connect {address}")]).stdin(Stdio::null()).spawn();
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop(another);
}

fn a_timeout_ends_the_tree() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut timeout = Duration::from_millis(200);
    let mut grandchild = loop {
        let (reader, writer) = io::pipe().unwrap();
        let mut command = Command::new(env::current_exe().unwrap());
        let late = call_timeout(command.args(["starts", &address]).stdin(reader), timeout);
        assert!(matches!(late, Err(Error::TimedOut { .. })), "{late:?}");
        drop(writer);
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

fn piped_output_is_an_error() {
    for timeout in [Some(NET), None] {
        let run = |command: &mut Command| match timeout {
            Some(timeout) => call_timeout(command, timeout),
            None => call(command),
        };
        let unread = run(waits().stdin(Stdio::null()).stdout(Stdio::piped()));
        assert!(matches!(unread, Err(Error::Piped { .. })), "{unread:?}");
        let unread = run(waits().stdin(Stdio::null()).stderr(Stdio::piped()));
        assert!(matches!(unread, Err(Error::Piped { .. })), "{unread:?}");
        let unread =
            run(waits().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        assert!(matches!(unread, Err(Error::Piped { .. })), "{unread:?}");
        assert_eq!(run(waits().stdin(Stdio::piped())).unwrap(), 0); // its stdin is at its end
    }
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
