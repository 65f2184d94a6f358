//! The cells of the notebook and the broken forms of the lessons, in Python.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use tests::{LESSONS, python};

use super::recorded;

type Check = fn(&[String]);

/// The other two cells need a DNS server.
const CELLS: [(&str, Check); 5] = [
    ("pool", recorded::as_pool_recorded),
    ("ipc-queue", as_queue_recorded),
    ("threads", recorded::as_threads_recorded),
    ("lock", recorded::as_lock_recorded),
    ("thread-local", recorded::as_thread_local_recorded),
];

const BROKEN: [(&str, fn()); 5] = [
    ("a_forked_child_waits_in_vain_for_a_lock_and_a_spawned_one_has_its_own", fork),
    ("writing_everything_before_reading_is_a_deadlock_in_python", pipe_deadlock),
    ("a_queue_of_python_is_broken_for_ever", terminate),
    ("two_threads_of_cpython_use_one_processor", gil),
    ("python_leaks_too_and_finally_fixes_it", leak),
];

pub fn trials() -> Vec<Trial> {
    let with_dns = ["subprocess-call", "communicate"].into_iter();
    let all: BTreeSet<_> = CELLS.iter().map(|cell| cell.0).chain(with_dns).collect();
    assert_eq!(all, BTreeSet::from(LESSONS), "the Python cells that run, and the lessons");
    let missing = || python().is_none().then(|| "python3".to_string());
    let cells = CELLS.map(|(lesson, as_recorded)| {
        let name = format!("the_cell_of_{}_runs_as_recorded", lesson.replace('-', "_"));
        let run = move || as_recorded(&lines(&[&format!("crates/{lesson}/notebook.py")]));
        tests::test_unless(missing, name, run)
    });
    let broken = BROKEN.map(|(name, run)| tests::test_unless(missing, name, run));
    cells.into_iter().chain(broken).collect()
}

/// What a program in Python prints; it must end well and say nothing on stderr.
fn lines(args: &[&str]) -> Vec<String> {
    let output = python().unwrap().args(args).stdin(std::process::Stdio::null()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
}

/// The notebook's reader is ended as soon as the writer has: in Python the last value may be lost.
fn as_queue_recorded(lines: &[String]) {
    let last = "Get C from queue".to_string();
    let lost = (!lines.contains(&last)).then_some(last);
    recorded::as_queue_recorded(&[lines, lost.as_slice()].concat());
}

fn fork() {
    let script = "crates/pool/examples/fork.py";
    if cfg!(unix) {
        let broken = lines(&[script]).pop().unwrap();
        assert!(broken.starts_with("broken: the lock was released, but not"), "{broken}");
    }
    let fixed = lines(&[script, "--fixed"]).pop().unwrap();
    assert!(fixed.starts_with("fixed: the child is no copy"), "{fixed}");
}

fn pipe_deadlock() {
    let script = "crates/communicate/examples/pipe_deadlock.py";
    let broken = lines(&[script]).join("\n");
    assert!(broken.starts_with("broken: ") && broken.ends_with("nobody is back"), "{broken}");
    assert_eq!(lines(&[script, "--fixed"]), ["fixed: 4096 KiB are back"]);
}

fn terminate() {
    let printed = lines(&["crates/ipc-queue/examples/terminate.py"]).join("\n");
    assert!(printed.contains("reader 2: gets nothing within 1 s\nbroken: "), "{printed}");
}

/// However busy the machine is, one thread at a time uses no more than one processor.
fn gil() {
    let printed = lines(&["crates/threads/examples/gil.py"]).join("\n");
    let number = printed.split_once("processors at work: ").unwrap().1.lines().next().unwrap();
    let processors: f64 = number.parse().unwrap();
    assert!(processors < 1.15 || printed.starts_with("the GIL is off\n"), "{printed}");
}

fn leak() {
    let printed = lines(&["crates/thread-local/examples/leak.py"]).join("\n");
    assert!(printed.contains("broken, anonymous: answered as Alice"), "{printed}");
    assert!(printed.contains("fixed, anonymous: answered as nobody"), "{printed}");
}
