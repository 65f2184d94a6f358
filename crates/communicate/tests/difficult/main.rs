//! Difficult children: they flood their pipes, never read, never end, or leave others behind that hold
//! the pipes. Each is this program, started again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, panic, thread};

use children::{FLOOD, child, run_if_child};
use communicate::{
    Error, Options, Output, communicate, communicate_merged, communicate_timeout, run,
};
use libtest_mimic::{Arguments, Failed, Trial};

mod children;
mod copies;
mod options;

/// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);
/// How a program ends that a timeout ends: by SIGKILL, by TerminateProcess.
const KILLED: i32 = if cfg!(unix) { -9 } else { 1 };

type Run = fn(&mut Command, &[u8]) -> Result<Output, Error>;
const ALL: [Run; 3] = [communicate, within_the_net, communicate_merged];

fn main() {
    run_if_child();
    let tests: &[(&str, fn())] = &[
        ("a_child_that_floods_stderr_before_it_reads", floods_stderr_before_it_reads),
        ("a_child_that_floods_both_pipes_and_never_reads", floods_both_pipes_and_never_reads),
        ("a_child_that_never_reads_or_stops_early_is_no_error", never_reads_or_stops_early),
        ("merged_output_is_in_the_order_written", merged_output_is_in_the_order_written),
        ("exit_codes_are_the_programs_own", exit_codes_are_the_programs_own),
        ("a_timeout_ends_a_child_and_keeps_what_came", a_timeout_keeps_what_came),
        ("a_timeout_ends_a_child_that_never_reads", a_timeout_ends_a_child_that_never_reads),
        ("a_timeout_ends_a_child_that_floods_without_end", a_timeout_ends_a_flood),
        ("a_timeout_is_exit_code_124_and_what_came_is_shown", the_lessons_timeout),
        ("a_grandchild_that_holds_a_pipe_does_not_hold_the_timeout", a_grandchild_and_a_timeout),
        ("without_a_timeout_a_grandchild_is_waited_for", a_grandchild_is_waited_for),
    ];
    let trial =
        |&(name, run): &(&str, fn())| Trial::test(name, move || within_the_longest_time(run));
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(8); // more than there are cores: they mostly wait for processes
    let tests = tests.iter().chain(&copies::TESTS).chain(&options::TESTS);
    libtest_mimic::run(&arguments, tests.map(trial).collect()).exit();
}

/// Runs a test. One that hangs fails, and the others have their results.
fn within_the_longest_time(test: fn()) -> Result<(), Failed> {
    let (sender, end) = mpsc::channel();
    thread::spawn(move || sender.send(panic::catch_unwind(test)));
    let end = end.recv_timeout(3 * NET).map_err(|_| "it hangs")?;
    end.map_err(|_| Failed::without_message())
}

fn within_the_net(command: &mut Command, input: &[u8]) -> Result<Output, Error> {
    communicate_timeout(command, input, NET)
}

/// What a child writes, which has to come.
fn answer(run: Run, steps: &'static str, input: &[u8]) -> Output {
    let (input, (sender, answer)) = (input.to_vec(), mpsc::channel());
    thread::spawn(move || sender.send(run(&mut child(steps), &input)));
    answer.recv_timeout(NET).expect("it hangs").unwrap()
}

fn floods_stderr_before_it_reads() {
    let input = vec![b'x'; FLOOD];
    for run in [communicate, within_the_net] {
        let output = answer(run, "flood stderr; copy", &input);
        assert!(output.stdout == input && output.stderr.len() == FLOOD);
    }
}

fn floods_both_pipes_and_never_reads() {
    let input = vec![b'x'; FLOOD];
    for run in [communicate, within_the_net] {
        let output = answer(run, "flood both", &input);
        assert_eq!((output.stdout.len(), output.stderr.len()), (FLOOD, FLOOD));
    }
    assert_eq!(answer(communicate_merged, "flood both", &input).stdout.len(), 2 * FLOOD);
}

fn never_reads_or_stops_early() {
    let input = vec![b'x'; FLOOD];
    for steps in ["exit 3", "read; exit 3", "say told; exit 3"] {
        for run in ALL {
            let output = answer(run, steps, &input);
            assert_eq!(output.returncode, 3, "{steps}");
            assert_eq!(output.stdout.is_empty(), !steps.contains("told"), "{steps}");
        }
    }
}

