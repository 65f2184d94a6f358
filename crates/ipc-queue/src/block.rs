//! Values that came one after the other, as the bytes in which they travel.

use std::io;
use std::ops::Range;

use task_utils::frame;

use crate::wire::{self, Down, FRONT};

/// No value is added to a block of so many bytes.
const FULL: usize = 64 << 10;

/// At least one value of one writer. A block that came in a message goes out in one, without being
/// copied: in front of its values there is always room for what stands there in a message.
pub(crate) struct Block {
    pub writer: u64,
    /// The place of the first value among its writer's.
    pub first: u64,
    /// The block's own place in the order in which they came.
    pub came: u64,
    pub count: usize,
    bytes: Vec<u8>,
    start: usize,
}

impl Block {
    /// The values of a message, if it has any.
    pub fn new(message: Vec<u8>) -> io::Result<Option<Self>> {
        let values = message.get(FRONT..).unwrap_or_default();
        let count = wire::values(values).try_fold(0, |count, value| value.map(|_| count + 1))?;
        let block = Block { writer: 0, first: 0, came: 0, count, bytes: message, start: FRONT };
        Ok(Some(block).filter(|block| block.count > 0))
    }

    /// How many bytes the values have.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub fn places(&self) -> Range<u64> {
        self.first..self.first + self.count as u64
    }

    /// Adds the writer's next values, if they follow and there is room; else answers them.
    pub fn join(&mut self, next: Block) -> Option<Block> {
        if self.places().end != next.first || self.bytes.len() + next.len() > FULL {
            return Some(next);
        }
        self.bytes.extend_from_slice(&next.bytes[next.start..]);
        self.count += next.count;
        None
    }

    /// Takes the first value; nothing is left of the block after its last.
    pub fn pop(&mut self) -> Option<Vec<u8>> {
        let mut rest = &self.bytes[self.start..];
        let value = frame::split_first(&mut rest).ok()?.to_vec();
        self.start = self.bytes.len() - rest.len();
        self.first += 1;
        self.count -= 1;
        Some(value)
    }

    /// Cuts off the first values: `most` at most, and as many as fit into `bytes`, but one at least.
    /// Answers also what is left, if anything is.
    pub fn split(mut self, most: usize, bytes: usize) -> (Block, Option<Block>) {
        let (mut count, mut length) = (0, 0);
        for value in wire::values(&self.bytes[self.start..]).flatten() {
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
        let front = Block { count, bytes: front, start: FRONT, ..self };
        self.start += length;
        self.first += count as u64;
        self.count -= count;
        (front, Some(self))
    }

    /// These values as a message to a child.
    pub fn message(&mut self, word: Down) -> io::Result<&[u8]> {
        let message = &mut self.bytes[self.start - FRONT..];
        wire::set_front(message, word)?;
        Ok(message)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;

    fn block(first: u64, values: impl IntoIterator<Item = u32>) -> Block {
        let one =
            |value| Block { first, ..Block::new(wire::put(&value).unwrap()).unwrap().unwrap() };
        let blocks = values.into_iter().map(one);
        let join = |mut all: Block, next: Block| {
            let next = Block { first: all.places().end, ..next };
            assert!(all.join(next).is_none());
            all
        };
        blocks.reduce(join).unwrap()
    }

    fn values(block: &mut Block) -> Vec<u32> {
        let bytes = block.message(Down::Values).unwrap()[FRONT..].to_vec();
        wire::values(&bytes).map(|value| frame::decode(value.unwrap()).unwrap()).collect()
    }

    #[test]
    fn a_block_is_cut_anywhere_and_travels_as_a_message() {
        let (mut front, rest) = block(5, 0..10).split(3, usize::MAX);
        assert_eq!((front.places(), values(&mut front)), (5..8, vec![0, 1, 2]));
        let mut rest = rest.unwrap();
        assert_eq!(frame::decode::<u32>(&rest.pop().unwrap()).unwrap(), 3);
        assert_eq!((rest.places(), values(&mut rest)), (9..15, (4..10).collect()));
        let (mut all, none) = rest.split(100, usize::MAX);
        assert!(none.is_none());
        assert_eq!(
            Block::new(all.message(Down::Values).unwrap().to_vec()).unwrap().unwrap().count,
            6
        );
    }

    #[test]
    fn one_value_goes_however_long_it_is() {
        let (front, rest) = block(0, [1, 2]).split(10, 1);
        assert_eq!((front.places(), rest.unwrap().places()), (0..1, 1..2));
    }

    #[test]
    fn only_what_follows_joins() {
        assert!(block(0, [1, 2]).join(block(3, [4])).is_some());
        assert!(block(0, [1, 2]).join(block(2, [4])).is_none());
    }

    #[test]
    fn what_has_no_whole_values_is_garbage() {
        for rest in [&b"\0"[..], b"\x05\0\0\0hi", b"\x01\0\0\0hi"] {
            assert!(Block::new(wire::message(&wire::Up::Put, rest).unwrap()).is_err());
        }
        let none = wire::message(&wire::Up::Put, b"").unwrap();
        assert!(Block::new(none).unwrap().is_none() && Block::new(Vec::new()).unwrap().is_none());
    }
}
