//! Messages that cross each other, and clients that end in the middle of a write.

#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::sync::mpsc::{Receiver, channel};

use super::*;
use crate::messages::message_with;

const VALUE: &[u8] = b"\x01\0\0\0A";

/// A queue with one client.
fn queue(capacity: Capacity) -> (State, u64, Receiver<(Response, Values)>) {
    let mut state = State::new(capacity);
    let (outgoing, responses) = channel();
    let id = state.add(outgoing);
    (state, id, responses)
}

impl State {
    /// Does what a client requests, and what follows.
    fn do_request(&mut self, id: u64, request: Request, values: &[u8]) {
        self.request(id, message_with(request, values).unwrap()).unwrap();
        self.serve();
    }

    fn wait(&mut self, id: u64, at_work: u32) {
        self.do_request(id, Request::Wait(Wanted::Values { most: 1, at_work }), &[]);
    }

    fn is_idle(&self) -> bool {
        self.clients.values().all(Member::is_idle)
    }
}

#[test]
fn a_lone_value_that_nobody_took_comes_back() {
    let (mut state, id, _responses) = queue(Capacity::default());
    state.do_request(id, Request::Put, VALUE);
    assert_eq!((state.values.count, state.is_idle()), (1, true));
    state.wait(id, 0);
    state.written(None);
    assert_eq!((state.values.count, state.is_idle()), (0, false));
    // Another thread of the client tells that it is done, as one that waits still does.
    state.do_request(id, Request::Requeue { at_work: 0, waits: true }, &[]);
    assert_eq!((state.values.count, state.is_idle()), (0, false));
    state.do_request(id, Request::Requeue { at_work: 0, waits: false }, VALUE);
    assert_eq!((state.values.count, state.is_idle()), (1, true));
}

#[test]
fn a_reader_at_work_on_a_lone_value_holds_up_no_other() {
    let (mut state, reader, _responses) = queue(Capacity::default());
    let (outgoing, others) = channel();
    let other = state.add(outgoing);
    state.do_request(reader, Request::Put, VALUE);
    state.wait(reader, 0);
    state.written(None);
    state.do_request(reader, Request::Put, VALUE);
    state.wait(other, 0);
    assert_eq!(others.try_iter().last().unwrap().1.count, 1);
}

#[test]
fn a_client_is_idle_though_its_requeue_has_crossed_an_empty() {
    let (mut state, id, responses) = queue(Capacity::default());
    state.wait(id, 1); // beside a thread at work
    state.do_request(id, Request::Cancel(Wanted::VALUES), &[]);
    assert_eq!(responses.try_iter().last().unwrap().0, Response::Empty);
    state.do_request(id, Request::Requeue { at_work: 0, waits: true }, &[]);
    assert!(state.is_idle());
}

#[test]
fn a_value_being_written_to_a_reader_that_ended_is_still_in_the_queue() {
    let (mut state, ended, responses) = queue(Capacity::default());
    let (outgoing, others) = channel();
    let other = state.add(outgoing);
    state.do_request(ended, Request::Put, VALUE);
    state.do_request(other, Request::Closed, &[]);
    state.wait(ended, 0);
    state.remove(ended);
    state.wait(other, 0);
    assert!(!state.is_empty());
    assert!(others.try_iter().all(|(response, _)| response == Response::Resume));
    state.written(Some(responses.try_iter().last().unwrap().1));
    state.serve();
    assert_eq!(others.try_iter().last().unwrap().1.count, 1);
}

#[test]
fn a_client_that_closes_leaves_its_room_to_others() {
    const ROOM: Request = Request::Wait(Wanted::Room { endless: true });
    let (mut state, closes, responses) = queue(Capacity::Values(1));
    let (outgoing, others) = channel();
    let other = state.add(outgoing);
    let last = |responses: &Receiver<(Response, Values)>| responses.try_iter().last().unwrap().0;
    state.do_request(closes, ROOM, &[]);
    assert_eq!(last(&responses), Response::Room);
    state.do_request(closes, ROOM, &[]); // of another thread
    state.do_request(closes, Request::Closed, &[]);
    assert_eq!(last(&responses), Response::Full);
    state.do_request(closes, ROOM, &[]); // of a thread that has not noticed
    assert_eq!(last(&responses), Response::Full);
    state.do_request(other, ROOM, &[]);
    assert_eq!(last(&others), Response::Room);
    assert!(state.request(closes, message_with(Request::Put, VALUE).unwrap()).is_err());
}

#[test]
fn a_new_client_is_told_whether_it_has_to_wait_for_room() {
    let told = |capacity| queue(capacity).2.try_recv().unwrap().0;
    assert_eq!(told(Capacity::default()), Response::Resume);
    assert_eq!(told(Capacity::Values(1)), Response::Pause);
}

#[test]
fn clients_pause_over_the_bound_and_go_on_at_half() {
    let (mut state, id, _responses) = queue(Capacity::Bytes(4 * VALUE.len()));
    for n in 1..=5 {
        state.do_request(id, Request::Put, VALUE);
        assert_eq!(state.paused, n > 4);
    }
    for left in (0..=4).rev() {
        state.wait(id, 0);
        state.written(None);
        assert_eq!(state.paused, left > 2);
    }
}

#[test]
fn a_get_whose_time_is_over_leaves_a_put_its_turn() {
    let (mut state, id, responses) = queue(Capacity::Values(0)); // always full
    state.do_request(id, Request::Wait(Wanted::Room { endless: true }), &[]);
    state.wait(id, 0);
    state.do_request(id, Request::Cancel(Wanted::VALUES), &[]);
    let got: Vec<Response> = responses.try_iter().map(|(response, _)| response).collect();
    assert_eq!(got, [Response::Pause, Response::Empty]);
}
