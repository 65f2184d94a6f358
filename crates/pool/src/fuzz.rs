//! Random and nearly right messages, to the pool and to a worker: errors, never a panic, no memory over
//! the bound, and the counts of a batch stay true.

#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::io::Cursor;
use std::sync::mpsc;

use rand::RngExt;
use rand::rngs::StdRng;
use task_utils::frame;

use crate::batch::{Job, Queue, ReplyTo};
use crate::message::{self, Request, Response};
use crate::worker::Worker;

use harness::{fuzz, mutate};

#[path = "../../task-utils/tests/fuzz/harness.rs"]
mod harness;

#[test]
fn nearly_right_messages_are_errors() {
    fuzz(if cfg!(miri) { 100 } else { 20_000 }, 1, one_input);
}

#[test]
#[ignore = "takes a minute without optimisation"]
fn ten_million_nearly_right_messages_are_errors() {
    fuzz(10_000_000, 2, one_input);
}

fn one_input(random: &mut StdRng) -> bool {
    if random.random() { to_the_pool(random) } else { to_a_worker(random) }
}

fn args(count: u8) -> Vec<u8> {
    (0..count).flat_map(|n| [1, 0, 0, 0, n]).collect()
}

/// Responds to a pool in the middle of its work; returns whether that made sense.
fn to_the_pool(random: &mut StdRng) -> bool {
    let (sender, pieces) = mpsc::channel();
    let mut job = Job::new(ReplyTo::Map(sender), 0);
    (0..20_u8).for_each(|n| job.push(&n).unwrap());
    let mut queue = Queue::default();
    queue.push_back(job);
    let mut batch = queue.take_batch(random.random_range(1..6)).unwrap();
    let (mut understood, mut replied) = (true, 0);
    for _ in 0..2 {
        let count = random.random_range(0..4);
        let (response, items) = match random.random_range(0..8) {
            0 => (Response::Hello, 0),
            1..4 => (Response::Returned(count), 0),
            _ => (Response::Results, count),
        };
        let items = [2, 0, 0, 0, 0, 7].repeat(items);
        let mut message = message::encode(&response, &[&items]).unwrap();
        mutate(&mut message, frame::HEADER, random); // a wrong header doesn't come as far as this
        let heard = match message::decode::<Response>(&message) {
            Ok((Response::Results, results)) => batch.reply(results.0.to_vec()),
            Ok((Response::Returned(count), _)) => {
                batch.take_back(count).map(|jobs| queue.push_front(jobs))
            }
            Ok(_) => Err(frame::garbage("out of place")),
            Err(error) => Err(error),
        };
        understood &= heard.is_ok();
        let results = pieces.try_iter().map(|(_, piece)| message::Items(&piece.unwrap()).count());
        replied += results.sum::<usize>();
        assert_eq!(replied + batch.jobs.tasks, batch.count);
        assert_eq!(replied + batch.jobs.tasks + queue.tasks, 20);
    }
    understood
}

/// Sends a worker a few batches; returns whether all made sense.
fn to_a_worker(random: &mut StdRng) -> bool {
    let mut requests = Vec::new();
    for _ in 1..random.random_range(2..4) {
        let count = random.random_range(0..3_u8);
        let request = Request { count: count.into(), all_or_nothing: random.random() };
        requests.extend(message::encode(&request, &[&args(count)]).unwrap());
    }
    mutate(&mut requests, 0, random);
    let worker = Worker::new(std::io::sink());
    worker.run(|n: u8| n, &mut frame::Reader::new(Cursor::new(requests))).is_ok()
}
