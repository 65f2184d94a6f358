//! Messages on a pipe: eight bytes of header, then the message's bytes.
//!
//! A pipe is a stream of bytes without borders, so a message says how long it is. The length stands
//! there twice, the second time with every bit turned over (each time as four bytes, little end
//! first): when something else has written to the pipe, the two hardly ever agree, and a reader sees
//! it at once instead of waiting for the rest of a message that nobody sent. The length is bounded
//! too (a little over [`MAX`]), so garbage is an error and never a huge allocation.

use std::any::type_name;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read};

use postcard::ser_flavors::io::WriteFlavor;
use serde::{Serialize, de::DeserializeOwned};

use crate::serializer::Serializer;

/// The longest value, in bytes: 64 MiB.
pub const MAX: usize = 64 << 20;

/// How many bytes stand in front of a message's own.
pub const HEADER: usize = 2 * size_of::<u32>();

// A message is a value and what stands around it: a header, shorter values before it.
const MAX_MESSAGE: usize = MAX + (1 << 20);

// What one read asks for at least: a pipe's usual capacity on Linux and macOS.
const READ: usize = 64 << 10;
// The largest buffer that is kept for the next messages.
const KEPT: usize = 4 << 20;

/// Appends one message to `out`; `write` puts its bytes there. On an error `out` is as before.
///
/// # Errors
///
/// What `write` returns; [`ErrorKind::InvalidInput`] for more bytes than the bound.
///
/// ```
/// let mut out = Vec::new();
/// task_utils::frame::append(&mut out, |out| Ok(out.extend_from_slice(b"hi")))?;
/// assert_eq!(out, b"\x02\0\0\0\xfd\xff\xff\xffhi");
/// # std::io::Result::Ok(())
/// ```
pub fn append(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    append_behind::<HEADER>(out, header, write)
}

fn header(length: u32) -> [u8; HEADER] {
    (u64::from(!length) << 32 | u64::from(length)).to_le_bytes()
}

/// Writes the header of the one message that `message` is, into its first [`HEADER`] bytes.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for fewer bytes than that, or more than the bound.
///
/// ```
/// let mut message = *b"........hi";
/// task_utils::frame::set_header(&mut message)?;
/// assert_eq!(&message, b"\x02\0\0\0\xfd\xff\xff\xffhi");
/// # std::io::Result::Ok(())
/// ```
pub fn set_header(message: &mut [u8]) -> io::Result<()> {
    let length = checked_length(message.len().wrapping_sub(HEADER))?;
    message[..HEADER].copy_from_slice(&header(length));
    Ok(())
}

/// Appends one item of a message: only its length, once, and then its bytes. For [`split_first`].
///
/// # Errors
///
/// As [`append`].
///
/// ```
/// let mut out = Vec::new();
/// task_utils::frame::append_item(&mut out, |out| Ok(out.extend_from_slice(b"hi")))?;
/// assert_eq!(out, b"\x02\0\0\0hi");
/// # std::io::Result::Ok(())
/// ```
pub fn append_item(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    append_behind(out, u32::to_le_bytes, write)
}

fn append_behind<const N: usize>(
    out: &mut Vec<u8>,
    header: impl FnOnce(u32) -> [u8; N],
    write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let start = out.len();
    out.extend_from_slice(&[0; N]);
    let written = write(out).and_then(|()| checked_length(out.len() - start - N));
    match written {
        Ok(length) => out[start..start + N].copy_from_slice(&header(length)),
        Err(_) => out.truncate(start),
    }
    written.map(drop)
}

fn checked_length(length: usize) -> io::Result<u32> {
    u32::try_from(length).ok().filter(|_| length <= MAX_MESSAGE).ok_or_else(|| too_long(length))
}

fn too_long(length: usize) -> io::Error {
    let why = format!("{length} bytes are over the bound of {MAX}; send them in parts");
    io::Error::new(ErrorKind::InvalidInput, why)
}

/// Takes the item at the front of `bytes`, which [`append_item`] wrote there.
///
/// # Errors
///
/// [`ErrorKind::InvalidData`] if no whole item stands there.
///
/// ```
/// let mut bytes = &b"\x02\0\0\0hi!"[..];
/// assert_eq!(task_utils::frame::split_first(&mut bytes)?, b"hi");
/// assert_eq!(bytes, b"!");
/// # std::io::Result::Ok(())
/// ```
pub fn split_first<'a>(bytes: &mut &'a [u8]) -> io::Result<&'a [u8]> {
    let cut = || garbage("it ends too early");
    let (length, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
    let (item, rest) =
        rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut)?;
    *bytes = rest;
    Ok(item)
}

/// Appends the value's bytes (postcard's format, without a length) to `out`.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for a value that serde can't serialize, that skips a field
/// (`skip_serializing_if`), that has a part of unknown length (`flatten`), or of more than [`MAX`] bytes.
///
/// ```
/// let mut out = Vec::new();
/// task_utils::frame::encode(&("A", 300), &mut out)?;
/// assert_eq!(task_utils::frame::decode::<(String, i32)>(&out)?, ("A".to_string(), 300));
/// # std::io::Result::Ok(())
/// ```
pub fn encode<T: Serialize>(value: &T, out: &mut Vec<u8>) -> io::Result<()> {
    let start = out.len();
    let mut inner = postcard::Serializer { output: WriteFlavor::new(&mut *out) };
    match value.serialize(Serializer::new(&mut inner)) {
        Ok(()) if out.len() - start > MAX => Err(too_long(out.len() - start)),
        Ok(()) => Ok(()),
        Err(error) => Err(cannot_carry::<T>(ErrorKind::InvalidInput, error)),
    }
}

