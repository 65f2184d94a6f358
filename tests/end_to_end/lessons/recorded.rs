//! What the notebook recorded of its cells: pids, times and the order of what runs at the same time aside.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

/// Where the one line is that `pattern` matches, and what its group caught.
fn the_one(lines: &[String], pattern: &str) -> (usize, String) {
    let pattern = Regex::new(&format!("^{pattern}$")).unwrap();
    let mut found = lines.iter().enumerate().filter_map(|(i, line)| {
        pattern
            .captures(line)
            .map(|caught| (i, caught.get(1).map_or("", |c| c.as_str()).to_string()))
    });
    let first = found.next().unwrap_or_else(|| panic!("no {pattern} in {lines:#?}"));
    assert!(found.next().is_none(), "{pattern} twice in {lines:#?}");
    first
}

pub fn as_pool_recorded(lines: &[String]) {
    assert_eq!(lines.len(), 3 + 2 * 8, "{lines:#?}");
    let (first, main) = the_one(lines, r"Main process (\d+)");
    let (waiting, _) = the_one(lines, r"Waiting for all subprocesses done \.\.\.");
    let (last, _) = the_one(lines, "All subprocesses done");
    assert_eq!((first, last), (0, lines.len() - 1));
    assert!(waiting >= 1);
    let mut busy: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for task in 0..8 {
        let (run, pid) = the_one(lines, &format!(r"Run task {task}\(pid:(\d+)\) \.\.\."));
        let finish = format!(r"Finish {task}\(pid:{pid}\) task with \d+\.\d \.\.\.");
        let (finish, _) = the_one(lines, &finish);
        assert!(run < finish, "{lines:#?}");
        busy.entry(pid).or_default().extend([run, finish]);
    }
    assert_eq!(busy.len(), 4, "4 processes: {lines:#?}");
    assert!(!busy.contains_key(&main));
    let running = lines.iter().scan(0, |running, line| {
        *running += i32::from(line.starts_with("Run task"));
        *running -= i32::from(line.starts_with("Finish"));
        Some(*running)
    });
    assert!(running.max() > Some(1), "no two tasks run at the same time: {lines:#?}");
    // One task at a time: run, finish, run, finish, for each process.
    for mut times in busy.into_values() {
        let in_order = times.clone();
        times.sort_unstable();
        let mut pairs: Vec<_> = in_order.chunks(2).map(<[_]>::to_vec).collect();
        pairs.sort_unstable();
        assert_eq!(pairs.concat(), times);
    }
}

pub fn as_queue_recorded(lines: &[String]) {
    assert_eq!(lines.len(), 8, "{lines:#?}");
    let (_, writer) = the_one(lines, r"Process (\d+) to write:");
    let (_, reader) = the_one(lines, r"Process (\d+) to read:");
    assert_ne!(writer, reader);
    let mut before = (0, 0);
    for value in ["A", "B", "C"] {
        let (put, _) = the_one(lines, &format!(r"Put {value} to queue \.\.\."));
        let (get, _) = the_one(lines, &format!("Get {value} from queue"));
        assert!(put < get && before.0 < put && before.1 < get, "{lines:#?}");
        before = (put, get);
    }
}

pub fn as_threads_recorded(lines: &[String]) {
    let expected = "\
        thread MainThread is running ...|thread LoopThread is running ...|thread LoopThread >> 1|\
        thread LoopThread >> 2|thread LoopThread >> 3|thread LoopThread >> 4|\
        thread LoopThread >> 5|thread LoopThread ended!|thread MainThread ended!";
    assert_eq!(lines.join("|"), expected);
}

pub fn as_lock_recorded(lines: &[String]) {
    assert_eq!(lines, ["0"]);
}

pub fn as_thread_local_recorded(lines: &[String]) {
    let lines: BTreeSet<_> = lines.iter().map(String::as_str).collect();
    assert_eq!(lines, BTreeSet::from(["Hello Alice in Thread-A", "Hello Bob in Thread-B"]));
}
