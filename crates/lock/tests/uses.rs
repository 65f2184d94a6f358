//! Many uses leave no thread, descriptor or child behind. Alone in its program, so that no other test
//! starts threads meanwhile.

#![cfg(all(target_os = "linux", not(miri)))] // where a process can see in /proc what it holds
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{fs, thread};

use lock::{change_it, run_thread};

/// A safety net: ten times what is needed.
const TIMEOUT: Duration = Duration::from_secs(10);

#[test]
fn ten_thousand_uses_leave_nothing_behind() {
    leaves_nothing(|| {
        let balance = Mutex::new(0);
        thread::scope(|scope| {
            scope.spawn(|| run_thread(&balance, 32, 10));
        });
        change_it(&mut balance.lock().unwrap(), 1_024);
    });
}

/// Calls `once` 10,000 times and asserts that the process then holds no more descriptors, threads
/// and children than after the first call.
fn leaves_nothing(once: impl Fn()) {
    once(); // the standard library allocates some things at their first use
    let before = held();
    (0..10_000).for_each(|_| once());
    let more = || held().iter().zip(&before).any(|(now, before)| now > before);
    let start = Instant::now();
    // /proc shows a thread for a moment after `join` has returned.
    while more() {
        assert!(start.elapsed() < TIMEOUT, "{:?} instead of {before:?}", held());
        thread::yield_now();
    }
}

/// How many descriptors, threads and children this process has.
fn held() -> [usize; 3] {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children"));
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten().flat_map(children);
    let children = threads.map(|list| list.split_whitespace().count()).sum();
    [count("/proc/self/fd"), count("/proc/self/task"), children]
}
