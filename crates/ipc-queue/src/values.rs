//! Values one after the other, as the bytes of the messages in which they came.

use std::collections::VecDeque;
use std::io::{self, Write};

use task_utils::frame;

use crate::messages::{FRONT, Response};

/// What is longer isn't copied to be written together: a system call takes less time.
const SHORT: usize = 16 << 10;
/// A response has no more bytes, unless its first chunk alone has.
const MAX_RESPONSE: usize = 1 << 20;

/// The values of a queue, or of a message.
#[derive(Default)]
pub(crate) struct Values {
    chunks: VecDeque<Chunk>,
    pub count: usize,
    pub bytes: usize,
}

/// The values in `bytes[start..]`, each with its length.
struct Chunk {
    count: usize,
    bytes: Vec<u8>,
    start: usize,
}

impl Values {
    /// The values that stand in a message from `start` on; an error if they aren't whole.
    pub fn new(message: Vec<u8>, start: usize) -> io::Result<Self> {
        let count =
            split(&message[start..]).try_fold(0, |count, value| value.map(|_| count + 1))?;
        let bytes = message.len() - start;
        Ok(Values { count, bytes, chunks: [Chunk { count, bytes: message, start }].into() })
    }

    fn push(&mut self, chunk: Chunk) {
        self.count += chunk.count;
        self.bytes += chunk.values().len();
        match self.chunks.back_mut() {
            Some(last) if last.bytes.len() + chunk.values().len() <= SHORT => {
                last.count += chunk.count;
                last.bytes.extend_from_slice(chunk.values());
            }
            _ => self.chunks.push_back(chunk),
        }
    }

    /// Adds values behind these.
    pub fn append(&mut self, values: Values) {
        values.chunks.into_iter().for_each(|chunk| self.push(chunk));
    }

    /// Adds values in front of these.
    pub fn prepend(&mut self, values: Values) {
        self.count += values.count;
        self.bytes += values.bytes;
        let chunks = values.chunks.into_iter().rev().filter(|chunk| chunk.count > 0);
        chunks.for_each(|chunk| self.chunks.push_front(chunk));
    }

    /// Takes the first values, `most` at most.
    pub fn take(&mut self, most: usize) -> Values {
        let mut taken = Values::default();
        while taken.count < most
            && let Some(chunk) = self.chunks.pop_front_if(|chunk| {
                taken.count == 0 || taken.bytes + chunk.values().len() <= MAX_RESPONSE
            })
        {
            let (chunk, rest) = chunk.split(most - taken.count);
            self.count -= chunk.count;
            self.bytes -= chunk.values().len();
            taken.push(chunk);
            if let Some(rest) = rest {
                self.chunks.push_front(rest);
            }
        }
        taken
    }

    /// Writes these values behind a response, as a message.
    pub fn write(
        &self,
        response: Response,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut short = frame::header(size_of::<u8>() + self.bytes)?.to_vec();
        short.push(response as u8); // as postcard writes it
        for chunk in &self.chunks {
            if short.len() + chunk.values().len() > SHORT {
                write(&short)?;
                short.clear();
            }
            match chunk.values() {
                long if long.len() > SHORT => write(long)?,
                values => short.extend_from_slice(values),
            }
        }
        write(&short)
    }

    /// What [`write`](Self::write) writes.
    pub fn message(&self, response: Response) -> io::Result<Vec<u8>> {
        let mut message = Vec::with_capacity(FRONT + self.bytes);
        self.write(response, |bytes| message.write_all(bytes))?;
        Ok(message)
    }
}

impl Chunk {
    fn values(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Cuts off the first values, `most` at most. Returns also what is left, if anything is.
    fn split(mut self, most: usize) -> (Chunk, Option<Chunk>) {
        if self.count <= most {
            return (self, None);
        }
        let first = split(self.values()).take(most).flatten();
        let end = self.start + first.map(|value| size_of::<u32>() + value.len()).sum::<usize>();
        let bytes = self.bytes[self.start..end].to_vec();
        self.start = end;
        self.count -= most;
        (Chunk { count: most, bytes, start: 0 }, Some(self))
    }
}

/// The values in `bytes`.
fn split(mut bytes: &[u8]) -> impl Iterator<Item = io::Result<&[u8]>> {
    std::iter::from_fn(move || {
        (!bytes.is_empty()).then(|| frame::split_first(&mut bytes).inspect_err(|_| bytes = &[]))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;

    /// Values of these lengths, one message each.
    fn values(lengths: impl IntoIterator<Item = usize>) -> Values {
        let mut all = Values::default();
        for length in lengths {
            let mut message = vec![0; FRONT];
            frame::append_item(&mut message, |out| {
                out.resize(out.len() + length, 7);
                Ok(())
            })
            .unwrap();
            all.append(Values::new(message, FRONT).unwrap());
        }
        all
    }

    /// The lengths of the values in the message that these become.
    fn lengths(values: &Values) -> Vec<usize> {
        let message = values.message(Response::Values).unwrap();
        let mut messages = frame::Reader::new(&message[..]);
        let message = messages.next().unwrap().unwrap();
        let response = frame::decode_first::<Response>(&message[frame::HEADER..]).unwrap().0;
        assert_eq!(response, Response::Values);
        split(&message[FRONT..]).map(|value| value.unwrap().len()).collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "500 KiB, byte by byte, take minutes")]
    fn values_are_taken_and_come_back_and_travel_in_their_order() {
        let all: Vec<usize> =
            (0..50).chain([SHORT, 1, 2 * SHORT, SHORT / 2]).chain(0..50).collect();
        for most in [1, 2, 7, 51, 52, 103, 1000] {
            let mut queue = values(all.clone());
            let mut got = Vec::new();
            while queue.count > 0 {
                let taken = queue.take(most);
                queue.prepend(taken);
                let taken = queue.take(most);
                assert!((1..=most).contains(&taken.count));
                got.extend(lengths(&taken));
            }
            assert_eq!((got, queue.bytes), (all.clone(), 0));
        }
    }

    #[test]
    fn short_values_share_a_buffer() {
        assert_eq!(values([1; 100]).chunks.len(), 1);
    }

    #[test]
    #[cfg_attr(miri, ignore = "5 MiB, byte by byte, take minutes")]
    fn a_response_has_a_bound_and_one_value_at_least() {
        let mut queue = values([3 * MAX_RESPONSE, MAX_RESPONSE / 2, MAX_RESPONSE / 2, 5]);
        assert_eq!([(); 5].map(|()| queue.take(10).count), [1, 1, 2, 0, 0]);
    }

    #[test]
    fn what_has_no_whole_values_is_garbage() {
        for values in [&b"\0"[..], b"\x05\0\0\0hi", b"\x01\0\0\0hi"] {
            assert!(Values::new([&[0; FRONT], values].concat(), FRONT).is_err());
        }
        assert_eq!(Values::new(vec![0; FRONT], FRONT).unwrap().count, 0);
    }
}
