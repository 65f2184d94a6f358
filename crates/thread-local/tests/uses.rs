//! What stays of many uses: nothing. Alone in its program, so that nobody else starts threads meanwhile.

#![cfg(all(target_os = "linux", not(miri)))] // where a process can see in /proc what it holds
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::time::{Duration, Instant};
use std::{fs, thread};

use thread_local::roles::{Account, act_as, grade};
use thread_local::{connection, process_student, process_thread, request};

/// Ten times what is needed: only a safety net.
const NET: Duration = Duration::from_secs(10);

#[test]
fn ten_thousand_uses_leave_nothing_behind() {
    leaves_nothing(|| {
        process_thread("Alice");
        process_student();
        request::handle(7, "/students");
        let account = Account { name: "Alice".into(), roles: vec!["teacher".into()] };
        assert!(act_as(account, || grade("Bob")).is_ok());
        // A thread of its own, which takes its connection along.
        let server = connection::serve(1).unwrap();
        let ask = thread::spawn(move || connection::ask(server, "hello").unwrap());
        assert_eq!(ask.join().unwrap(), "hello on connection 1");
    });
}

/// Calls `once` 10,000 times; then the process holds no more descriptors, threads and children than
/// after the first.
fn leaves_nothing(once: impl Fn()) {
    once(); // what is made once for all, such as the standard library's own, is made
    let before = held();
    (0..10_000).for_each(|_| once());
    let more = || held().iter().zip(&before).any(|(now, before)| now > before);
    let start = Instant::now();
    // A thread that has ended is still seen for an instant.
    while more() {
        assert!(start.elapsed() < NET, "{:?} instead of {before:?}", held());
        thread::yield_now();
    }
}

fn held() -> [usize; 3] {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children"));
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten().flat_map(children);
    let children = threads.map(|list| list.split_whitespace().count()).sum();
    [count("/proc/self/fd"), count("/proc/self/task"), children]
}
