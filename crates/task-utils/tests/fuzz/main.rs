//! Random and nearly right bytes where messages are expected are errors: never a panic, and never memory
//! beyond the bound.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::io::{Cursor, ErrorKind, Read};

use rand::RngExt;
use rand::rngs::StdRng;
use task_utils::frame;

use harness::{fuzz, mutate};

mod harness;

#[test]
fn the_frame_reader_survives_100_000_streams() {
    fuzz(100_000, 1, one_stream);
}

#[test]
#[ignore = "takes a minute"]
fn the_frame_reader_survives_10_000_000_streams() {
    fuzz(10_000_000, 2, one_stream);
}

// These inputs have failed once.
#[test]
fn a_length_over_the_bound_is_an_error_before_any_memory_is_taken() {
    for length in [frame::MAX as u32 * 2, u32::MAX] {
        let header = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
        let error = frame::Reader::new(&header[..]).next().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}

// Garbage with a small number in front must not look like a message of which the rest is still to come.
#[test]
fn what_is_not_a_header_is_an_error_at_once() {
    let garbage = [3, 0, 0, 0, 1, 2, 3, 4];
    let error = frame::Reader::new(&garbage[..]).next().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
}

/// A few messages, then some of their bytes changed, cut or added. Returns whether they were read.
fn one_stream(random: &mut StdRng) -> bool {
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
    mutate(&mut bytes, 0, random);
    read_to_the_end(Pieces { bytes: Cursor::new(bytes), most: 7 })
}

/// Returns a few bytes at a time, as a pipe may.
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

/// Reads and decodes until the end or an error. Returns whether there were messages and no error.
fn read_to_the_end(source: impl Read) -> bool {
    let mut frames = frame::Reader::new(source);
    let mut found = false;
    loop {
        match frames.next() {
            Ok(Some(message)) => {
                found = true;
                let message = &message[frame::HEADER..];
                let mut rest = message;
                while frame::split_first(&mut rest).is_ok_and(|item| !item.is_empty()) {}
                let _ = frame::decode::<(u32, String, Option<Vec<i64>>)>(message);
            }
            Ok(None) => return found,
            Err(error) => {
                let kinds = [ErrorKind::InvalidData, ErrorKind::UnexpectedEof];
                assert!(kinds.contains(&error.kind()), "{error}");
                return false;
            }
        }
    }
}
