//! Values that one writer put one after the other, as the bytes of a message.

use std::io;
use std::ops::Range;

use task_utils::frame;

use crate::messages::FRONT;

/// A batch that has more bytes gets no further values.
const MAX_JOINED: usize = 400 << 10;
/// Values of more bytes are worth room for all that may join.
const LONG: usize = 16 << 10;

/// Values of one writer. A batch that came in a message is sent on without being copied: in front of its
/// values there is always room for what stands there in a response.
pub(crate) struct Batch {
    pub writer: u64,
    /// The position of the first value among its writer's.
    pub first: u64,
    /// The batch's own position in the order of arrival.
    pub arrived: u64,
    pub count: usize,
    bytes: Vec<u8>,
    start: usize,
}

impl Batch {
    /// The values that stand in a message from `start` on; an error if they aren't whole.
    pub fn new(message: Vec<u8>, start: usize) -> io::Result<Self> {
        let count =
            split(&message[start..]).try_fold(0, |count, value| value.map(|_| count + 1))?;
        Ok(Batch { writer: 0, first: 0, arrived: 0, count, bytes: message, start })
    }

    /// How many bytes the values have.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub fn positions(&self) -> Range<u64> {
        self.first..self.first + self.count as u64
    }

    /// Adds the writer's next values, if they follow and there is room; else returns them.
    pub fn append(&mut self, next: Batch) -> Option<Batch> {
        if self.positions().end != next.first || self.bytes.len() + next.len() > MAX_JOINED {
            return Some(next);
        }
        if next.len() > LONG {
            self.bytes.reserve_exact(MAX_JOINED - self.bytes.len()); // others are likely to follow
        }
        self.bytes.extend_from_slice(&next.bytes[next.start..]);
        self.count += next.count;
        None
    }

    /// Cuts off the first values, `most` at most. Returns also what is left, if anything is.
    pub fn split(mut self, most: usize) -> (Batch, Option<Batch>) {
        if self.count <= most {
            return (self, None);
        }
        let values = split(&self.bytes[self.start..]).take(most).flatten();
        let end = self.start + values.map(|value| size_of::<u32>() + value.len()).sum::<usize>();
        let mut front = vec![0; FRONT];
        front.extend_from_slice(&self.bytes[self.start..end]);
        let front = Batch { count: most, bytes: front, start: FRONT, ..self };
        self.start = end;
        self.first += most as u64;
        self.count -= most;
        (front, Some(self))
    }

    /// The first value, which `read` reads.
    pub fn value<T>(mut self, read: impl FnOnce(&mut Vec<u8>, Range<usize>) -> T) -> T {
        let length = split(&self.bytes[self.start..]).flatten().next().map_or(0, <[u8]>::len);
        let start = self.start + size_of::<u32>();
        read(&mut self.bytes, start..start + length)
    }

    /// These values as a message to a client.
    pub fn message(&mut self) -> io::Result<&[u8]> {
        let message = &mut self.bytes[self.start - FRONT..];
        message[FRONT - 1] = 0; // as postcard writes `Response::Values`
        frame::set_header(message)?;
        Ok(message)
    }
}

/// The values in what follows the word of a message.
fn split(mut rest: &[u8]) -> impl Iterator<Item = io::Result<&[u8]>> {
    std::iter::from_fn(move || {
        (!rest.is_empty()).then(|| frame::split_first(&mut rest).inspect_err(|_| rest = &[]))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;
    use crate::messages::{Request, Response, message};

    fn batch(first: u64, values: impl IntoIterator<Item = u32>) -> Batch {
        let one = |value| Batch {
            first,
            ..Batch::new(
                message(Request::Put, |out| {
                    frame::append_item(out, |out| frame::encode(&value, out))
                })
                .unwrap(),
                FRONT,
            )
            .unwrap()
        };
        let batches = values.into_iter().map(one);
        let join = |mut all: Batch, next: Batch| {
            let next = Batch { first: all.positions().end, ..next };
            assert!(all.append(next).is_none());
            all
        };
        batches.reduce(join).unwrap()
    }

    fn values(batch: &mut Batch) -> Vec<u32> {
        let bytes = batch.message().unwrap()[FRONT..].to_vec();
        split(&bytes).map(|value| frame::decode(value.unwrap()).unwrap()).collect()
    }

    #[test]
    fn a_batch_is_cut_anywhere_and_travels_as_a_message() {
        let (mut front, rest) = batch(5, 0..10).split(3);
        assert_eq!((front.positions(), values(&mut front)), (5..8, vec![0, 1, 2]));
        let mut rest = rest.unwrap();
        assert_eq!((rest.positions(), values(&mut rest)), (8..15, (3..10).collect()));
        let (mut all, none) = rest.split(100);
        assert!(none.is_none());
        let message = all.message().unwrap().to_vec();
        let response = frame::decode_first::<Response>(&message[frame::HEADER..]).unwrap().0;
        assert_eq!(response, Response::Values);
        assert_eq!(Batch::new(message, FRONT).unwrap().count, 7);
    }

    #[test]
    fn only_what_follows_joins() {
        assert!(batch(0, [1, 2]).append(batch(3, [4])).is_some());
        assert!(batch(0, [1, 2]).append(batch(2, [4])).is_none());
    }

    #[test]
    fn what_has_no_whole_values_is_garbage() {
        for values in [&b"\0"[..], b"\x05\0\0\0hi", b"\x01\0\0\0hi"] {
            assert!(Batch::new([&[0; FRONT], values].concat(), FRONT).is_err());
        }
        assert_eq!(Batch::new(vec![0; FRONT], FRONT).unwrap().count, 0);
    }
}
