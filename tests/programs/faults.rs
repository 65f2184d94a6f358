//! Every lesson with what nobody hopes for: a reader that left, a full disk, closed descriptors,
//! arguments that mean nothing, no thread to be had. It ends quietly, or with one sentence and the
//! right exit code (1; 2 for usage), and leaves nobody behind: each test reads the lesson's output to
//! its end, and whoever is left would hold it open.

use std::ffi::OsStr;
use std::fmt::Debug;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

#[cfg(unix)]
use tests::LESSONS;
use tests::binary;

/// What each lesson can be asked for, with short pauses.
const RUNS: [(&str, &[&str]); 11] = [
    ("pool", &["--longest", "0.1"]),
    ("pool", &["--help"]),
    ("subprocess-call", &[]),
    ("subprocess-call", &["--help"]),
    ("communicate", &[]),
    ("communicate", &["--help"]),
    ("ipc-queue", &["--pause", "0.1"]),
    ("ipc-queue", &["--help"]),
    ("threads", &["--pause", "0.1"]),
    ("lock", &[]),
    ("thread-local", &[]),
];

fn command(lesson: &str, args: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(binary(lesson).unwrap());
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts it with nslookup out of reach (but on Windows), so that the simulated one prints at once.
fn start(mut command: Command) -> Child {
    command.env("PATH", "").spawn().unwrap()
}

fn end(command: Command) -> Output {
    start(command).wait_with_output().unwrap()
}

/// All of `RUNS` at the same time, each with a change, end with `code`.
fn all_end(code: i32, change: impl Fn(&mut Command)) {
    let started = RUNS.map(|(lesson, args)| {
        let mut command = command(lesson, args);
        change(&mut command);
        (lesson, args, start(command))
    });
    for (lesson, args, child) in started {
        assert_ended(lesson, args, &child.wait_with_output().unwrap(), code);
    }
}

/// It ended with `code`, said one sentence if that isn't 0, and where the help is if it is 2.
fn assert_ended(lesson: &str, args: impl Debug, output: &Output, code: i32) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{lesson} {args:?}: {message}");
    let name = format!("{lesson}: ");
    // Windows finds its nslookup whatever PATH says, and what that says is no fault of the lesson's.
    let not_its_own = |line: &&str| cfg!(windows) && code == 0 && !line.starts_with(&name);
    // What a child prints begins with its role; the lesson's sentence stands below.
    let of_a_child = |line: &&str| {
        ["writer: ", "reader: ", "a worker "].iter().any(|role| line.starts_with(role))
    };
    let its_own = message.lines().filter(|line| {
        !line.contains("a simulated program") && !not_its_own(line) && !of_a_child(line)
    });
    let lines: Vec<_> = its_own.collect();
    let help = format!("Try: cargo run -p {lesson} -- --help");
    let as_it_should = match (code, &lines[..]) {
        (0, []) => true,
        (2, [sentence, way_out]) => sentence.starts_with(&name) && *way_out == help,
        (_, [sentence]) => code != 0 && code != 2 && sentence.starts_with(&name),
        _ => false,
    };
    assert!(as_it_should, "{lesson} {args:?}: {code} and {message:?}");
}

#[test]
fn a_closed_stdout_ends_a_lesson_quietly() {
    all_end(0, |command| {
        let (_, writer) = std::io::pipe().unwrap();
        command.stdout(writer);
    });
}

#[test]
fn a_reader_that_takes_one_line_ends_a_lesson_quietly() {
    for (lesson, args) in RUNS {
        let mut child = start(command(lesson, args));
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.ends_with('\n'), "{lesson} {args:?}: {first}");
        assert_ended(lesson, args, &child.wait_with_output().unwrap(), 0);
    }
}

