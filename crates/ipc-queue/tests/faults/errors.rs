//! Nobody is there who could put, or get: an error, not a wait forever.

use std::io::ErrorKind;
use std::time::Duration;

use ipc_queue::{Error, Process, Queue, pipe};

use crate::targets::{GET, NOTHING, UNTIL_IT_FAILS, Value};
use crate::waits::{BLOCKED, BLOCKED_BY_THE_SECOND};
use crate::{NET, Test};

pub const TESTS: &[Test] = &[
    (
        "put_without_any_reader_returns_full_in_the_process_of_the_queue",
        put_without_any_reader_returns_full_in_the_process_of_the_queue,
    ),
    (
        "put_without_any_reader_returns_full_in_a_child",
        put_without_any_reader_returns_full_in_a_child,
    ),
    (
        "joining_a_writer_that_nobody_reads_is_an_error",
        joining_a_writer_that_nobody_reads_is_an_error,
    ),
    (
        "joining_a_writer_whose_second_queue_is_full_is_an_error",
        joining_a_writer_whose_second_queue_is_full_is_an_error,
    ),
    ("get_without_any_writer_returns_closed", get_without_any_writer_returns_closed),
    #[cfg(target_os = "linux")] // where a child can open its pipes anew
    ("a_child_that_sends_garbage_is_cut_off", a_child_that_sends_garbage_is_cut_off),
];

fn queue() -> Queue<Value> {
    Queue::new().unwrap()
}

fn put_without_any_reader_returns_full_in_the_process_of_the_queue() {
    let queue = queue();
    let mut reader = Process::start(&GET, &queue).unwrap();
    let value = (0, 0, "x".repeat(1 << 20));
    queue.put(&value).unwrap();
    assert!(reader.join().unwrap().success()); // it has got one, and is gone
    let mut puts = (0..).map(|_| queue.put_timeout(&value, Duration::from_millis(1)));
    let put = puts.position(|put| matches!(put, Err(Error::Full)));
    assert_eq!(put, Some(64));
}

fn put_without_any_reader_returns_full_in_a_child() {
    let queue = queue();
    let mut writers = [0, 1].map(|_| Process::start(&UNTIL_IT_FAILS, &queue).unwrap());
    drop(queue);
    for writer in &mut writers {
        assert_eq!(writer.join().unwrap().code(), Some(3));
    }
}

fn joining_a_writer_that_nobody_reads_is_an_error() {
    let queue = queue();
    let (sender, full) = pipe().unwrap();
    let mut writer = Process::start(&BLOCKED, (&queue, sender)).unwrap();
    full.recv().unwrap();
    queue.get().unwrap(); // this thread isn't at work on it while it joins
    assert_eq!(writer.join().unwrap_err().kind(), ErrorKind::StorageFull);
    assert!(writer.is_alive());
    queue.close();
    assert!(queue.iter().map(Result::unwrap).count() >= 64);
    assert!(writer.join().unwrap().success());
}

fn joining_a_writer_whose_second_queue_is_full_is_an_error() {
    let (first, second) = (queue(), queue());
    let (sender, full) = pipe().unwrap();
    let mut writer = Process::start(&BLOCKED_BY_THE_SECOND, (&first, &second, sender)).unwrap();
    full.recv().unwrap();
    assert_eq!(writer.join().unwrap_err().kind(), ErrorKind::StorageFull);
    second.close();
    assert!(second.iter().map(Result::unwrap).count() >= 64);
    assert!(writer.join().unwrap().success());
}

fn get_without_any_writer_returns_closed() {
    let queue = queue();
    let mut writer = Process::start(&NOTHING, &queue).unwrap();
    let mut reader = Process::start(&GET, &queue).unwrap();
    queue.close();
    assert!(matches!(queue.get_timeout(NET), Err(Error::Closed)));
    assert!(writer.join().unwrap().success() && reader.join().unwrap().success());
}

#[cfg(target_os = "linux")]
fn a_child_that_sends_garbage_is_cut_off() {
    let queue = queue();
    let mut child = Process::start(&crate::targets::GARBAGE, &queue).unwrap();
    queue.close();
    assert!(matches!(queue.get_timeout(NET), Err(Error::Closed)));
    child.kill().unwrap();
    child.join().unwrap();
}
