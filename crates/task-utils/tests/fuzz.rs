//! Random and nearly right bytes where messages are expected: errors, never a panic, and no memory
//! beyond the bound.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::io::{Cursor, ErrorKind, Read};

use peak_alloc::PeakAlloc;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use task_utils::frame;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn the_frame_reader_survives_100_000_streams() {
    fuzz(100_000, 1);
}

#[test]
#[ignore = "takes a minute"]
fn the_frame_reader_survives_10_000_000_streams() {
    fuzz(10_000_000, 2);
}

fn fuzz(inputs: u32, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut messages = 0;
    for _ in 0..inputs {
        messages += read_to_the_end(Pieces { bytes: Cursor::new(stream(&mut random)), most: 7 });
    }
    assert!(messages > inputs, "too few of the streams are nearly right");
    let peak = MEMORY.peak_usage();
    assert!(peak < 2 * frame::MAX, "{peak} bytes");
}

// The inputs that have failed once.
#[test]
fn a_length_over_the_bound_is_an_error_before_any_memory_is_taken() {
    for length in [frame::MAX as u32 * 2, u32::MAX] {
        let header = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
        let error = frame::Reader::new(&header[..]).next().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}

/// A few messages, then some bytes of it changed, cut or added.
fn stream(random: &mut StdRng) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.random_range(0..5) {
        let length = random.random_range(0..20);
        let content: Vec<u8> = random.random_iter().take(length).collect();
        let write = |out: &mut Vec<u8>| {
            out.extend(&content);
            Ok(())
        };
        frame::append(&mut bytes, write).unwrap();
    }
    for _ in 0..random.random_range(0..3) {
        match random.random_range(0..4) {
            0 if !bytes.is_empty() => {
                let at = random.random_range(0..bytes.len());
                bytes[at] = random.random();
            }
            1 => bytes.truncate(random.random_range(0..=bytes.len())),
            2 => bytes.insert(random.random_range(0..=bytes.len()), random.random()),
            _ => bytes.extend(random.random_iter::<u8>().take(9)),
        }
    }
    bytes
}

/// Answers a few bytes at a time, as a pipe may.
struct Pieces {
    bytes: Cursor<Vec<u8>>,
    most: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.most);
        self.bytes.read(&mut buffer[..most])
    }
}

/// Reads and decodes until the end or an error; answers how many messages came.
fn read_to_the_end(source: impl Read) -> u32 {
    let mut frames = frame::Reader::new(source);
    let mut messages = 0;
    loop {
        match frames.next() {
            Ok(Some(message)) => {
                messages += 1;
                let message = &message[frame::HEADER..];
                let mut rest = message;
                while frame::split_first(&mut rest).is_ok_and(|item| !item.is_empty()) {}
                let _ = frame::decode::<(u32, String, Option<Vec<i64>>)>(message);
            }
            Ok(None) => return messages,
            Err(error) => {
                let kinds = [ErrorKind::InvalidData, ErrorKind::UnexpectedEof];
                assert!(kinds.contains(&error.kind()), "{error}");
                return messages;
            }
        }
    }
}