/// The value that [`encode`] wrote; all of `bytes` must be used up.
///
/// # Errors
///
/// [`ErrorKind::InvalidData`] for bytes that aren't such a value; [`ErrorKind::Unsupported`] for a type
/// that only a format with field names can carry (`untagged`, `serde_json::Value`).
///
/// ```
/// assert!(task_utils::frame::decode::<u8>(&[1, 2, 3]).is_err());
/// ```
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    match decode_first(bytes)? {
        (value, []) => Ok(value),
        (_, rest) => Err(garbage(format_args!("{} bytes too many", rest.len()))),
    }
}

/// The value that [`encode`] wrote at the front of `bytes`, and the bytes behind it.
///
/// # Errors
///
/// As [`decode`].
///
/// ```
/// let (first, rest) = task_utils::frame::decode_first::<u8>(&[1, 2, 3])?;
/// assert_eq!((first, rest), (1, &[2, 3][..]));
/// # std::io::Result::Ok(())
/// ```
pub fn decode_first<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<(T, &[u8])> {
    postcard::take_from_bytes(bytes).map_err(|error| match error {
        postcard::Error::WontImplement => {
            cannot_carry::<T>(ErrorKind::Unsupported, "reading it needs the names of its fields")
        }
        error => garbage(error),
    })
}

fn cannot_carry<T>(kind: ErrorKind, why: impl Display) -> io::Error {
    let name = type_name::<T>();
    let why = format!("a `{name}` can't be sent: {why}; send it as text, for instance as JSON");
    io::Error::new(kind, why)
}

/// The error for bytes that no process of ours wrote.
pub fn garbage(what: impl Display) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("garbage in a message: {what}"))
}

/// Reads the messages of one pipe, as many with one read as are there.
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
    /// What has been read and not yet answered: `buffer[start..end]`.
    start: usize,
    end: usize,
}

impl<R: Read> Reader<R> {
    /// Reads from `source`, from its next byte on.
    pub fn new(source: R) -> Self {
        Reader::with_rest(source, Vec::new())
    }

    /// Reads from `source`, after what another has read from it.
    pub fn with_rest(source: R, rest: Vec<u8>) -> Self {
        Reader { source, start: 0, end: rest.len(), buffer: rest }
    }

    /// The next message, its header in front; waits for it. `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidData`] for what is no header or over the bound,
    /// [`ErrorKind::UnexpectedEof`] for an end in the middle of a message, and what the source returns.
    #[expect(clippy::should_implement_trait, reason = "an iterator that fails stays failed")]
    pub fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(message) = self.buffered()? {
                return Ok(Some(message));
            }
            if self.fill()? == 0 {
                return match self.rest() {
                    [] => Ok(None),
                    _ => Err(ErrorKind::UnexpectedEof.into()),
                };
            }
        }
    }

    /// The next message if it has been read, its header in front.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidData`] for what is no header or over the bound.
    pub fn buffered(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self.length()? {
            Some(length) if self.end - self.start >= length => Ok(Some(self.take(length))),
            _ => Ok(None),
        }
    }

    /// What has been read, but not yet returned as a message.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Where it reads.
    pub fn get_ref(&self) -> &R {
        &self.source
    }

    /// Takes the message of this length, which has been read. One that fills most of the buffer is
    /// the buffer from then on, instead of a copy: values of 1 MiB pass a queue 1.7 times as fast.
    fn take(&mut self, length: usize) -> Vec<u8> {
        let message = self.start..self.start + length;
        self.start = message.end;
        if message.start > 0 || length <= self.buffer.len() / 2 {
            return self.buffer[message].to_vec();
        }
        // The next one is likely to be as long.
        let mut rest = vec![0; length.clamp(READ, KEPT).max(self.end - length)];
        rest[..self.end - length].copy_from_slice(&self.buffer[length..self.end]);
        (self.start, self.end) = (0, self.end - length);
        let mut message = std::mem::replace(&mut self.buffer, rest);
        message.truncate(length);
        message
    }

    /// The length of the message at the front with its header, if that is there.
    fn length(&self) -> io::Result<Option<usize>> {
        let Some(front) = self.rest().first_chunk::<HEADER>() else { return Ok(None) };
        let length = u64::from_le_bytes(*front) as u32; // its lower half
        match length as usize {
            _ if *front != header(length) => Err(garbage("what should be a header is none")),
            length if length > MAX_MESSAGE => {
                Err(garbage(format_args!("a length of {length} bytes, over the bound")))
            }
            length => Ok(Some(HEADER + length)),
        }
    }

    /// Reads once, at most what the next message needs or a pipe holds; returns how many bytes came.
    ///
    /// # Errors
    ///
    /// Those of the source.
    pub fn fill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let wanted = self.length()?.unwrap_or(0).max(READ);
        if self.buffer.len() < wanted {
            let mut bigger = vec![0; wanted];
            bigger[..self.end].copy_from_slice(&self.buffer[..self.end]);
            self.buffer = bigger;
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => {
                    let read = read?;
                    self.end += read;
                    return Ok(read);
                }
            }
        }
    }
}
