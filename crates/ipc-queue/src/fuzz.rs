//! Random and nearly right messages, to the broker and to a client: errors, never a panic, and no memory
//! over the bound.

#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::io::Cursor;

use rand::RngExt;
use rand::rngs::StdRng;
use task_utils::frame;

use crate::batch::Batch;
use crate::capacity::Capacity;
use crate::inbox::Inbox;
use crate::messages::{self, FRONT, Request, Response};
use crate::state::{Outgoing, State};

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
    if random.random() { to_the_broker(random) } else { to_a_client(random) }
}

/// Requests something of a broker which has sent values to two children. Returns whether that made sense.
fn to_the_broker(random: &mut StdRng) -> bool {
    let mut state = State::default();
    if random.random() {
        state.capacity = Capacity::Values(random.random_range(1..4));
    }
    let ids = [(); 2].map(|()| state.add());
    for id in ids {
        let mut put = message(Request::Put, random);
        mutate(&mut put, FRONT, random);
        let Ok(values) = Batch::new(put, FRONT) else { return false };
        state.request(id, Request::Put, values).unwrap();
        let none = Batch::new(Vec::new(), 0).unwrap();
        state.request(id, Request::Get { count: 3 }, none).unwrap();
        serve(&mut state);
    }
    let request = match random.random_range(0..8) {
        0 => Request::Closed,
        1 => Request::Put,
        2 => Request::Get { count: random.random_range(0..3) },
        3 => Request::Cancel,
        4 => Request::Busy { threads: random.random() },
        5 => Request::Offer { number: random.random(), endless: true },
        6 => Request::Withdraw { number: random.random() },
        _ => Request::Requeue,
    };
    let mut message = message(request, random);
    mutate(&mut message, frame::HEADER, random); // a wrong header doesn't come as far as this
    let decoded = frame::decode_first::<Request>(&message[frame::HEADER..]);
    let decoded = decoded.map(|(request, values)| (request, message.len() - values.len()));
    let understood = decoded
        .and_then(|(request, start)| state.request(ids[0], request, Batch::new(message, start)?));
    serve(&mut state);
    ids.into_iter().for_each(|id| state.remove(id));
    loop {
        let id = state.get();
        serve(&mut state);
        if state.ready.remove(&id).is_none() {
            break;
        }
    }
    assert_eq!((state.values.count, state.values.bytes), (0, 0));
    understood.is_ok()
}

fn serve(state: &mut State) {
    for (child, what) in state.outgoing() {
        if let Outgoing::Values(values) = what {
            assert!(values.count > 0);
            state.written(child, None);
        }
    }
}

/// Responds to a client. Returns whether that made sense.
fn to_a_client(random: &mut StdRng) -> bool {
    let word = [Response::Values, Response::Values, Response::Closed, Response::Empty]
        [random.random_range(0..4)];
    let mut message = message(word, random);
    mutate(&mut message, 0, random);
    let mut inbox = Inbox::default();
    let mut messages = frame::Reader::new(Cursor::new(message));
    let Ok(Some(message)) = messages.next() else { return false };
    let response = frame::decode_first(&message[frame::HEADER..]).map(|(response, _)| response);
    let understood = match response {
        Ok(response @ (Response::Values | Response::Closed | Response::Empty)) => {
            inbox.fill(response, message.to_vec());
            true
        }
        other => other.is_ok(),
    };
    loop {
        match inbox.take(|bytes, place| messages::decode::<String>(bytes, place).is_ok()) {
            Ok(Some(_)) => {}
            Ok(None) => return understood,
            Err(_) => return false,
        }
    }
}

/// A message with values.
fn message(word: impl serde::Serialize, random: &mut StdRng) -> Vec<u8> {
    let items = items(random);
    messages::message(word, |out| {
        out.extend_from_slice(&items);
        Ok(())
    })
    .unwrap()
}

fn items(random: &mut StdRng) -> Vec<u8> {
    let mut items = Vec::new();
    for _ in 0..random.random_range(0..5) {
        frame::append_item(&mut items, |out| frame::encode(&random.random::<u32>(), out)).unwrap();
    }
    items
}