// Only Linux has a device that is always full.
#[cfg(target_os = "linux")]
fn full() -> std::fs::File {
    std::fs::File::options().write(true).open("/dev/full").unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_sentence_and_exit_code_1() {
    all_end(1, |command| {
        command.stdout(full());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stderr_leaves_the_exit_code() {
    let failing = [
        ("subprocess-call", &["no-such-command"][..], 127),
        ("subprocess-call", &["--", "/bin/sh", "-c", "kill -9 $$"], 0),
        ("communicate", &["no-such-command"], 127),
        ("communicate", &["--", "/bin/sh", "-c", "kill -9 $$"], 0),
        ("communicate", &["--timeout", "0", "/bin/cat"], 124),
    ];
    let usage = LESSONS.map(|lesson| (lesson, &["--nope"][..], 2));
    for (lesson, args, code) in failing.into_iter().chain(usage) {
        let mut command = command(lesson, args);
        command.stderr(full());
        let output = end(command);
        assert_eq!(output.status.code(), Some(code), "{lesson} {args:?}");
    }
}

#[test]
fn a_stdin_at_its_end_is_no_fault() {
    all_end(0, |command| {
        let (reader, _) = std::io::pipe().unwrap();
        command.stdin(reader);
    });
}

/// The same command through a shell, which does `first` before.
#[cfg(unix)]
fn through_a_shell(first: &str, command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("{first}; exec \"$@\""), "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

#[cfg(unix)]
#[test]
fn closed_descriptors_are_no_fault() {
    // The lesson and whom it starts hold 9, so that the test sees when all have ended.
    for close in ["exec 9>&1 <&- >&- 2>&-", "exec 9>&1 >&-", "exec 2>&-", "exec <&-"] {
        all_end(0, |command| *command = through_a_shell(close, command));
    }
    for lesson in LESSONS {
        let command = through_a_shell("exec <&- >&- 2>&-", &command(lesson, &["--nope"]));
        assert_eq!(end(command).status.code(), Some(2), "{lesson}");
    }
}

const COUNTS: [(&str, &str); 6] = [
    ("pool", "--processes"),
    ("pool", "--tasks"),
    ("ipc-queue", "--writers"),
    ("ipc-queue", "--readers"),
    ("threads", "--count"),
    ("lock", "--rounds"),
];
const LENGTHS: [(&str, &str); 5] = [
    ("pool", "--longest"),
    ("subprocess-call", "--timeout"),
    ("communicate", "--timeout"),
    ("ipc-queue", "--pause"),
    ("threads", "--pause"),
];
const OTHERS: [(&str, &str); 2] = [("pool", "--seed"), ("lock", "--amount")];

// Any bytes but a NUL may be an argument on Unix.
#[cfg(unix)]
#[test]
fn arguments_that_are_not_text_are_a_sentence() {
    use std::os::unix::ffi::OsStrExt;
    let bytes = OsStr::from_bytes;
    for lesson in LESSONS {
        let runs_it = matches!(lesson, "subprocess-call" | "communicate");
        for (arg, code) in [
            (&b"--\xff"[..], 2),
            (b"-\xff", 2),
            (b"--\xff=\xff", 2),
            (b"\xff", if runs_it { 127 } else { 2 }),
            (b"", if runs_it { 127 } else { 2 }),
        ] {
            assert_ended(lesson, bytes(arg), &end(command(lesson, &[bytes(arg)])), code);
        }
    }
    let flags = COUNTS.into_iter().chain(LENGTHS).chain(OTHERS);
    for (lesson, flag) in flags.chain([("ipc-queue", "--values")]) {
        let args = [OsStr::new(flag), bytes(b"\xff")];
        assert_ended(lesson, args, &end(command(lesson, &args)), 2);
    }
    for lesson in ["subprocess-call", "communicate"] {
        let args = [OsStr::new("/bin/echo"), bytes(b"\xff")];
        assert_ended(lesson, args, &end(command(lesson, &args)), 0);
    }
}

#[test]
fn absurd_numbers_are_wrong_usage() {
    let absurd = ["", " ", "-1", "1e300", "nan", "inf", "18446744073709551616", "0x10", "１"];
    let too_many = ["1000000000", "1001"].into_iter();
    let too_many = too_many.flat_map(|n| COUNTS[..4].iter().map(move |&of| (of, n)));
    let too_many = too_many.filter(|&((_, flag), n)| flag != "--tasks" || n != "1001");
    let flags = COUNTS.into_iter().chain(LENGTHS).chain(OTHERS);
    let pairs = flags.flat_map(|flag| absurd.map(|n| (flag, n)));
    let zeros = [(COUNTS[0], "0"), (COUNTS[3], "0")];
    for ((lesson, flag), n) in pairs.chain(too_many).chain(zeros) {
        if flag == "--amount" && n == "-1" {
            continue; // to take away first is fine
        }
        let arg = format!("{flag}={n}");
        assert_ended(lesson, &arg, &end(command(lesson, &[&arg])), 2);
    }
    let threads = vec!["--amount=1"; 1001];
    assert_ended("lock", "1001 amounts", &end(command("lock", &threads)), 2);
}

#[test]
fn absurd_numbers_that_mean_something_are_no_fault() {
    let myself = binary("lock").unwrap();
    let myself = myself.to_str().unwrap();
    for (lesson, args, code) in [
        ("pool", &["--tasks", "0"][..], 0),
        ("pool", &["--longest", "1e-300", "--seed", "18446744073709551615"], 0),
        ("subprocess-call", &["--timeout", "1e19", myself], 0),
        ("subprocess-call", &["--timeout", "0", myself], 124),
        ("communicate", &["--timeout", "1e19", myself], 0),
        ("communicate", &["--timeout", "0", myself], 124),
        ("ipc-queue", &["--values", ""], 0),
        ("ipc-queue", &["--writers", "0"], 0),
        ("threads", &["--count", "0", "--pause", "1e19"], 0),
        ("threads", &["--pause", "1e-300"], 0),
        ("lock", &["--rounds", "0"], 0),
        ("lock", &["--amount=-9223372036854775808", "--amount", "9223372036854775807"], 0),
    ] {
        assert_ended(lesson, args, &end(command(lesson, args)), code);
    }
}

// What follows the line in question can't be awaited, but a panic would stand before the end.
#[test]
fn absurd_lengths_are_only_waited_for() {
    for (lesson, args, line) in [
        ("pool", &["--longest", "1e19", "--processes", "2"][..], "Run task 1"),
        ("ipc-queue", &["--pause", "1e19"], "Get A"),
        ("threads", &["--pause", "1e19"], "thread LoopThread >> 1"),
        ("threads", &["--count", "4294967295", "--pause", "0"], "thread LoopThread >> 9999"),
    ] {
        let mut child = command(lesson, args).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|said| said.unwrap().starts_with(line)), "{lesson} never says {line}");
        child.kill().unwrap();
        let message = child.wait_with_output().unwrap().stderr;
        assert_eq!(String::from_utf8(message).unwrap(), "", "{lesson} {args:?}");
    }
}

// The size of a thread's stack is read from the environment; this one is more than any machine has.
#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_cannot_start_is_a_sentence() {
    for (lesson, args) in [
        ("pool", &[][..]),
        ("communicate", &["--timeout", "1", "/bin/cat"]),
        ("ipc-queue", &[]),
        ("threads", &[]),
        ("lock", &[]),
        ("thread-local", &[]),
    ] {
        let mut command = command(lesson, args);
        command.env("RUST_MIN_STACK", (1u64 << 60).to_string());
        assert_ended(lesson, args, &end(command), 1);
    }
}

#[cfg(unix)]
#[test]
fn more_processes_than_there_are_descriptors_for_are_a_sentence() {
    for (lesson, args) in [
        ("pool", &["--processes", "1000"][..]),
        ("ipc-queue", &["--writers", "1000"]),
        ("ipc-queue", &["--readers", "1000"]),
    ] {
        let command = through_a_shell("ulimit -n 64", &command(lesson, args));
        assert_ended(lesson, args, &end(command), 1);
    }
}
