//! Queues and pipe ends among the arguments of a child: serialised, an end is its number among those
//! that the child is handed.
//!
//! `Serialize` has no place for them, so they are collected by the thread that serialises the arguments.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use task_utils::child_end::ChildEnd;
use task_utils::handover::{self, End};

use crate::client::Client;
use crate::queue::Queue;

thread_local! {
    static ARGUMENTS: RefCell<Option<Arguments>> = const { RefCell::new(None) };
    /// Why a value was refused: serde's errors forget the kind, and its formats may forget the message.
    static REFUSED: RefCell<Option<io::Error>> = const { RefCell::new(None) };
}

/// What arguments hold besides their bytes.
#[derive(Default)]
pub(crate) struct Arguments {
    /// The child's ends, in the child until each is found.
    pub ends: Vec<Option<End>>,
    /// Where a child is started: what tells its end, and its queues with its ids there.
    pub child_end: Option<ChildEnd>,
    pub queues: Vec<(Arc<Client>, u64)>,
    /// In the child: its queues.
    pub clients: Vec<Arc<Client>>,
}

/// Clears the thread's arguments, also after a panic.
struct Clear;

impl Drop for Clear {
    fn drop(&mut self) {
        ARGUMENTS.set(None);
    }
}

/// Serialises or deserialises the bytes of these arguments. Returns also what they hold then.
pub(crate) fn with<T>(
    arguments: Arguments,
    serde: impl FnOnce() -> io::Result<T>,
) -> io::Result<(T, Arguments)> {
    ARGUMENTS.set(Some(arguments));
    let _clear = Clear;
    let value = explain(serde())?;
    Ok((value, ARGUMENTS.take().unwrap_or_default()))
}

fn arguments<T>(run: impl FnOnce(&mut Arguments) -> io::Result<T>) -> io::Result<T> {
    ARGUMENTS.with_borrow_mut(|arguments| match arguments {
        Some(arguments) => run(arguments),
        None => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "a queue or a pipe end can only be an argument of `Process::start`",
        )),
    })
}

/// Says why a value was refused, where that was its queue or pipe end.
pub(crate) fn explain<T>(done: io::Result<T>) -> io::Result<T> {
    let refused = REFUSED.take();
    done.map_err(|error| refused.unwrap_or(error))
}

/// The error for serde, which [`explain`] makes the original again.
pub(crate) fn refused<E: ser::Error>(error: io::Error) -> E {
    let message = E::custom(&error);
    REFUSED.set(Some(error));
    message
}

/// Sends an end; returns its number.
pub(crate) fn send_end(end: io::Result<impl Into<End>>) -> io::Result<usize> {
    arguments(|Arguments { ends, .. }| {
        ends.push(Some(end?.into()));
        Ok(ends.len() - 1)
    })
}

/// Sends a queue; returns the numbers of its ends.
pub(crate) fn send_queue(client: &Arc<Client>) -> io::Result<(usize, usize)> {
    let (broker, _) = client.link.broker()?;
    let (child_responses, responses) = handover::pipe()?;
    let (requests, child_requests) = handover::pipe()?;
    arguments(|Arguments { queues, child_end, .. }| {
        let child_end = child_end.clone().ok_or(ErrorKind::InvalidInput)?;
        queues.push((Arc::clone(client), broker.connect(responses, requests, child_end)?));
        Ok(())
    })?;
    Ok((send_end(Ok(child_responses))?, send_end(Ok(child_requests))?))
}

/// Takes the end with this number.
pub(crate) fn receive_end<T: From<End>>(number: usize) -> io::Result<T> {
    let end = arguments(|Arguments { ends, .. }| Ok(ends.get_mut(number).and_then(Option::take)))?;
    Ok(end.ok_or(ErrorKind::InvalidData)?.into())
}

/// Takes the ends of a queue with these numbers.
pub(crate) fn receive_queue((responses, requests): (usize, usize)) -> io::Result<Arc<Client>> {
    let client = Client::new(receive_end(responses)?, receive_end(requests)?)?;
    arguments(|Arguments { clients, .. }| {
        clients.push(Arc::clone(&client));
        Ok(client)
    })
}

/// Only as an argument of [`Process::start`](crate::Process::start), in the process that made the queue.
impl<T> Serialize for Queue<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        send_queue(&self.client).map_err(refused)?.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Queue<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Deserialize::deserialize(deserializer)?;
        receive_queue(numbers).map(Queue::of).map_err(de::Error::custom)
    }
}
