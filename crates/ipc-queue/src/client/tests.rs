//! The client of a child. The test is its broker, and so decides which messages cross each other.

#![allow(clippy::unwrap_used, clippy::panic)] // how a test says what must hold

use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::*;
use crate::capacity::Capacity;
use crate::messages::message_with;
use crate::sync::after;

/// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

/// A client, and the messages that it sends.
fn child() -> (Arc<Client>, Receiver<Vec<u8>>) {
    let (requests, pipe) = os_pipe::pipe().unwrap();
    let (sender, messages) = channel();
    thread::spawn(move || {
        let mut requests = frame::Reader::new(requests);
        while let Ok(Some(message)) = requests.next() {
            let _ = sender.send(message.to_vec()); // the test may be over
        }
    });
    (Client::of(Link::Pipe(CoalescingWriter::new(pipe, Some(FRONT)))), messages)
}

fn next(messages: &Receiver<Vec<u8>>) -> Request {
    let message = messages.recv_timeout(NET).unwrap();
    frame::decode_first(&message[frame::HEADER..]).unwrap().0
}

/// Calls the client in a thread. Returns what that call will return.
fn call<T: Send + 'static>(
    client: &Arc<Client>,
    call: impl FnOnce(&Arc<Client>) -> T + Send + 'static,
) -> Receiver<T> {
    let (client, (sender, returned)) = (Arc::clone(client), channel());
    thread::spawn(move || sender.send(call(&client)));
    returned
}

fn put(client: &Arc<Client>, deadline: Deadline) -> Result<(), Error> {
    client.put(|_| Ok(()), deadline)
}

#[test]
fn a_call_ends_in_its_time_though_another_thread_asks_again_before_it_wakes() {
    for wanted in [Wanted::VALUES, Wanted::Room { endless: false }] {
        let (client, requests) = child();
        let returned = call(&client, move |client| match wanted {
            Wanted::Values { .. } => client.get(after(Duration::ZERO)),
            Wanted::Room { .. } => put(client, after(Duration::ZERO)),
        });
        assert!(matches!(next(&requests), Request::Wait(_)));
        assert!(matches!(next(&requests), Request::Cancel(_)));
        let mut state = client.state.lock(); // only now, when it waits
        state.pending(wanted).responses += 1;
        client.request(&mut state, wanted).unwrap();
        client.state.notify(state);
        assert!(matches!(returned.recv_timeout(NET).unwrap(), Err(Error::TimedOut)));
    }
}

#[test]
fn a_put_without_a_timeout_asks_again_when_the_put_of_another_thread_has_timed_out() {
    let (client, requests) = child();
    let returned = call(&client, |client| put(client, after(Duration::ZERO)));
    assert!(matches!(next(&requests), Request::Wait(Wanted::Room { endless: false })));
    assert!(matches!(next(&requests), Request::Cancel(_)));
    let (sender, has_looked) = channel();
    let other = call(&client, move |client| {
        let room = Wanted::Room { endless: true };
        client.wait_for(client.state.lock(), room, None, |state| {
            sender.send(()).unwrap();
            Ok(state.room.then_some(()))
        })
    });
    has_looked.recv_timeout(NET).unwrap();
    client.respond(message_with(Response::Full, &[]).unwrap()).unwrap(); // both wait by now
    assert!(matches!(returned.recv_timeout(NET).unwrap(), Err(Error::TimedOut)));
    assert!(matches!(next(&requests), Request::Wait(Wanted::Room { endless: true })));
    client.respond(message_with(Response::Room, &[]).unwrap()).unwrap();
    other.recv_timeout(NET).unwrap().unwrap();
}

#[test]
fn a_put_that_waits_ends_when_another_thread_closes() {
    let (client, requests) = child();
    let returned = call(&client, |client| put(client, None));
    assert!(matches!(next(&requests), Request::Wait(Wanted::Room { endless: true })));
    client.close();
    assert!(matches!(returned.recv_timeout(NET).unwrap(), Err(Error::Closed)));
}

