//! Random and nearly right messages, to the hub and to a child: errors, never a panic, and no memory
//! over the bound.

#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::io::Cursor;
use std::time::Duration;

use peak_alloc::PeakAlloc;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use task_utils::frame;

use crate::block::Block;
use crate::branch::Inbox;
use crate::state::State;
use crate::wire::{self, Control, Down, Up};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn nearly_right_messages_are_errors() {
    fuzz(if cfg!(miri) { 100 } else { 20_000 }, 1);
}

#[test]
#[ignore = "takes a minute without optimisation"]
fn ten_million_nearly_right_messages_are_errors() {
    fuzz(10_000_000, 2);
}

fn fuzz(inputs: u32, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut understood = 0;
    for _ in 0..inputs / 2 {
        understood += u32::from(to_the_hub(&mut random)) + u32::from(to_a_child(&mut random));
    }
    assert!(understood > inputs / 20 && understood < inputs, "{understood} of {inputs}");
    let peak = MEMORY.peak_usage();
    assert!(peak < 2 * frame::MAX, "{peak} bytes");
}

/// Tells a hub something, which has given values to two children; answers whether that made sense.
fn to_the_hub(random: &mut StdRng) -> bool {
    let mut state = State::default();
    let ids = [(); 2].map(|()| state.add());
    for id in ids {
        let mut put = wire::message(&Up::Put, &items(random)).unwrap();
        mutate(&mut put, wire::FRONT, random);
        let Ok(values) = Block::new(put) else { return false };
        state.hear(id, Up::Put, values).unwrap();
        state.hear(id, Up::Want { count: 3, timeout: None }, None).unwrap();
        state.letters();
    }
    let word = match random.random_range(0..4) {
        0 => Up::Closed,
        1 => Up::Put,
        2 => {
            Up::Want { count: random.random(), timeout: Some(Duration::from_secs(random.random())) }
        }
        _ => Up::GaveBack,
    };
    let mut message = wire::message(&word, &items(random)).unwrap();
    mutate(&mut message, frame::HEADER, random); // a wrong header doesn't come as far as this
    let heard = frame::decode_first::<Up>(&message[frame::HEADER..]).map(|(up, _)| up);
    let heard = heard.and_then(|up| {
        let values = if up.has_values() { Block::new(message)? } else { None };
        state.hear(ids[0], up, values)
    });
    state.letters();
    ids.into_iter().for_each(|id| state.remove(id));
    while state.pop().is_some() {}
    assert_eq!(state.counts(), (0, 0));
    heard.is_ok()
}

/// Answers a child; answers whether that made sense.
fn to_a_child(random: &mut StdRng) -> bool {
    let word =
        [Down::Values, Down::Values, Down::Closed, Down::TimedOut][random.random_range(0..4)];
    let mut message = wire::message(&word, &items(random)).unwrap();
    mutate(&mut message, 0, random);
    let _ = frame::decode::<Control>(&message); // any bytes at all
    let mut inbox = Inbox::new(Cursor::new(message));
    if inbox.fill().is_err() {
        return false;
    }
    while !inbox.is_empty() {
        if inbox.take().is_err() {
            return false;
        }
    }
    true
}

fn items(random: &mut StdRng) -> Vec<u8> {
    let mut items = Vec::new();
    for _ in 0..random.random_range(0..5) {
        frame::append_item(&mut items, |out| frame::encode(&random.random::<u32>(), out)).unwrap();
    }
    items
}

/// Changes, cuts or adds some bytes from `from` on, or none.
fn mutate(bytes: &mut Vec<u8>, from: usize, random: &mut StdRng) {
    for _ in 0..random.random_range(0..3) {
        let at = random.random_range(from..=bytes.len());
        match random.random_range(0..4) {
            0 if at < bytes.len() => bytes[at] = random.random(),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, random.random()),
            _ => bytes.extend(random.random_iter::<u8>().take(9)),
        }
    }
}
