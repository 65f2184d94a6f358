//! The writer, with several threads and a broken pipe.

#![allow(clippy::unwrap_used)] // how a test says what must hold

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

#[test]
fn what_several_threads_put_arrives_whole_and_in_the_order_of_each() {
    let (reader, writer) = os_pipe::pipe().unwrap();
    let out = CoalescingWriter::new(writer, Some(frame::HEADER));
    let threads = [0, 1, 2].map(|thread| {
        let out = Arc::clone(&out);
        thread::spawn(move || {
            for n in 0..EACH {
                let long = if n % 10 == 0 { "x".repeat(LONG) } else { String::new() };
                out.put(message(&(thread, n, long))).unwrap();
            }
            let mut last = Vec::new();
            frame::append(&mut last, |_| Ok(())).unwrap();
            out.send(&last).unwrap();
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
fn a_broken_pipe_is_told_in_the_end() {
    let (reader, writer) = os_pipe::pipe().unwrap();
    let out = CoalescingWriter::new(writer, Some(frame::HEADER));
    drop(reader);
    let value = (0, 0, String::new());
    while out.put(message(&value)).is_ok() {}
    assert!(out.put(message(&value)).is_err());
}

#[test]
#[cfg_attr(miri, ignore = "64 MiB, byte by byte, take minutes")]
fn what_follows_the_longest_value_does_not_join_it() {
    let long = vec![0_u8; frame::MAX - 8];
    let mut pending = Pending::default();
    let mut message = Vec::new();
    frame::append(&mut message, |out| frame::append_item(out, |out| frame::encode(&long, out)))
        .unwrap();
    pending.add(message, Some(frame::HEADER)).unwrap();
    let short = (0, 0, "x".repeat(60 << 10));
    (0..3).for_each(|_| pending.add(self::message(&short), Some(frame::HEADER)).unwrap());
    let mut messages = frame::Reader::new(&pending.bytes[..]);
    let lengths = std::iter::from_fn(|| messages.next().unwrap()).map(|message| message.len());
    assert_eq!(lengths.collect::<Vec<_>>().len(), 3); // two of the short ones have joined
}
