//! Writers and readers are killed at random moments, in the middle of messages.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use ipc_queue::{Process, Queue};
use rand::RngExt;

use crate::Test;
use crate::targets::{MANY, MANY_SMALL, OF_ALL_SIZES, RECORDER, SOME, Value, recorded};

pub const TESTS: &[Test] =
    &[("a_killed_process_loses_only_what_it_held", || (0..10).for_each(|_| storm()))];
pub const HEAVY: &[Test] =
    &[("a_thousand_killed_processes_lose_only_what_they_held", || (0..334).for_each(|_| storm()))];

/// A reader that is the only one may hold so many.
const HELD: usize = 1_024;

/// A few writers and readers, of which three are killed, while the others and this process go on.
fn storm() {
    let mut random = rand::rng();
    let small = random.random();
    let (target, count) = if small { (&MANY_SMALL, MANY) } else { (&OF_ALL_SIZES, SOME) };
    let queue: Queue<Value> = Queue::new().unwrap();
    let mut start = |target, most| -> Vec<Process> {
        let count = random.random_range(1..=most);
        (0..count).map(|_| Process::start(target, &queue).unwrap()).collect()
    };
    let mut readers = start(&RECORDER, 3);
    let mut writers = start(target, 3);
    let mut random = rand::rng();
    let mut killed = BTreeSet::new();
    for _ in 0..3 {
        // Not to wait for anything: only to be at a random moment.
        thread::sleep(random.random_range(Duration::ZERO..Duration::from_millis(8)));
        let process = match random.random_range(0..writers.len() + readers.len()) {
            i if i < writers.len() => &mut writers[i],
            i => &mut readers[i - writers.len()],
        };
        process.kill().unwrap();
        killed.insert(process.id());
    }
    queue.close();
    // The last reader may be gone. This ends, since all writers do.
    let mut got: Vec<(u32, u32)> =
        queue.iter().map(|value| value.map(|(writer, n, _)| (writer, n)).unwrap()).collect();
    for process in writers.iter_mut().chain(&mut readers) {
        let status = process.join().unwrap();
        assert!(status.success() || killed.contains(&process.id()), "{status}");
    }

    let killed_readers = readers.iter().filter(|reader| killed.contains(&reader.id())).count();
    got.extend(readers.iter().flat_map(|reader| recorded(reader.id())));
    let mut arrived: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (writer, n) in got {
        assert!(arrived.entry(writer).or_default().insert(n), "{n} of {writer} twice");
    }
    let mut missing = 0;
    for writer in &writers {
        let arrived = arrived.remove(&writer.id()).unwrap_or_default();
        let put = match killed.contains(&writer.id()) {
            true => arrived.last().map_or(0, |last| last + 1), // whatever it got to, without a gap
            false => count,
        };
        missing += put as usize - arrived.len();
    }
    assert!(arrived.is_empty(), "from nobody: {arrived:?}");
    assert!(missing <= killed_readers * HELD, "{missing} missing");
}