fn merged_output_is_in_the_order_written() {
    let steps = "say 1; complain 2; say 3; complain 4; complain 5; say 6";
    assert_eq!(answer(communicate_merged, steps, b"").stdout, b"1\n2\n3\n4\n5\n6\n");
}

fn exit_codes_are_the_programs_own() {
    // 32 bits on Windows, 8 on Unix.
    let large = if cfg!(windows) { 0xc000_0005_u32 as i32 } else { 5 };
    for run in ALL {
        assert_eq!(answer(run, "exit -1073741819", b"").returncode, large);
    }
}

/// What a child, which prints something, had written when it was ended.
fn timed_out(steps: &str, input: &[u8]) -> Output {
    // Nobody knows how long a busy machine takes to start it: double the timeout until it has printed.
    let mut timeout = Duration::from_millis(100);
    loop {
        let start = Instant::now();
        match communicate_timeout(&mut child(steps), input, timeout) {
            Err(Error::TimedOut { output, .. }) if output.stdout.is_empty() && timeout < NET => {
                timeout *= 2;
            }
            Err(Error::TimedOut { output, .. }) => {
                assert!(start.elapsed() < timeout + NET);
                return output;
            }
            other => panic!("{other:?}"),
        }
    }
}

fn a_timeout_keeps_what_came() {
    let output = timed_out("complain err; say out; wait", b"");
    assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
    assert_eq!(output.returncode, KILLED);
}

fn a_timeout_ends_a_child_that_never_reads() {
    let output = timed_out("say out; wait", &vec![b'x'; FLOOD]);
    assert_eq!((&output.stdout[..], output.returncode), (&b"out\n"[..], KILLED));
}

fn a_timeout_ends_a_flood() {
    let output = timed_out("flood", b"");
    assert!(output.stdout.starts_with(b"y\ny\n") && output.returncode == KILLED);
}

fn the_lessons_timeout() {
    let mut seconds = 0.1;
    loop {
        let mut lesson = Command::new(env!("CARGO_BIN_EXE_communicate"));
        lesson.args(["--timeout", &seconds.to_string(), "--"]);
        lesson.arg(env::current_exe().unwrap()).args(["child", "say out; wait"]);
        let late = lesson.stdin(Stdio::null()).output().unwrap();
        assert_eq!(late.status.code(), Some(124), "{late:?}");
        match String::from_utf8(late.stdout).unwrap().lines().nth(1) {
            Some("out") => return,
            _ => seconds *= 2.0, // the child hadn't got so far
        }
        assert!(seconds < 60.0, "nothing is shown");
    }
}

fn a_grandchild_and_a_timeout() {
    // At the same time, since each call waits a second for the grandchild.
    thread::scope(|scope| {
        for holds in ["leave stderr; exit 3", "leave stdout; exit 3", "leave stdin; exit 3"] {
            scope.spawn(move || is_not_held_up(holds));
        }
    });
}

fn is_not_held_up(holds: &'static str) {
    // A child that is ended too soon leaves nobody, or hasn't got to its own end.
    let mut timeout = Duration::from_millis(if cfg!(windows) { 1_000 } else { 100 });
    let input = vec![b'x'; FLOOD];
    loop {
        // Without a group, so that only the child is ended, and the grandchild goes on.
        let options = Options { input: &input, timeout: Some(timeout), ..Options::default() };
        let timed_out = run(&mut child(holds), &options);
        let Err(Error::TimedOut { output, .. }) = timed_out else { panic!("{timed_out:?}") };
        if !output.stdout.is_empty() {
            // The grandchild's id is written, so that it can be ended here.
            kill(String::from_utf8(output.stdout).unwrap().trim());
        }
        if output.returncode == 3 {
            break; // the child itself had ended
        }
        assert!(timeout < NET, "it doesn't end");
        timeout *= 2;
    }
}

fn kill(id: &str) {
    let mut kill = Command::new(if cfg!(windows) { "taskkill" } else { "sh" });
    // Each shell has `kill`; not each system has a program of this name.
    kill.args(if cfg!(windows) { &["/F", "/PID"][..] } else { &["-c", "kill -9 \"$0\""] }).arg(id);
    assert!(kill.stdout(Stdio::null()).status().unwrap().success());
}

fn a_grandchild_is_waited_for() {
    // The child has ended long before the one that it left behind has copied all.
    let input = vec![b'x'; FLOOD];
    for run in ALL {
        let output = answer(run, "leave-copying; exit 3", &input);
        assert!(output.stdout == input && output.returncode == 3);
    }
}
