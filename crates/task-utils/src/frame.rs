//! Messages on a pipe: eight bytes of header, then the message's bytes.
//!
//! A pipe carries bytes and doesn't keep messages apart, so each message begins with its length. The header
//! contains the length twice, the second time with every bit inverted (each time as four bytes,
//! little-endian). If something else has written to the pipe, the two hardly ever agree, and the reader
//! returns an error at once instead of waiting for the rest of a message that nobody sent. The length is
//! bounded, too (a little over [`MAX`]), so garbage is an error and never a huge allocation.

use std::any::type_name;
use std::fmt::Display;
use std::io::{Error, ErrorKind, Read, Result};
use std::mem::{replace, take};

use postcard::ser_flavors::io::WriteFlavor;
use serde::{Serialize, de::DeserializeOwned};

use crate::serializer::Serializer;

/// The longest value, in bytes: 64 MiB.
pub const MAX: usize = 64 << 20;

/// The length of a header, in bytes.
pub const HEADER: usize = 2 * size_of::<u32>();

// A message is a value and what stands around it: a header, shorter values before it.
const MAX_MESSAGE: usize = MAX + (1 << 20);

// How much one read asks for, at least: what a pipe holds on Linux after the first long message.
const READ: usize = 512 << 10;
// The largest buffer that is kept for later messages.
const KEPT: usize = 4 << 20;

const BY_NAME: &str = "reading it needs its fields' names; send it as text, for instance as JSON";

/// Appends one message to `out`: the header, then the bytes that `write` appends. After an error, `out` is
/// as it was before.
///
/// # Errors
///
/// The error of `write`; [`ErrorKind::InvalidInput`] for a message over the bound.
///
/// ```
/// let mut out = Vec::new();
/// task_utils::frame::append(&mut out, |out| Ok(out.extend_from_slice(b"hi")))?;
/// assert_eq!(out, b"\x02\0\0\0\xfd\xff\xff\xffhi");
/// # std::io::Result::Ok(())
/// ```
pub fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    append_behind::<HEADER>(out, header_of, write)
}

fn header_of(length: u32) -> [u8; HEADER] {
    (u64::from(!length) << 32 | u64::from(length)).to_le_bytes()
}

/// The header of a message of `length` bytes.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for a message over the bound.
///
/// ```
/// assert_eq!(&task_utils::frame::header(2)?, b"\x02\0\0\0\xfd\xff\xff\xff");
/// # std::io::Result::Ok(())
/// ```
pub fn header(length: usize) -> Result<[u8; HEADER]> {
    checked_length(length).map(header_of)
}

/// Appends one item of a message: its length (once, as four bytes), then the bytes that `write` appends.
/// [`split_first`] takes it off again.
///
/// # Errors
///
/// The same as those of [`append`].
///
/// ```
/// let mut out = Vec::new();
/// task_utils::frame::append_item(&mut out, |out| Ok(out.extend_from_slice(b"hi")))?;
/// assert_eq!(out, b"\x02\0\0\0hi");
/// # std::io::Result::Ok(())
/// ```
pub fn append_item(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    append_behind(out, u32::to_le_bytes, write)
}

fn append_behind<const N: usize>(
    out: &mut Vec<u8>,
    header: impl FnOnce(u32) -> [u8; N],
    write: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    let start = out.len();
    out.extend_from_slice(&[0; N]);
    let written = write(out).and_then(|()| checked_length(out.len() - start - N));
    match written {
        Ok(length) => out[start..start + N].copy_from_slice(&header(length)),
        Err(_) => out.truncate(start),
    }
    written.map(drop)
}

fn checked_length(length: usize) -> Result<u32> {
    u32::try_from(length).ok().filter(|_| length <= MAX_MESSAGE).ok_or_else(|| too_long(length))
}

fn too_long(length: usize) -> Error {
    let why = format!("{length} bytes are over the bound of {MAX}; send them in parts");
    Error::new(ErrorKind::InvalidInput, why)
}

/// Takes the first item off `bytes`; [`append_item`] wrote it.
///
/// # Errors
///
/// [`ErrorKind::InvalidData`] if `bytes` doesn't begin with a whole item.
///
/// ```
/// let mut bytes = &b"\x02\0\0\0hi!"[..];
/// assert_eq!(task_utils::frame::split_first(&mut bytes)?, b"hi");
/// assert_eq!(bytes, b"!");
/// # std::io::Result::Ok(())
/// ```
pub fn split_first<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let cut = || garbage("it ends too early");
    let (len, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
    let (item, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize).ok_or_else(cut)?;
    *bytes = rest;
    Ok(item)
}

