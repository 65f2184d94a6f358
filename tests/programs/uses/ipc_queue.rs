//! The real uses of `ipc-queue`.

use std::fmt::Write as _;
use std::fs;
#[cfg(target_os = "linux")]
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn log_lines(log: Option<&Path>) -> Output {
    let mut command = Command::new(tests::example("log-lines").unwrap());
    command.args(log).stdin(Stdio::null()).output().unwrap()
}

fn lines(output: &Output) -> Vec<&str> {
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    std::str::from_utf8(&output.stdout).unwrap().lines().collect()
}

#[test]
fn a_hundred_thousand_lines_are_each_counted_once() {
    let output = log_lines(None);
    let lines = lines(&output);
    assert_eq!(lines[0], "100000 lines, 0 not understood");
    let counts = lines.iter().filter_map(|line| line.split_once(": ")?.1.parse::<u64>().ok());
    assert_eq!(counts.sum::<u64>(), 100_000);
}

/// A log with a count of its own, made while it is written.
#[test]
fn what_is_counted_of_a_file_is_what_stands_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("访问 access.log");
    let (mut log, mut count, mut odd) = (String::new(), [0; 3], 0);
    for n in 0_u64..150_000 {
        let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let (kind, status) = ((n % 3) as usize, [200, 404, 503][(n % 3) as usize]);
        if n % 1000 == 7 {
            log += ["\n", "no request\n", "a \"GET\" 200 1 0.1\n", "a \"GET / H\" 200 1 slow\n"]
                [(n / 1000 % 4) as usize];
            odd += 1;
        } else {
            let ms = n / 7 % 999;
            writeln!(log, "::1 - - [-] \"GET /p/{n} HTTP/1.1\" {status} {n} 0.{ms:03}").unwrap();
            count[kind] += 1;
        }
    }
    log += "::1 - - [-] \"POST /the/slowest HTTP/1.1\" 200 1 61.5"; // no end of line
    fs::write(&file, log).unwrap();
    let output = log_lines(Some(&file));
    assert_eq!(
        lines(&output),
        [
            format!("150001 lines, {odd} not understood"),
            format!("200: {}", count[0] + 1),
            format!("404: {}", count[1]),
            format!("503: {}", count[2]),
            "slowest: /the/slowest, 61500 ms".into(),
        ]
    );
}

#[test]
fn an_empty_log_and_none_at_all_are_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(lines(&log_lines(Some(file.path()))), ["0 lines, 0 not understood"]);
    let missing = log_lines(Some(Path::new("no such file")));
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stderr).unwrap().starts_with("no such file: "));
}

/// The log is a pipe that stays open while a worker is killed.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_worker_is_no_wrong_count_but_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("log");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = Command::new(tests::example("log-lines").unwrap());
    command.arg(&pipe).stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = command.spawn().unwrap();
    let id = running.id();
    let output = tests::in_time(move || {
        let mut log = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        // More than the pipe holds: once it is written, somebody reads, and all workers have begun.
        log.write_all(&b"no request\n".repeat(100_000)).unwrap();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        kill(children.split_whitespace().next().unwrap());
        drop(log);
        running.wait_with_output().unwrap()
    });
    let Some(output) = output else {
        kill(&id.to_string());
        panic!("it has panicked, or it hangs");
    };
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("a worker failed (signal: 9"), "{message}");
}

/// By a shell: the program of this name isn't installed everywhere.
#[cfg(target_os = "linux")]
fn kill(id: &str) {
    assert!(Command::new("sh").args(["-c", "kill -9 \"$0\"", id]).status().unwrap().success());
}
