//! The messages between the broker of a queue and the client in a child.
//!
//! A message with values is a word and then the values, each with its length, so that it can be cut
//! between any two of them without knowing their type.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use task_utils::frame;

/// From a client to the broker.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) enum Request {
    /// Values follow.
    Put,
    /// Values follow that the client was sent and has not taken, in their order.
    Requeue,
    /// The client wants up to `count` values, and has taken those it had; one response is due.
    Get { count: u32 },
    /// Respond to `Get` now, with `Empty` if there is no value.
    Cancel,
    /// So many threads are at work on a value.
    Busy { threads: u32 },
    /// The client wants to put a value into a queue that is full, or that has a capacity.
    Acquire { number: u64, patience: Patience },
    /// A permit that the client no longer needs.
    Release,
    /// The client puts no more.
    Closed,
}

/// How long a client waits for a permit.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq)]
pub(crate) enum Patience {
    None,
    Some,
    Endless,
}

impl Request {
    pub fn has_values(self) -> bool {
        matches!(self, Request::Put | Request::Requeue)
    }
}

/// From the broker to a client: the one response to [`Request::Get`].
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq)]
pub(crate) enum Response {
    /// Values follow.
    Values,
    /// Values follow, and in the next message there are more.
    More,
    /// Nobody can put any more, and nothing is left.
    Closed,
    /// There is none, and the client has cancelled.
    Empty,
}

/// From the broker to a client, at any time, by a pipe of its own.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) enum Notification {
    /// Another process waits: requeue what has not been taken of this batch. Without an answer if the
    /// client asks for more at this time, which says the same.
    Revoke { batch: u64 },
    /// Put no more without a permit, or put again. Of two, the one with the greater number counts.
    Pause { number: u64, pause: bool },
    /// The response to the [`Request::Acquire`] with this number.
    Permit { number: u64, granted: bool },
}

/// What stands before the values of a message: its header, and the word that says what it is.
pub(crate) const FRONT: usize = frame::HEADER + 1;

/// A message that is a word, and then `rest`.
pub(crate) fn message(word: &impl Serialize, rest: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(FRONT + rest.len() + 16);
    frame::append(&mut out, |out| {
        frame::encode(word, out)?;
        out.extend_from_slice(rest);
        Ok(())
    })?;
    Ok(out)
}

/// Whether values of a type come back, which one of them shows: one that needs the names of its fields
/// (`untagged`, `serde_json::Value`) doesn't. Asked with each value, and found out with the first.
#[derive(Default)]
pub(crate) struct ComesBack(AtomicBool);

impl ComesBack {
    pub fn check<T: Serialize + DeserializeOwned>(&self, value: &T) -> io::Result<()> {
        if self.0.load(Relaxed) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        frame::encode(value, &mut bytes)?;
        frame::decode::<T>(&bytes)?;
        self.0.store(true, Relaxed);
        Ok(())
    }
}

/// The message that puts one value.
pub(crate) fn put(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(64);
    frame::append(&mut out, |out| {
        frame::encode(&Request::Put, out)?;
        frame::append_item(out, |out| frame::encode(value, out))
    })?;
    Ok(out)
}

/// Makes a message to a client of what has values from its [`FRONT`] on.
pub(crate) fn set_front(message: &mut [u8], word: Response) -> io::Result<()> {
    message[FRONT - 1] = word as u8; // as postcard writes it
    frame::set_header(message)
}

/// The values in what follows the word of a message.
pub(crate) fn values(mut rest: &[u8]) -> impl Iterator<Item = io::Result<&[u8]>> {
    std::iter::from_fn(move || {
        (!rest.is_empty()).then(|| frame::split_first(&mut rest).inspect_err(|_| rest = &[]))
    })
}