/// Appends the value's bytes in postcard's format, without their length, to `out`.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for a value that serde can't serialize, that skips a field
/// (`skip_serializing_if`), that has a part of unknown length (`flatten`), or that takes more than [`MAX`]
/// bytes.
///
/// ```
/// let mut out = Vec::new();
/// task_utils::frame::encode(&("A", 300), &mut out)?;
/// assert_eq!(task_utils::frame::decode::<(String, i32)>(&out)?, ("A".to_string(), 300));
/// # std::io::Result::Ok(())
/// ```
pub fn encode<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    let mut inner = postcard::Serializer { output: WriteFlavor::new(&mut *out) };
    match value.serialize(Serializer::new(&mut inner)) {
        Ok(()) if out.len() - start > MAX => Err(too_long(out.len() - start)),
        Ok(()) => Ok(()),
        Err(error) => Err(cannot_carry::<T>(ErrorKind::InvalidInput, error)),
    }
}

/// The value that [`encode`] wrote; nothing may follow it in `bytes`.
///
/// # Errors
///
/// [`ErrorKind::InvalidData`] for bytes that aren't such a value; [`ErrorKind::Unsupported`] for a type
/// that only a format with field names can carry (`untagged`, `serde_json::Value`).
///
/// ```
/// assert!(task_utils::frame::decode::<u8>(&[1, 2, 3]).is_err());
/// ```
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    match decode_first(bytes)? {
        (value, []) => Ok(value),
        (_, rest) => Err(garbage(format_args!("{} bytes too many", rest.len()))),
    }
}

/// The value that [`encode`] wrote at the beginning of `bytes`, and the bytes that follow it.
///
/// # Errors
///
/// The same as those of [`decode`].
///
/// ```
/// let (first, rest) = task_utils::frame::decode_first::<u8>(&[1, 2, 3])?;
/// assert_eq!((first, rest), (1, &[2, 3][..]));
/// # std::io::Result::Ok(())
/// ```
pub fn decode_first<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8])> {
    postcard::take_from_bytes(bytes).map_err(|error| match error {
        postcard::Error::WontImplement => cannot_carry::<T>(ErrorKind::Unsupported, BY_NAME),
        error => garbage(error),
    })
}

/// The error for a value of a type that can't be sent.
pub fn cannot_carry<T>(kind: ErrorKind, why: impl Display) -> Error {
    let name = type_name::<T>();
    Error::new(kind, format!("a `{name}` can't be sent: {why}"))
}

/// The error for bytes that aren't a message of this program.
pub fn garbage(what: impl Display) -> Error {
    Error::new(ErrorKind::InvalidData, format!("garbage in a message: {what}"))
}

/// Reads messages from a pipe. One read takes as many of them as are there.
///
/// ```
/// use task_utils::frame;
///
/// let mut out = Vec::new();
/// frame::append(&mut out, |out| Ok(out.extend_from_slice(b"hi")))?;
/// frame::append(&mut out, |out| Ok(out.extend_from_slice(b"!")))?;
/// let mut frames = frame::Reader::new(&out[..]);
/// let message = frames.next()?.unwrap();
/// assert_eq!(&message[frame::HEADER..], b"hi");
/// let message = frames.next()?.unwrap();
/// assert_eq!(&message[frame::HEADER..], b"!");
/// assert_eq!(frames.next()?, None);
/// # std::io::Result::Ok(())
/// ```
pub struct Reader<R> {
    source: R,
    buffer: Vec<u8>,
    /// What has been read, but not yet returned: `buffer[start..end]`.
    start: usize,
    end: usize,
}

impl<R: Read> Reader<R> {
    /// Reads from `source`, where a message must begin.
    pub fn new(source: R) -> Self {
        Reader::with_rest(source, Vec::new())
    }

    /// Reads from `source`, after the [rest](Self::take_rest) that another reader has read from it.
    pub fn with_rest(source: R, rest: Vec<u8>) -> Self {
        Reader { source, start: 0, end: rest.len(), buffer: rest }
    }

    /// Waits for the next message and returns it with its header; `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidData`] for bytes that aren't a header, or a length over the bound;
    /// [`ErrorKind::UnexpectedEof`] if the stream ends in the middle of a message; an error of the source.
    #[expect(clippy::should_implement_trait, reason = "an iterator can't lend its items")]
    pub fn next(&mut self) -> Result<Option<&[u8]>> {
        while self.whole()?.is_none() && self.fill()? > 0 {}
        match self.whole()? {
            None if self.start < self.end => Err(ErrorKind::UnexpectedEof.into()),
            _ => self.next_buffered(),
        }
    }

