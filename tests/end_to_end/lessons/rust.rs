//! The lessons in Rust.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use tests::{LESSONS, binary, blocks, root};

use super::recorded;

pub fn trials() -> Vec<Trial> {
    tests::trials![
        threads_runs_as_recorded_two_seconds_apart, // for 10 s, so it comes first
        subprocess_call_runs_as_recorded,
        communicate_runs_as_recorded,
        pool_runs_as_recorded,
        ipc_queue_runs_as_recorded,
        get_c_is_never_lost,
        several_writers_and_readers_pass_each_value_once,
        lock_runs_as_recorded,
        thread_local_runs_as_recorded,
        help_fits_on_a_screen_and_wrong_usage_is_exit_code_2,
    ]
}

fn run(lesson: &str, args: &[&str]) -> Output {
    Command::new(binary(lesson).unwrap()).args(args).stdin(Stdio::null()).output().unwrap()
}

fn lines(lesson: &str, args: &[&str]) -> Vec<String> {
    let output = run(lesson, args);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
}

/// The output that the README shows of the lesson's default run; `docs` leaves it to these tests.
fn shown(lesson: &str) -> Vec<String> {
    let readme = blocks(&root().join("crates").join(lesson).join("README.md")).unwrap();
    let command = format!("cargo run -q -p {lesson}");
    let mut runs = readme.iter().flat_map(|block| block.commands());
    runs.find(|run| run.0 == command).unwrap_or_else(|| panic!("no `$ {command}`")).1
}

fn runs_as(lesson: &str, as_recorded: fn(&[String])) {
    as_recorded(&shown(lesson));
    as_recorded(&lines(lesson, &[]));
}

/// With nslookup out of reach, the lesson runs the simulated program. Windows finds its own all the same, and what
/// that prints depends on the network.
fn as_looked_up(lesson: &str) {
    let mut command = Command::new(binary(lesson).unwrap());
    let output = command.env("PATH", "").stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let shown = shown(lesson);
    if cfg!(windows) && output.stderr.is_empty() {
        assert_eq!(lines[0], shown[0]);
        assert!(lines[lines.len() - 1].starts_with("Exit code:"), "{text}");
    } else {
        assert_eq!(lines, shown);
    }
}

fn subprocess_call_runs_as_recorded() {
    as_looked_up("subprocess-call");
}

fn communicate_runs_as_recorded() {
    as_looked_up("communicate");
}

fn pool_runs_as_recorded() {
    runs_as("pool", recorded::as_pool_recorded);
}

fn ipc_queue_runs_as_recorded() {
    runs_as("ipc-queue", recorded::as_queue_recorded);
}

// The notebook's cell may lose it; so this is asked again and again, without the pauses.
fn get_c_is_never_lost() {
    for _ in 0..100 {
        recorded::as_queue_recorded(&lines("ipc-queue", &["--pause", "0"]));
    }
}

fn several_writers_and_readers_pass_each_value_once() {
    let args = ["--writers", "3", "--readers", "2", "--values", "进程和线", "--pause", "0.01"];
    let lines = lines("ipc-queue", &args);
    for value in "进程和线".chars() {
        let count = |line: String| lines.iter().filter(|l| **l == line).count();
        // With several writers, each line says which one it is from.
        let put = format!(": Put {value} to queue ...");
        let puts = lines.iter().filter(|l| l.starts_with("Process ") && l.ends_with(&put));
        assert_eq!(puts.count(), 3, "{lines:#?}");
        assert_eq!(count(format!("Get {value} from queue")), 3, "{lines:#?}");
    }
}

fn threads_runs_as_recorded_two_seconds_apart() {
    let start = Instant::now();
    runs_as("threads", recorded::as_threads_recorded);
    assert!(start.elapsed() >= Duration::from_secs(10));
}

fn lock_runs_as_recorded() {
    runs_as("lock", recorded::as_lock_recorded);
}

fn thread_local_runs_as_recorded() {
    runs_as("thread-local", recorded::as_thread_local_recorded);
}

fn help_fits_on_a_screen_and_wrong_usage_is_exit_code_2() {
    for lesson in LESSONS {
        let help = lines(lesson, &["--help"]);
        assert!(help.len() <= 24 && help[0].starts_with("Lesson "), "{lesson}");
        let wrong = run(lesson, &["--no-such-flag"]);
        assert_eq!(wrong.status.code(), Some(2), "{lesson}");
        assert!(wrong.stdout.is_empty(), "{lesson}");
        assert!(wrong.stderr.starts_with(lesson.as_bytes()), "{lesson}");
    }
}
