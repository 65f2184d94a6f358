//! The messages between a child and the hub.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use task_utils::frame;

/// From a child to the hub.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) enum Up {
    /// The guard stands at the top of `main`.
    Hello,
    /// A value follows.
    Put,
    /// The child wants up to `count` values, and is done with those it had; one answer is due.
    Want { count: u32, timeout: Option<Duration> },
    /// Values that the child had not taken yet follow, in their order: the answer to a recall.
    GaveBack,
    /// The child puts no more.
    Closed,
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
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) enum Down {
    /// Values follow, each a message of its own.
    Values,
    /// Nobody can put any more, and nothing is left.
    Closed,
    /// Nothing came within the time.
    TimedOut,
}

/// A message: a header, then what `rest` writes.
pub(crate) fn message(
    header: &impl Serialize,
    rest: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    frame::append(&mut out, |out| {
        frame::encode(header, out)?;
        rest(out)
    })?;
    Ok(out)
}

/// Writes values one after the other, each with its length.
pub(crate) fn push_values<'a>(
    out: &mut Vec<u8>,
    values: impl IntoIterator<Item = &'a Vec<u8>>,
) -> io::Result<()> {
    values.into_iter().try_for_each(|value| {
        frame::append_item(out, |out| {
            out.extend_from_slice(value);
            Ok(())
        })
    })
}

/// What [`push_values`] wrote.
pub(crate) fn values(mut rest: &[u8]) -> impl Iterator<Item = io::Result<&[u8]>> {
    std::iter::from_fn(move || {
        (!rest.is_empty()).then(|| frame::split_first(&mut rest).inspect_err(|_| rest = &[]))
    })
}