    /// The next message with its header, if it has already been read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidData`] for bytes that aren't a header, or a length over the bound.
    pub fn next_buffered(&mut self) -> Result<Option<&[u8]>> {
        let Some(length) = self.whole()? else { return Ok(None) };
        self.start += length;
        Ok(Some(&self.buffer[self.start - length..self.start]))
    }

    /// [`next_buffered`](Self::next_buffered), but the message is yours. One that fills most of the
    /// reader's buffer isn't copied, but gets the buffer: values of 1 MiB pass a queue 1.1 times as fast.
    ///
    /// # Errors
    ///
    /// The same as those of [`next_buffered`](Self::next_buffered).
    pub fn buffered(&mut self) -> Result<Option<Vec<u8>>> {
        let Some(length) = self.whole()? else { return Ok(None) };
        if length <= self.buffer.len() / 2 || (self.start, self.end) != (0, length) {
            return Ok(self.next_buffered()?.map(<[u8]>::to_vec));
        }
        self.end = 0;
        let next = vec![0; length.clamp(READ, KEPT)]; // the next message is likely to be as long
        let mut message = replace(&mut self.buffer, next);
        message.truncate(length);
        Ok(Some(message))
    }

    /// Takes what has been read, but not yet returned as a message.
    pub fn take_rest(&mut self) -> Vec<u8> {
        self.buffer[take(&mut self.start)..take(&mut self.end)].to_vec()
    }

    /// The source.
    pub fn get_ref(&self) -> &R {
        &self.source
    }

    /// [`length`](Self::length), if the whole message has been read.
    fn whole(&self) -> Result<Option<usize>> {
        Ok(self.length()?.filter(|&length| length <= self.end - self.start))
    }

    /// The length of the next message with its header, if the header has been read.
    fn length(&self) -> Result<Option<usize>> {
        let rest = &self.buffer[self.start..self.end];
        let Some(front) = rest.first_chunk::<HEADER>() else { return Ok(None) };
        let length = u64::from_le_bytes(*front) as u32; // its lower half
        match *front == header_of(length) && length as usize <= MAX_MESSAGE {
            true => Ok(Some(HEADER + length as usize)),
            false => Err(garbage("it isn't a header, or the length is over the bound")),
        }
    }

    /// Reads once and returns how many bytes that were; 0 at the end of the stream.
    ///
    /// # Errors
    ///
    /// The error of the source.
    pub fn fill(&mut self) -> Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let wanted = self.length()?.unwrap_or(0).max(READ);
        let too_large = self.end == 0 && self.buffer.len() > KEPT;
        if self.buffer.len() < wanted || too_large {
            let before = replace(&mut self.buffer, vec![0; wanted]);
            self.buffer[..self.end].copy_from_slice(&before[..self.end]);
        }
        let read = loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += read;
        Ok(read)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use std::io::Write;

    use super::*;

    /// Returns at most half of what is asked for, as a pipe may.
    struct Halves<'a>(&'a [u8]);

    impl Read for Halves<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let most = buffer.len().div_ceil(2);
            self.0.read(&mut buffer[..most])
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "8 MiB, byte by byte, take minutes")]
    fn short_and_long_messages_come_whole_and_leave_no_large_buffer() {
        let lengths = [3, READ - HEADER, 0, READ, READ / 2, 3 * READ, 1, KEPT + 1, 5, 0];
        let mut bytes = Vec::new();
        for (n, length) in lengths.into_iter().enumerate() {
            append(&mut bytes, |out| out.write_all(&vec![n as u8; length])).unwrap();
        }
        for owned in [true, false] {
            let mut messages = Reader::new(Halves(&bytes));
            for (n, length) in lengths.into_iter().enumerate() {
                while messages.whole().unwrap().is_none() {
                    assert!(messages.fill().unwrap() > 0);
                }
                let message = match owned {
                    true => messages.buffered().unwrap().unwrap(),
                    false => messages.next_buffered().unwrap().unwrap().to_vec(),
                };
                assert!(
                    message.len() == HEADER + length && message.capacity() <= 2 * message.len()
                );
                assert!(message[HEADER..].iter().all(|byte| *byte == n as u8));
            }
            assert_eq!(messages.next().unwrap(), None);
            assert!(messages.buffer.len() <= KEPT);
        }
        let mut lone = Reader::new(&bytes[..HEADER + lengths[0]]);
        lone.fill().unwrap();
        assert!(lone.buffered().unwrap().unwrap().capacity() < READ);
    }
}
