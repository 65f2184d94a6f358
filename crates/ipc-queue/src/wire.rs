//! The messages between a child and the hub.
//!
//! A message with values is a word and then the values, each with its length, so that it can be cut
//! between any two of them without knowing their type.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use task_utils::frame;

/// From a child to the hub.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) enum Up {
    /// The guard stands at the top of `main`.
    Hello,
    /// Values follow.
    Put,
    /// The child wants up to `count` values, and is done with those it had; one answer is due.
    Want { count: u32, timeout: Option<Duration> },
    /// Values that the child had not taken yet follow, in their order: the answer to a recall.
    GaveBack,
    /// The child puts no more.
    Closed,
}

impl Up {
    pub fn has_values(self) -> bool {
        matches!(self, Up::Put | Up::GaveBack)
    }
}

/// From the hub to a child, on `control`.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) enum Control {
    /// Give back what you have not taken of this batch. Without an answer if the child has come back
    /// from it: it asks for more then, which says the same.
    Recall { batch: u64 },
    /// The queue is full and nobody is left who could get: what the child puts goes nowhere.
    Full,
}

/// From the hub to a child: the one answer to `Want`.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq)]
pub(crate) enum Down {
    /// Values follow.
    Values,
    /// Values follow, and in the next message there are more.
    More,
    /// Nobody can put any more, and nothing is left.
    Closed,
    /// Nothing came within the time.
    TimedOut,
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

/// The message that puts one value.
pub(crate) fn put(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(64);
    frame::append(&mut out, |out| {
        frame::encode(&Up::Put, out)?;
        frame::append_item(out, |out| frame::encode(value, out))
    })?;
    Ok(out)
}

/// Makes a message to a child of what has values from its [`FRONT`] on.
pub(crate) fn set_front(message: &mut [u8], word: Down) -> io::Result<()> {
    message[FRONT - 1] = word as u8; // as postcard writes it
    frame::set_header(message)
}

/// The values in what follows the word of a message.
pub(crate) fn values(mut rest: &[u8]) -> impl Iterator<Item = io::Result<&[u8]>> {
    std::iter::from_fn(move || {
        (!rest.is_empty()).then(|| frame::split_first(&mut rest).inspect_err(|_| rest = &[]))
    })
}
