//! The writer, with several threads and a broken pipe.

#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::sync::Barrier;
use std::thread;

use super::*;

const EACH: u64 = if cfg!(miri) { 30 } else { 10_000 };
const LONG: usize = if cfg!(miri) { 100 } else { 9_000 };

type Value = (usize, u64, String);

fn message(value: &Value) -> Vec<u8> {
    let mut message = Vec::new();
    let item = |out: &mut Vec<u8>| frame::append_item(out, |out| frame::encode(value, out));
    frame::append(&mut message, item).unwrap();
    message
}

fn last_message() -> Vec<u8> {
    let mut message = Vec::new();
    frame::append(&mut message, |_| Ok(())).unwrap();
    message
}

/// How many values a message has.
fn count(message: &[u8]) -> usize {
    let mut items = &message[frame::HEADER..];
    let item = || (!items.is_empty()).then(|| frame::split_first(&mut items).unwrap());
    std::iter::from_fn(item).count()
}

#[test]
fn what_several_threads_put_arrives_whole_and_in_the_order_of_each() {
    let (reader, writer) = os_pipe::pipe().unwrap();
    let out = CoalescingWriter::new(writer, Some(frame::HEADER));
    let threads = [0, 1, 2].map(|thread| {
        let out = Arc::clone(&out);
        thread::spawn(move || {
            for n in 0..EACH {
                let long = if n % 10 == 0 { "x".repeat(LONG) } else { String::new() };
                out.put(&message(&(thread, n, long))).unwrap();
            }
            out.send(&last_message()).unwrap();
        })
    });
    let (mut next, mut ended) = ([0; 3], 0);
    let mut messages = frame::Reader::new(reader);
    while ended < 3 {
        let message = messages.next().unwrap().unwrap();
        let mut items = &message[frame::HEADER..];
        ended += u32::from(items.is_empty());
        while !items.is_empty() {
            let item = frame::split_first(&mut items).unwrap();
            let (thread, n, _) = frame::decode::<Value>(item).unwrap();
            assert_eq!(n, next[thread]);
            next[thread] += 1;
        }
    }
    // A thread's last word came after all that it had put.
    assert_eq!(next, [EACH; 3]);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_broken_pipe_is_told_in_the_end_and_with_each_later_value() {
    sigpipe::block();
    let (reader, writer) = os_pipe::pipe().unwrap();
    let out = CoalescingWriter::new(writer, Some(frame::HEADER));
    drop(reader);
    let value = message(&(0, 0, String::new()));
    while out.put(&value).is_ok() {}
    for _ in 0..200 {
        assert!(out.put(&value).is_err());
    }
}

#[test]
fn no_value_comes_behind_the_last_message() {
    for _ in 0..if cfg!(miri) { 3 } else { 300 } {
        let (reader, writer) = os_pipe::pipe().unwrap();
        let out = CoalescingWriter::new(writer, Some(frame::HEADER));
        let start = Barrier::new(4);
        // Two write each value themselves, the third leaves most to the thread.
        let put = |itself| {
            let value = message(&(0, 0, String::new()));
            start.wait();
            let put = || {
                WAITED.set(itself);
                out.put(&value).ok()
            };
            std::iter::from_fn(put).count()
        };
        let (put, got) = thread::scope(|scope| {
            let threads = [true, true, false].map(|itself| scope.spawn(move || put(itself)));
            scope.spawn(|| {
                start.wait();
                out.close(&last_message()).unwrap();
            });
            let (mut messages, mut got) = (frame::Reader::new(reader), 0);
            while let n @ 1.. = count(messages.next().unwrap().unwrap()) {
                got += n;
            }
            (threads.map(|thread| thread.join().unwrap()).iter().sum::<usize>(), got)
        });
        assert_eq!(got, put);
    }
}

#[test]
fn a_response_is_written_at_once() {
    let (_reader, writer) = os_pipe::pipe().unwrap();
    let out = CoalescingWriter::new(writer, None);
    let value = message(&(0, 0, String::new()));
    for _ in 0..200 {
        WAITED.set(true);
        out.put(&value).unwrap();
        assert!(lock(&out.pending).bytes.is_empty());
    }
    assert!(lock(&out.pending).thread.is_none());
}

#[test]
fn what_would_join_too_many_bytes_waits_for_the_pipe() {
    for (waiting, length) in [(1, super::LONG), (FULL, 1)] {
        let (reader, writer) = os_pipe::pipe().unwrap();
        let out = CoalescingWriter::new(writer, Some(frame::HEADER));
        let pipe = lock(&out.pipe); // so that nothing is written
        let in_a_burst = Some(Instant::now() + Duration::from_secs(3600));
        let put = |length| out.put(&message(&(0, 0, "x".repeat(length)))).unwrap();
        let mut joined = 0;
        lock(&out.pending).last = in_a_burst;
        while lock(&out.pending).bytes.len() < waiting {
            put(1000);
            lock(&out.pending).last = in_a_burst;
            joined += 1;
        }
        thread::scope(|scope| {
            scope.spawn(|| {
                put(length);
                out.close(&last_message()).unwrap();
            });
            while lock(&out.pending).last == in_a_burst {
                thread::yield_now();
            }
            drop(pipe);
            let mut messages = frame::Reader::new(reader);
            let counts = std::iter::from_fn(|| Some(count(messages.next().unwrap().unwrap())));
            assert_eq!(counts.take_while(|count| *count > 0).collect::<Vec<_>>(), [joined, 1]);
        });
    }
}

#[test]
fn what_another_end_writes_comes_behind_all_that_was_put() {
    let (_reader, writer) = os_pipe::pipe().unwrap();
    let out = CoalescingWriter::new(writer, None);
    {
        let mut pending = lock(&out.pending);
        pending.thread = Some(thread::current()); // so that there is none that writes
        pending.last = Some(Instant::now() + Duration::from_secs(3600));
    }
    out.put(&message(&(0, 0, String::new()))).unwrap();
    assert!(!lock(&out.pending).bytes.is_empty());
    out.try_clone().unwrap();
    assert!(lock(&out.pending).bytes.is_empty());
}

#[test]
fn who_has_waited_for_a_value_writes_the_next_at_once() {
    let (sender, receiver) = crate::pipe::<u8>().unwrap();
    sender.send(&1).unwrap();
    WAITED.set(false);
    receiver.recv().unwrap();
    assert!(WAITED.take());
    let monitor = crate::sync::Monitor::<()>::default();
    drop(monitor.wait(monitor.lock(), Some(Instant::now())));
    assert!(WAITED.take());
}
