//! Queues and pipe ends among the arguments of a child: serialised, an end is its number among those
//! that the child is handed.
//!
//! `Serialize` has no place for them, so they are collected by the thread that serialises the arguments.

use std::cell::{Cell, RefCell};
use std::io;
use std::sync::Arc;

use os_pipe::{PipeReader, PipeWriter};
use serde::{de, ser};
use task_utils::handover::{self, End};

use crate::broker::Broker;
use crate::client::Client;

thread_local! {
    static ARGUMENTS: RefCell<Option<Arguments>> = const { RefCell::new(None) };
    /// Why a value was refused: serde's formats may forget the message of an error.
    static REFUSED: Cell<Option<Refused>> = const { Cell::new(None) };
}

type Refused = (io::ErrorKind, &'static str);

const OUTSIDE: Refused = (
    io::ErrorKind::InvalidInput,
    "a queue or a pipe end can only be an argument of `Process::start`",
);
const NOT_THE_MAKER: Refused = (
    io::ErrorKind::Unsupported,
    "only the process that made the queue can start others with it; let it start them, or make a queue here",
);

/// What arguments hold besides their bytes: the child's ends (until each is found), and for each queue the
/// other end of it: ours where a child is started, in the child the client.
#[derive(Default)]
pub(crate) struct Arguments {
    pub ends: Vec<Option<End>>,
    pub queues: Vec<SentQueue>,
    pub clients: Vec<Arc<Client>>,
}

pub(crate) struct SentQueue {
    pub broker: Arc<Broker>,
    pub responses: PipeWriter,
    pub requests: PipeReader,
}

/// Clears the thread's arguments, also after a panic.
struct Clear;

impl Drop for Clear {
    fn drop(&mut self) {
        ARGUMENTS.set(None);
    }
}

/// Serialises or deserialises arguments, with these ends at first. Returns also what they hold.
pub(crate) fn with<T>(
    ends: Vec<End>,
    serde: impl FnOnce() -> io::Result<T>,
) -> io::Result<(T, Arguments)> {
    let ends = ends.into_iter().map(Some).collect();
    ARGUMENTS.set(Some(Arguments { ends, ..Arguments::default() }));
    let _clear = Clear;
    let value = explain(serde())?;
    Ok((value, ARGUMENTS.take().unwrap_or_default()))
}

/// Says why a value was refused, where that was its queue or pipe end.
pub(crate) fn explain<T>(serialised: io::Result<T>) -> io::Result<T> {
    let refused = REFUSED.take();
    serialised.map_err(|error| refused.map_or(error, |(kind, why)| io::Error::new(kind, why)))
}

fn refuse<E: ser::Error>(refused: Refused) -> E {
    REFUSED.set(Some(refused));
    E::custom(refused.1)
}

/// Sends an end; returns its number.
pub(crate) fn send_end<E: ser::Error>(end: io::Result<impl Into<End>>) -> Result<usize, E> {
    ARGUMENTS.with_borrow_mut(|arguments| {
        let ends = &mut arguments.as_mut().ok_or_else(|| refuse(OUTSIDE))?.ends;
        ends.push(Some(end.map_err(E::custom)?.into()));
        Ok(ends.len() - 1)
    })
}

/// Sends a queue, if this process made it; returns the numbers of its ends.
pub(crate) fn send_queue<E: ser::Error>(broker: Option<&Arc<Broker>>) -> Result<(usize, usize), E> {
    let broker = Arc::clone(broker.ok_or_else(|| refuse(NOT_THE_MAKER))?);
    let (child_responses, responses) = handover::pipe().map_err(E::custom)?;
    let (requests, child_requests) = handover::pipe().map_err(E::custom)?;
    let numbers = (send_end(Ok(child_responses))?, send_end(Ok(child_requests))?);
    ARGUMENTS.with_borrow_mut(|arguments| {
        let arguments = arguments.as_mut().ok_or_else(|| refuse(OUTSIDE))?;
        arguments.queues.push(SentQueue { broker, responses, requests });
        Ok(numbers)
    })
}

/// Takes the end with this number.
pub(crate) fn receive_end<T: From<End>, E: de::Error>(number: usize) -> Result<T, E> {
    let end =
        ARGUMENTS.with_borrow_mut(|arguments| arguments.as_mut()?.ends.get_mut(number)?.take());
    end.map(T::from).ok_or_else(|| E::custom(OUTSIDE.1))
}

/// Takes the ends of a queue with these numbers.
pub(crate) fn receive_queue<E: de::Error>(
    (responses, requests): (usize, usize),
    exact: bool,
) -> Result<Arc<Client>, E> {
    let client = Client::new(receive_end(responses)?, receive_end(requests)?, exact);
    let client = client.map_err(E::custom)?;
    ARGUMENTS.with_borrow_mut(|arguments| {
        let arguments = arguments.as_mut().ok_or_else(|| E::custom(OUTSIDE.1))?;
        arguments.clients.push(Arc::clone(&client));
        Ok(client)
    })
}
