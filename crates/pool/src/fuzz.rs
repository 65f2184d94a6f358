//! Random and nearly right messages, to the pool and to a worker: errors, never a panic, no memory over
//! the bound, and the plan's counts stay true.

#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::io::Cursor;
use std::sync::Mutex;

use peak_alloc::PeakAlloc;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use task_utils::frame;

use crate::plan::{Job, Place, State, Worker};
use crate::results::Mapped;
use crate::wire::{self, Batch, Outcome, Word};
use crate::worker::{Inbox, Results};

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
        understood += u32::from(to_the_pool(&mut random)) + u32::from(to_a_worker(&mut random));
    }
    assert!(understood > inputs / 20 && understood < inputs, "{understood} of {inputs}");
    let peak = MEMORY.peak_usage();
    assert!(peak < 2 * frame::MAX, "{peak} bytes");
}

struct Anyone;

impl Worker for Anyone {
    fn takes_tasks(&self) -> bool {
        true
    }
    fn close(&mut self) {}
    fn ask_back(&self, _: u64) {}
}

/// Tells a pool in the middle of its work something; answers whether that made sense.
fn to_the_pool(random: &mut StdRng) -> bool {
    let mut state = State::default();
    state.places.extend([0, 1].map(|_| Place::default().taken_by(Anyone, None)));
    let sink = Mapped::new();
    sink.expect(20);
    let items: Vec<u8> = (0..20).flat_map(|n| [1, 0, 0, 0, n]).collect();
    state.queue.push_back(Job {
        sink,
        first: 0,
        count: 20,
        bulk: true,
        items: items.into(),
        offset: 0,
    });
    state.queued = 20;
    // After the first quick answer a worker is given several at once; one of those is answered, too.
    for number in [1, 2] {
        assert!(state.take_for(0, &mut Vec::new()));
        assert!(state.hear(0, Word::Results { number, count: 1 }).is_ok());
    }
    state.take_for(1, &mut Vec::new());

    let small = |random: &mut StdRng| random.random_range(0..4_u64);
    let number = small(random);
    let (word, items) = match random.random_range(0..4) {
        0 => (Word::Hello, 0),
        1 => (Word::GaveBack { number, kept: small(random), through: small(random) }, 0),
        _ => (Word::Results { number, count: 1 }, 1),
    };
    let mut rest = Vec::new();
    (0..items).for_each(|_| wire::push_outcome(&mut rest, &Outcome::Ok(7)));
    let mut message = Vec::new();
    wire::push(&mut message, &word, &rest).unwrap();
    let from = frame::HEADER; // a wrong header doesn't come as far as this
    mutate(&mut message, from, random);

    let heard = wire::word(&message).and_then(|(word, _)| state.hear(0, word));
    let held: usize = state.places.iter().map(|place| place.outstanding).sum();
    let sent = state.places.iter().flat_map(|place| &place.sent).map(|sent| sent.job.count);
    assert_eq!((held, sent.sum::<usize>()), (state.outstanding, state.outstanding));
    assert_eq!(state.queue.iter().map(|job| job.count).sum::<usize>(), state.queued);
    heard.is_ok()
}

/// Hands a worker a few batches, and asks for some back; answers whether all made sense.
fn to_a_worker(random: &mut StdRng) -> bool {
    let mut message = Vec::new();
    for number in 1..random.random_range(2..4) {
        let count = random.random_range(0..3_u8);
        let items: Vec<u8> = (0..count).flat_map(|n| [1, 0, 0, 0, n]).collect();
        let batch = Batch { number, count: count.into(), bulk: random.random() };
        wire::push(&mut message, &batch, &items).unwrap();
    }
    mutate(&mut message, 0, random);
    let mut inbox = Inbox::new(Cursor::new(message));
    let up = Mutex::new(std::io::sink());
    let mut results = Results::default();
    let mut next = || inbox.next::<u8>(&mut results, &up);
    loop {
        match next() {
            Ok(Some(_)) if random.random_ratio(1, 8) => break,
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
    inbox.give_back(random.random_range(0..4)).is_ok()
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
