//! What stays of many uses: nothing. Alone in its program, so that nobody else starts threads meanwhile.

#![cfg(all(target_os = "linux", not(miri)))] // where a process can see in /proc what it holds
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, Instant};
use std::{fs, thread};

use lock::deadlock::{LockTable, opposite_order, same_order};
use lock::{change_it, race, run_thread};

/// Ten times what is needed: only a safety net.
const NET: Duration = Duration::from_secs(10);

#[test]
fn ten_thousand_uses_leave_nothing_behind() {
    leaves_nothing(|| {
        let balance = Mutex::new(0);
        run_thread(&balance, 32, 10);
        change_it(&mut balance.lock().unwrap(), 1_024);
        race::change_it(&AtomicI64::new(0), 32);
        race::run(&[32, 1_024], 10).unwrap();
        assert!(LockTable::default().acquire("thread", "lock").is_ok());
        assert!(opposite_order().unwrap().is_some());
        assert!(same_order().unwrap().is_none());
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
