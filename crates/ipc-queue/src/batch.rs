//! Values that one writer put one after the other, as the bytes of a message.

use std::io;
use std::ops::Range;

use task_utils::frame;

use crate::messages::{self, FRONT, Response};

/// A batch that has more bytes gets no further values.
const MAX_JOINED: usize = 64 << 10;

/// At least one value of one writer. A batch that came in a message is sent on without being copied: in
/// front of its values there is always room for what stands there in a message.
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
    /// The values of a message, if it has any; an error if they aren't whole.
    pub fn new(message: Vec<u8>) -> io::Result<Option<Self>> {
        let values = message.get(FRONT..).unwrap_or_default();
        let count =
            messages::values(values).try_fold(0, |count, value| value.map(|_| count + 1))?;
        let batch = Batch { writer: 0, first: 0, arrived: 0, count, bytes: message, start: FRONT };
        Ok(Some(batch).filter(|batch| batch.count > 0))
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
        self.bytes.extend_from_slice(&next.bytes[next.start..]);
        self.count += next.count;
        None
    }

    /// Takes the first value; nothing is left of the batch after its last.
    pub fn pop(&mut self) -> Option<Vec<u8>> {
        let mut rest = &self.bytes[self.start..];
        let value = frame::split_first(&mut rest).ok()?.to_vec();
        self.start = self.bytes.len() - rest.len();
        self.first += 1;
        self.count -= 1;
        Some(value)
    }

    /// Cuts off the first values: `most` at most, and as many as fit into `bytes`, but one at least.
    /// Returns also what is left, if anything is.
    pub fn split(mut self, most: usize, bytes: usize) -> (Batch, Option<Batch>) {
        let (mut count, mut length) = (0, 0);
        for value in messages::values(&self.bytes[self.start..]).flatten() {
            let longer = length + size_of::<u32>() + value.len();
            if count > 0 && (count == most || longer > bytes) {
                break;
            }
            (count, length) = (count + 1, longer);
        }
        if count == self.count {
            return (self, None);
        }
        let mut front = vec![0; FRONT];
        front.extend_from_slice(&self.bytes[self.start..self.start + length]);
        let front = Batch { count, bytes: front, start: FRONT, ..self };
        self.start += length;
        self.first += count as u64;
        self.count -= count;
        (front, Some(self))
    }

    /// These values as a response to a client.
    pub fn message(&mut self, word: Response) -> io::Result<&[u8]> {
        let message = &mut self.bytes[self.start - FRONT..];
        messages::set_front(message, word)?;
        Ok(message)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;

    fn batch(first: u64, values: impl IntoIterator<Item = u32>) -> Batch {
        let one =
            |value| Batch { first, ..Batch::new(messages::put(&value).unwrap()).unwrap().unwrap() };
        let batchs = values.into_iter().map(one);
        let join = |mut all: Batch, next: Batch| {
            let next = Batch { first: all.positions().end, ..next };
            assert!(all.append(next).is_none());
            all
        };
        batchs.reduce(join).unwrap()
    }

    fn values(batch: &mut Batch) -> Vec<u32> {
        let bytes = batch.message(Response::Values).unwrap()[FRONT..].to_vec();
        messages::values(&bytes).map(|value| frame::decode(value.unwrap()).unwrap()).collect()
    }

    #[test]
    fn a_batch_is_cut_anywhere_and_travels_as_a_message() {
        let (mut front, rest) = batch(5, 0..10).split(3, usize::MAX);
        assert_eq!((front.positions(), values(&mut front)), (5..8, vec![0, 1, 2]));
        let mut rest = rest.unwrap();
        assert_eq!(frame::decode::<u32>(&rest.pop().unwrap()).unwrap(), 3);
        assert_eq!((rest.positions(), values(&mut rest)), (9..15, (4..10).collect()));
        let (mut all, none) = rest.split(100, usize::MAX);
        assert!(none.is_none());
        assert_eq!(
            Batch::new(all.message(Response::Values).unwrap().to_vec()).unwrap().unwrap().count,
            6
        );
    }

    #[test]
    fn one_value_goes_however_long_it_is() {
        let (front, rest) = batch(0, [1, 2]).split(10, 1);
        assert_eq!((front.positions(), rest.unwrap().positions()), (0..1, 1..2));
    }

    #[test]
    fn only_what_follows_joins() {
        assert!(batch(0, [1, 2]).append(batch(3, [4])).is_some());
        assert!(batch(0, [1, 2]).append(batch(2, [4])).is_none());
    }

    #[test]
    fn what_has_no_whole_values_is_garbage() {
        for rest in [&b"\0"[..], b"\x05\0\0\0hi", b"\x01\0\0\0hi"] {
            assert!(Batch::new(messages::message(&messages::Request::Put, rest).unwrap()).is_err());
        }
        let none = messages::message(&messages::Request::Put, b"").unwrap();
        assert!(Batch::new(none).unwrap().is_none() && Batch::new(Vec::new()).unwrap().is_none());
    }
}
