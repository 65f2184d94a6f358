//! Random and nearly right messages, to the broker and to a client: errors, never a panic, and no memory
//! over the bound.

#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::io::Cursor;

use rand::RngExt;
use rand::rngs::StdRng;
use task_utils::frame;

use crate::batch::Batch;
use crate::capacity::Capacity;
use crate::inbox::{Inbox, read_response};
use crate::messages::{self, FRONT, Notification, Patience, Request, Response};
use crate::state::{Outgoing, State, What};

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
        state.capacity = Capacity::of_values(random.random_range(1..4));
    }
    let ids = [(); 2].map(|()| state.add());
    for id in ids {
        let mut put = messages::message(&Request::Put, &items(random)).unwrap();
        mutate(&mut put, FRONT, random);
        let Ok(values) = Batch::new(put) else { return false };
        state.request(id, Request::Put, values).unwrap();
        state.request(id, Request::Get { count: 3 }, None).unwrap();
        serve(&mut state);
    }
    let request = match random.random_range(0..8) {
        0 => Request::Closed,
        1 => Request::Put,
        2 => Request::Get { count: random.random_range(0..3) },
        3 => Request::Cancel,
        4 => Request::Busy { threads: random.random() },
        5 => Request::Acquire { number: random.random(), patience: Patience::Endless },
        6 => Request::Release,
        _ => Request::Requeue,
    };
    let mut message = messages::message(&request, &items(random)).unwrap();
    mutate(&mut message, frame::HEADER, random); // a wrong header doesn't come as far as this
    let understood = frame::decode_first::<Request>(&message[frame::HEADER..]).map(|(up, _)| up);
    let understood = understood.and_then(|request| {
        let values = if request.has_values() { Batch::new(message)? } else { None };
        state.request(ids[0], request, values)
    });
    serve(&mut state);
    ids.into_iter().for_each(|id| state.remove(id));
    while state.get().is_ok() {}
    assert_eq!((state.values.count(), state.values.bytes()), (0, 0));
    understood.is_ok()
}

fn serve(state: &mut State) {
    for Outgoing { child, what } in state.outgoing() {
        if let What::Values(batches) = what {
            assert!(!batches.is_empty());
            state.written(child, Vec::new());
        }
    }
}

/// Responds to a client. Returns whether that made sense.
fn to_a_client(random: &mut StdRng) -> bool {
    let word = [Response::Values, Response::Values, Response::Closed, Response::Empty]
        [random.random_range(0..4)];
    let mut message = messages::message(&word, &items(random)).unwrap();
    mutate(&mut message, 0, random);
    let _ = frame::decode::<(u32, Notification)>(&message); // any bytes at all
    let mut inbox = Inbox::default();
    let response = read_response(&mut frame::Reader::new(Cursor::new(message)));
    let understood = response.is_ok();
    inbox.fill(response);
    loop {
        match inbox.take() {
            Ok(Some(_)) => {}
            Ok(None) => return understood,
            Err(_) => return false,
        }
    }
}

fn items(random: &mut StdRng) -> Vec<u8> {
    let mut items = Vec::new();
    for _ in 0..random.random_range(0..5) {
        frame::append_item(&mut items, |out| frame::encode(&random.random::<u32>(), out)).unwrap();
    }
    items
}
