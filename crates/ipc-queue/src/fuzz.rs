//! Random and nearly right messages, to the broker and to a client: errors, never a panic, and no memory
//! over the bound.

#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::io::Cursor;
use std::sync::mpsc;

use rand::RngExt;
use rand::rngs::StdRng;
use task_utils::frame;

use crate::capacity::Capacity;
use crate::inbox::Inbox;
use crate::messages::{self, FRONT, Request, Response, Wanted};
use crate::state::State;
use crate::values::Values;

use harness::{fuzz, mutate};

#[path = "../../task-utils/tests/fuzz/harness.rs"]
mod harness;

#[test]
fn nearly_right_messages_are_errors() {
    fuzz(if cfg!(miri) { 50 } else { 20_000 }, 1, one_input);
}

#[test]
#[ignore = "takes a minute without optimisation"]
fn ten_million_nearly_right_messages_are_errors() {
    fuzz(10_000_000, 2, one_input);
}

fn one_input(random: &mut StdRng) -> bool {
    if random.random() { to_the_broker(random) } else { to_a_client(random) }
}

/// Requests something of a broker which has sent values to one of two clients. Returns whether that made
/// sense.
fn to_the_broker(random: &mut StdRng) -> bool {
    let exact = Capacity::Values(random.random_range(1..4));
    let mut state = State::new(if random.random() { exact } else { Capacity::default() });
    let clients = [(); 2].map(|()| mpsc::channel());
    let ids = clients.each_ref().map(|(outgoing, _)| state.add(outgoing.clone()));
    for id in ids {
        let mut put = message(Request::Put, random);
        mutate(&mut put, FRONT, random);
        if state.request(id, put).is_err() {
            return false;
        }
        state.request(id, messages::message_with(Request::Wait(THREE), &[]).unwrap()).unwrap();
        serve(&mut state, &clients);
    }
    let at_work = [0, 1, u32::MAX][random.random_range(0..3)];
    let request = match random.random_range(0..7) {
        0 => Request::Closed,
        1 => Request::Put,
        2 => Request::Wait(Wanted::Values { most: random.random_range(0..3), at_work }),
        3 => Request::Cancel(THREE),
        4 | 5 => Request::Wait(Wanted::Room { endless: true }),
        _ => Request::Requeue { at_work, waits: random.random() },
    };
    let mut message = message(request, random);
    mutate(&mut message, frame::HEADER, random); // a wrong header doesn't come as far as this
    let understood = state.request(ids[0], message);
    serve(&mut state, &clients);
    ids.into_iter().for_each(|id| state.remove(id));
    let last = mpsc::channel();
    let id = state.add(last.0.clone());
    while state.values.count > 0 {
        state.request(id, messages::message_with(Request::Wait(THREE), &[]).unwrap()).unwrap();
        assert!(serve(&mut state, [&last]) > 0);
    }
    assert_eq!((state.values.count, state.values.bytes), (0, 0));
    understood.is_ok()
}

const THREE: Wanted = Wanted::Values { most: 3, at_work: 0 };

type Outgoing = (Response, Values);
type Channel = (mpsc::Sender<Outgoing>, mpsc::Receiver<Outgoing>);

/// Returns how many values were sent to the clients.
fn serve<'a>(state: &mut State, clients: impl IntoIterator<Item = &'a Channel>) -> usize {
    state.serve();
    let mut sent = 0;
    for what in clients.into_iter().flat_map(|(_, outgoing)| outgoing.try_iter()) {
        if let (Response::Values, values) = what {
            assert!(values.count > 0);
            sent += values.count;
            state.written(None);
        }
    }
    sent
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
    messages::message_with(word, &items(random)).unwrap()
}

fn items(random: &mut StdRng) -> Vec<u8> {
    let mut items = Vec::new();
    for _ in 0..random.random_range(0..5) {
        frame::append_item(&mut items, |out| frame::encode(&random.random::<u32>(), out)).unwrap();
    }
    items
}
