//! What this process holds, which Linux tells in /proc.

use std::fs;
use std::time::Instant;

use crate::hosts::NET;

/// The descriptors, threads and children of this process.
pub fn held() -> [usize; 3] {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children"));
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten().flat_map(children);
    let children = threads.map(|list| list.split_whitespace().count()).sum();
    [count("/proc/self/fd"), count("/proc/self/task"), children]
}

/// Waits until this process holds as much as `before`: a thread that was joined is still seen for an
/// instant.
pub fn is_as(before: [usize; 3]) {
    let start = Instant::now();
    while held() != before {
        assert!(start.elapsed() < NET, "{:?} instead of {before:?}", held());
        std::thread::yield_now();
    }
}