#[test]
fn a_value_on_its_way_to_a_client_that_leaves_comes_back() {
    let (client, requests) = child();
    let mut broker = crate::state::State::new(Capacity::default());
    let (outgoing, responses) = channel();
    let id = broker.add(outgoing);
    broker.request(id, message_with(Request::Put, b"\x01\0\0\0A").unwrap()).unwrap();
    let got = call(&client, |client| client.get::<u8>(None));
    broker.request(id, requests.recv_timeout(NET).unwrap()).unwrap(); // `Wait`
    broker.serve();
    let left = call(&client, Client::leave);
    assert!(matches!(got.recv_timeout(NET).unwrap(), Err(Error::Closed)));
    broker.request(id, requests.recv_timeout(NET).unwrap()).unwrap(); // `Cancel`
    broker.serve();
    let values = responses.try_iter().find(|(response, _)| *response == Response::Values);
    let message = values.unwrap().1.message(Response::Values).unwrap();
    broker.written(None);
    client.respond(message).unwrap();
    left.recv_timeout(NET).unwrap();
    broker.request(id, requests.recv_timeout(NET).unwrap()).unwrap(); // `Requeue`
    assert_eq!(broker.values.count, 1);
    assert!(broker.clients[&id].is_idle());
    broker.request(id, requests.recv_timeout(NET).unwrap()).unwrap(); // `Closed`
    assert!(broker.clients[&id].closed);
}

#[test]
fn a_thread_that_is_told_the_end_is_not_at_work_any_more() {
    let (client, requests) = child();
    client.respond(message_with(Response::Values, b"\x01\0\0\0A").unwrap()).unwrap();
    assert_eq!(client.get::<u8>(None).unwrap(), b'A');
    client.respond(message_with(Response::Closed, &[]).unwrap()).unwrap(); // to another thread, which hasn't woken
    assert!(matches!(client.get::<u8>(None), Err(Error::Closed)));
    assert!(matches!(next(&requests), Request::Requeue { at_work: 0, waits: false }));
}

#[test]
#[cfg_attr(miri, ignore = "a read that waits isn't woken by the end of the pipe there")]
fn a_client_whose_broker_is_gone_returns_errors_and_leaves() {
    let (responses, broker) = os_pipe::pipe().unwrap();
    let (requests, pipe) = os_pipe::pipe().unwrap();
    let client = Client::new(responses, pipe).unwrap();
    let got = call(&client, |client| client.get::<u8>(None));
    frame::Reader::new(requests.try_clone().unwrap()).next().unwrap(); // `Wait`
    drop(broker);
    assert!(matches!(got.recv_timeout(NET).unwrap(), Err(Error::Pipe(_))));
    call(&client, Client::leave).recv_timeout(NET).unwrap();
}

/// An inbox that has been filled with 1, 2 and 3.
fn inbox() -> Inbox {
    let mut inbox = Inbox::default();
    let values = b"\x01\0\0\0\x01\x01\0\0\0\x02\x01\0\0\0\x03";
    inbox.fill(Response::Values, message_with(Response::Values, values).unwrap());
    inbox
}

fn take(inbox: &mut Inbox) -> Option<u8> {
    inbox.take(|message, place| message[place][0]).unwrap()
}

#[test]
fn a_revoke_leaves_the_first_value_to_the_thread_that_has_asked() {
    let mut not_woken = inbox();
    assert_eq!(not_woken.take_rest(false), b"\x01\0\0\0\x02\x01\0\0\0\x03");
    assert!(!not_woken.is_empty());
    assert_eq!((take(&mut not_woken), take(&mut not_woken)), (Some(1), None));

    let mut taken = inbox();
    assert_eq!(take(&mut taken), Some(1));
    assert_eq!(taken.take_rest(false), b"\x01\0\0\0\x02\x01\0\0\0\x03");
    assert!(taken.is_empty());

    let mut leaves = inbox();
    assert_eq!(leaves.take_rest(true).len(), 15);
    assert!(leaves.is_empty());
}

#[test]
fn a_client_is_at_work_while_it_keeps_a_value_for_a_thread_that_has_asked() {
    let (client, requests) = child();
    let values = b"\x01\0\0\0A\x01\0\0\0B";
    client.respond(message_with(Response::Values, values).unwrap()).unwrap();
    client.respond(message_with(Response::Revoke, &[]).unwrap()).unwrap();
    assert!(matches!(next(&requests), Request::Requeue { at_work: 1, waits: false }));
}

#[test]
fn a_value_that_panics_is_taken() {
    let mut inbox = inbox();
    let panics = std::panic::AssertUnwindSafe(|| inbox.take(|_, _| panic!("on purpose")));
    std::panic::catch_unwind(panics).map(|_: Result<Option<()>, _>| ()).unwrap_err();
    assert_eq!(take(&mut inbox), Some(2));
}

#[test]
fn a_fast_reader_asks_for_1024_values_at_most() {
    let mut inbox = Inbox::default();
    assert_eq!(inbox.request(), 1);
    let values = b"\x01\0\0\0\x01".repeat(if cfg!(miri) { 2_000 } else { 10_000 });
    inbox.fill(Response::Values, message_with(Response::Values, &values).unwrap());
    while take(&mut inbox).is_some() {}
    assert!((1..=1024).contains(&inbox.request()));
    assert_eq!(inbox.request(), 1);
}
