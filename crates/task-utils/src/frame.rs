//! Messages on a pipe: eight bytes of header, then the message's bytes.
//!
//! A pipe is a stream of bytes without borders, so a message says how long it is. The length stands
//! there twice, the second time with every bit turned over (each time as four bytes, little end
//! first): when something else has written to the pipe, the two hardly ever agree, and a reader sees
//! it at once instead of waiting for the rest of a message that nobody sent. The length is bounded
//! too (a little over [`MAX`]), so garbage is an error and never a huge allocation.

use std::io::{self, ErrorKind, Read};

use serde::{Serialize, de::DeserializeOwned};

/// The longest value, in bytes: 64 MiB.
pub const MAX: usize = 64 << 20;

// A message is a value and what stands around it: a header, small values before it.
const MAX_MESSAGE: usize = MAX + (128 << 10);

const LENGTH: usize = size_of::<u32>();
const HEADER: usize = 2 * LENGTH;

// What one read asks for at least: a pipe's usual capacity on Linux and macOS.
const READ: usize = 64 << 10;

/// Appends one message to `out`; `write` puts its bytes there. On an error `out` is as before.
///
/// # Errors
///
/// What `write` answers; [`ErrorKind::InvalidInput`] for more bytes than the bound.
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
    let header = |length: u32| (u64::from(!length) << 32 | u64::from(length)).to_le_bytes();
    append_behind::<HEADER>(out, header, write)
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
    u32::try_from(length).ok().filter(|_| length <= MAX_MESSAGE).ok_or_else(|| {
        let why =
            format!("a message of {length} bytes is over the bound of {MAX}; send it in parts");
        io::Error::new(ErrorKind::InvalidInput, why)
    })
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
/// [`ErrorKind::InvalidInput`] for a value that `serde` can't serialise, or of more than [`MAX`] bytes.
///
/// ```
/// let mut out = Vec::new();
/// task_utils::frame::encode(&("A", 300), &mut out)?;
/// assert_eq!(task_utils::frame::decode::<(String, i32)>(&out)?, ("A".to_string(), 300));
/// # std::io::Result::Ok(())
/// ```
pub fn encode(value: &impl Serialize, out: &mut Vec<u8>) -> io::Result<()> {
    let start = out.len();
    match postcard::to_io(value, &mut *out).map(drop) {
        Ok(()) if out.len() - start > MAX => Err(too_long(out.len() - start)),
        Ok(()) => Ok(()),
        Err(error) => {
            let why = format!("can't serialise the value: {error}");
            Err(io::Error::new(ErrorKind::InvalidInput, why))
        }
    }
}

/// The value that [`encode`] wrote; all of `bytes` must be used up.
///
/// # Errors
///
/// [`ErrorKind::InvalidData`] for bytes that aren't such a value.
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
    postcard::take_from_bytes(bytes).map_err(garbage)
}

/// The error for bytes that no process of ours wrote.
pub fn garbage(what: impl std::fmt::Display) -> io::Error {
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
/// assert_eq!(frames.next()?, Some(&b"hi"[..]));
/// assert_eq!(frames.buffered()?, Some(&b"!"[..]));
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
        Reader { source, buffer: Vec::new(), start: 0, end: 0 }
    }

    /// The next message; waits for it. `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidData`] for what is no header or over the bound,
    /// [`ErrorKind::UnexpectedEof`] for an end in the middle of a message, and what the source answers.
    #[expect(clippy::should_implement_trait, reason = "a lending iterator, which std has none for")]
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        while self.whole_frame()?.is_none() {
            if self.fill()? == 0 {
                return match self.end - self.start {
                    0 => Ok(None),
                    _ => Err(ErrorKind::UnexpectedEof.into()),
                };
            }
        }
        self.buffered()
    }

    /// The next message if it has been read already; never waits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidData`] for what is no header or over the bound.
    pub fn buffered(&mut self) -> io::Result<Option<&[u8]>> {
        let Some(length) = self.whole_frame()? else { return Ok(None) };
        let from = self.start + HEADER;
        self.start = from + length;
        Ok(Some(&self.buffer[from..self.start]))
    }

    /// The length of the message at the front, if all of it is there.
    fn whole_frame(&self) -> io::Result<Option<usize>> {
        Ok(self.length()?.filter(|length| self.end - self.start >= HEADER + length))
    }

    fn length(&self) -> io::Result<Option<usize>> {
        let bytes = &self.buffer[self.start..self.end];
        let Some((length, check)) = bytes.first_chunk::<HEADER>().map(|header| {
            let header = u64::from_le_bytes(*header);
            (header as u32, (header >> 32) as u32)
        }) else {
            return Ok(None);
        };
        match length as usize {
            _ if check != !length => Err(garbage("what should be a header is none")),
            length if length > MAX_MESSAGE => {
                Err(garbage(format_args!("a length of {length} bytes, over the bound")))
            }
            length => Ok(Some(length)),
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let wanted = self.length()?.map_or(READ, |length| (HEADER + length).max(READ));
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
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
