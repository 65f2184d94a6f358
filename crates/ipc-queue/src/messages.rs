//! The messages between the broker of a queue and its clients.
//!
//! A message with values is a word and then the values, each with its length, so that it can be cut
//! between any two of them without knowing their type.

use std::any::Any;
use std::io::{self, ErrorKind, Read};
use std::mem::take;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use task_utils::{frame, sigpipe};

/// From a client to the broker.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) enum Request {
    /// Values follow.
    Put,
    /// The client waits, and a response is due.
    Wait(Wanted),
    /// Respond now to the `Wait` for this.
    Cancel(Wanted),
    /// How many threads are at work on a value, and whether the client waits for values. If not, the values
    /// that it was sent and has not taken follow, in their order.
    Requeue { at_work: u32, waits: bool },
    /// The client puts no more.
    Closed,
}

/// What a client waits for; for one of each kind at a time.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) enum Wanted {
    /// So many values at most. It has taken those that it had, and so many threads are at work on one.
    Values { most: u32, at_work: u32 },
    /// Room for one value, which it waits for without end, or for some time.
    Room { endless: bool },
}

impl Wanted {
    /// The numbers are put in when the broker is asked.
    pub const VALUES: Wanted = Wanted::Values { most: 0, at_work: 0 };

    pub fn is_values(self) -> bool {
        matches!(self, Wanted::Values { .. })
    }
}

/// From the broker to a client, in the order in which they were decided. Each is one byte.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Debug)]
pub(crate) enum Response {
    /// Values follow, in their order.
    Values,
    /// There is no value, and the client has cancelled.
    Empty,
    /// Nobody can put any more, and nothing is left.
    Closed,
    /// There is room for one value.
    Room,
    /// There is no room, and the client has cancelled or closed.
    Full,
    /// Another process waits: requeue what has not been taken. If the client waits for values by now, it
    /// has taken all.
    Revoke,
    /// From now on wait for room before each value.
    Pause,
    /// From now on put without waiting.
    Resume,
}

/// From this length on, a value is worth a buffer of its own.
const LONG: usize = 4 << 10;

/// What stands before the values of a response: its header, and the word that says what it is.
pub(crate) const FRONT: usize = frame::HEADER + 1;

/// A message that is a word, and then what `rest` writes.
pub(crate) fn message(
    word: impl Serialize,
    rest: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(64);
    frame::append(&mut out, |out| frame::encode(&word, out).and_then(|()| rest(out)))?;
    Ok(out)
}

/// A message that is a word, and then values as they stand in another message.
pub(crate) fn message_with(word: impl Serialize, values: &[u8]) -> io::Result<Vec<u8>> {
    message(word, |out| {
        out.extend_from_slice(values);
        Ok(())
    })
}

/// Reads messages from a pipe until its end, or until one is garbage or an error for `message`. Calls `all_read`
/// each time it has passed on all that was there.
pub(crate) fn read_all(
    pipe: impl Read,
    mut message: impl FnMut(Vec<u8>) -> io::Result<()>,
    mut all_read: impl FnMut(),
) {
    sigpipe::block();
    let mut messages = frame::Reader::new(pipe);
    let mut read = || -> io::Result<bool> {
        while let Some(next) = messages.buffered()? {
            message(next)?;
        }
        all_read();
        Ok(messages.fill()? > 0)
    };
    while read().unwrap_or(false) {}
}

/// Whether values of a type come back: one that needs the names of its fields (`untagged`,
/// `serde_json::Value`) doesn't. Asked with each short value, and with long ones until one has come back.
#[derive(Default)]
pub(crate) struct ComesBack(AtomicBool);

impl ComesBack {
    /// Appends the value's bytes; an error if they would not come back.
    pub fn encode<T: Serialize + DeserializeOwned>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        let start = out.len();
        frame::encode(value, out)?;
        let is_long = out.len() - start >= LONG;
        if !is_long || !self.0.load(Relaxed) {
            frame::decode::<T>(&out[start..]).map_err(|error| match error.kind() {
                ErrorKind::InvalidData => {
                    let why = format_args!("it can't be read back: {error}");
                    frame::cannot_carry::<T>(ErrorKind::InvalidInput, why)
                }
                _ => error, // which names the type
            })?;
            self.0.fetch_or(is_long, Relaxed);
        }
        Ok(())
    }
}

/// Decodes the value at `place` in a message. A bare `String` or `Vec<u8>` at the end of it takes the
/// buffer over instead of being copied: for these two, postcard's format is their length and their bytes.
pub(crate) fn decode<T: DeserializeOwned + 'static>(
    message: &mut Vec<u8>,
    place: Range<usize>,
) -> io::Result<T> {
    let mut value: Option<T> = None;
    let bytes = &message[place.clone()];
    let any: &mut dyn Any = &mut value;
    if (any.is::<Option<String>>() || any.is::<Option<Vec<u8>>>())
        && bytes.len() >= LONG
        && place.end == message.len()
        && let Ok((length, rest)) = frame::decode_first::<usize>(bytes)
        && length == rest.len()
    {
        message.drain(..place.end - length);
        let bytes = take(message);
        if let Some(text) = any.downcast_mut::<Option<String>>() {
            *text = Some(String::from_utf8(bytes).map_err(frame::garbage)?);
        } else if let Some(buffer) = any.downcast_mut() {
            *buffer = Some(bytes);
        }
    }
    value.map_or_else(|| frame::decode(&message[place]), Ok)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;

    fn decoded<T: Serialize + DeserializeOwned + 'static>(value: &T) -> (T, bool) {
        let mut message = message(Response::Values, |out| frame::encode(value, out)).unwrap();
        let place = FRONT..message.len();
        let value = decode(&mut message, place).unwrap();
        (value, message.is_empty())
    }

    #[test]
    fn a_long_string_or_byte_buffer_takes_the_message_over() {
        for length in [0, 1, LONG - 10, if cfg!(miri) { LONG } else { 100_000 }] {
            let text = "ü".repeat(length / 2);
            let long = length >= LONG;
            assert_eq!(decoded(&text), (text.clone(), long));
            let bytes = vec![7_u8; length];
            assert_eq!(decoded(&bytes), (bytes, long));
            assert_eq!(decoded(&(text.clone(), 1)), ((text, 1), false));
        }
        let mut wrong =
            message(Response::Values, |out| frame::encode(&vec![255_u8; LONG], out)).unwrap();
        let place = FRONT..wrong.len();
        assert!(decode::<String>(&mut wrong, place).is_err());
        let mut too_short =
            message(Response::Values, |out| frame::encode(&vec![7_u8; LONG], out)).unwrap();
        too_short[FRONT] += 1; // its length
        let place = FRONT..too_short.len();
        assert!(decode::<Vec<u8>>(&mut too_short, place).is_err());
    }
}
