//! Queues and pipe ends among the arguments of a child: serialised, an end is its number among those
//! that the child is handed.
//!
//! `Serialize` has no place for them, so they are collected by the thread that serialises the arguments.

use std::cell::{Cell, RefCell};
use std::io;
use std::sync::Arc;

use os_pipe::{PipeReader, PipeWriter};
use task_utils::handover::{self, End};

use crate::broker::Broker;
use crate::client::Client;

thread_local! {
    static SENT: RefCell<Option<Sent>> = const { RefCell::new(None) };
    static RECEIVED: RefCell<Option<Received>> = const { RefCell::new(None) };
    static REFUSED: Cell<Option<Refused>> = const { Cell::new(None) };
}

/// Serde's formats may forget the message of an error.
type Refused = (io::ErrorKind, &'static str);

const OUTSIDE: Refused = (
    io::ErrorKind::InvalidInput,
    "a queue or a pipe end can only be an argument of `Process::start`",
);
const NOT_THE_MAKER: Refused = (
    io::ErrorKind::Unsupported,
    "only the process that made the queue can start others with it; let it start them, or make a queue here",
);

/// What the arguments hold: the child's ends, and for each queue ours.
#[derive(Default)]
pub(crate) struct Sent {
    pub ends: Vec<End>,
    pub queues: Vec<SentQueue>,
}

pub(crate) struct SentQueue {
    pub broker: Arc<Broker>,
    pub responses: PipeWriter,
    pub requests: PipeReader,
}

#[derive(Default)]
struct Received {
    ends: Vec<Option<End>>,
    clients: Vec<Arc<Client>>,
}

/// Collects what `serialise` finds among the arguments.
pub(crate) fn send(serialise: impl FnOnce() -> io::Result<()>) -> io::Result<Sent> {
    SENT.set(Some(Sent::default()));
    let serialised = serialise();
    let sent = SENT.take().unwrap_or_default();
    explain(serialised).map(|()| sent)
}

/// Gives what `deserialise` finds its ends; returns also the queues, in their order.
pub(crate) fn receive<T>(
    ends: Vec<End>,
    deserialise: impl FnOnce() -> io::Result<T>,
) -> io::Result<(T, Vec<Arc<Client>>)> {
    let ends = ends.into_iter().map(Some).collect();
    RECEIVED.set(Some(Received { ends, clients: Vec::new() }));
    let value = deserialise();
    let received = RECEIVED.take().unwrap_or_default();
    value.map(|value| (value, received.clients))
}

/// Says why a value was refused, where that was its queue or pipe end.
pub(crate) fn explain<T>(serialised: io::Result<T>) -> io::Result<T> {
    let refused = REFUSED.take();
    serialised.map_err(|error| refused.map_or(error, |(kind, why)| io::Error::new(kind, why)))
}

fn refuse<E: serde::ser::Error>(refused: Refused) -> E {
    REFUSED.set(Some(refused));
    E::custom(refused.1)
}

// ── in the process that starts a child ──────────────────────────────────────────────────────────────

/// Sends an end; returns its number.
pub(crate) fn send_end<E: serde::ser::Error>(end: io::Result<impl Into<End>>) -> Result<usize, E> {
    SENT.with_borrow_mut(|sent| match sent {
        None => Err(refuse(OUTSIDE)),
        Some(sent) => {
            sent.ends.push(end.map_err(E::custom)?.into());
            Ok(sent.ends.len() - 1)
        }
    })
}

/// Sends a queue, if this process made it; returns the numbers of its ends.
pub(crate) fn send_queue<E: serde::ser::Error>(
    broker: Option<&Arc<Broker>>,
) -> Result<(usize, usize), E> {
    let Some(broker) = broker else { return Err(refuse(NOT_THE_MAKER)) };
    let (child_responses, responses) = handover::pipe().map_err(E::custom)?;
    let (requests, child_requests) = handover::pipe().map_err(E::custom)?;
    let numbers = (send_end(Ok(child_responses))?, send_end(Ok(child_requests))?);
    let queue = SentQueue { broker: Arc::clone(broker), responses, requests };
    SENT.with_borrow_mut(|sent| sent.as_mut().map(|sent| sent.queues.push(queue)));
    Ok(numbers)
}

// ── in the child ────────────────────────────────────────────────────────────────────────────────────

pub(crate) fn receive_end<T: From<End>, E: serde::de::Error>(number: usize) -> Result<T, E> {
    let end = RECEIVED.with_borrow_mut(|received| received.as_mut()?.ends.get_mut(number)?.take());
    end.map(T::from).ok_or_else(|| E::custom(OUTSIDE.1))
}

pub(crate) fn receive_queue<E: serde::de::Error>(
    (responses, requests): (usize, usize),
    exact: bool,
) -> Result<Arc<Client>, E> {
    let client = Client::new(receive_end(responses)?, receive_end(requests)?, exact);
    RECEIVED.with_borrow_mut(|received| {
        received.iter_mut().for_each(|received| received.clients.push(Arc::clone(&client)));
    });
    Ok(client)
}
