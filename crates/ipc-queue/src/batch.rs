//! Values one after the other, as the bytes of a message.

use std::io;

use task_utils::frame;

use crate::messages::{FRONT, Response};

/// A batch that has more bytes gets no further values.
const MAX_JOINED: usize = 400 << 10;
/// Values of more bytes are worth room for all that may join.
const LONG: usize = 16 << 10;

/// A batch that came in a message is sent on without being copied: in front of its values there is always
/// room for what stands there in a response.
pub(crate) struct Batch {
    pub count: usize,
    bytes: Vec<u8>,
    start: usize,
}

impl Batch {
    /// The values that stand in a message from `start` on; an error if they aren't whole.
    pub fn new(message: Vec<u8>, start: usize) -> io::Result<Self> {
        let count =
            split(&message[start..]).try_fold(0, |count, value| value.map(|_| count + 1))?;
        Ok(Batch { count, bytes: message, start })
    }

    /// How many bytes the values have.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Adds the next values, if there is room; else returns them.
    pub fn append(&mut self, next: Batch) -> Option<Batch> {
        if self.bytes.len() + next.len() > MAX_JOINED {
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
        let mut front = Batch { count: most, ..Batch::default() };
        front.bytes.extend_from_slice(&self.bytes[self.start..end]);
        self.start = end;
        self.count -= most;
        (front, Some(self))
    }

    /// These values behind a response, as a message to a client.
    pub fn message(&mut self, response: Response) -> io::Result<&[u8]> {
        let message = &mut self.bytes[self.start - FRONT..];
        message[FRONT - 1] = response as u8; // as postcard writes it
        frame::set_header(message)?;
        Ok(message)
    }
}

/// No values.
impl Default for Batch {
    fn default() -> Self {
        Batch { count: 0, bytes: vec![0; FRONT], start: FRONT }
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
    use crate::messages::{Request, message};

    fn batch(values: impl IntoIterator<Item = u32>) -> Batch {
        let put = |out: &mut Vec<u8>| {
            let mut values = values.into_iter();
            values.try_for_each(|n| frame::append_item(out, |out| frame::encode(&n, out)))
        };
        Batch::new(message(Request::Put, put).unwrap(), FRONT).unwrap()
    }

    fn values(batch: &mut Batch) -> Vec<u32> {
        let bytes = batch.message(Response::Values).unwrap()[FRONT..].to_vec();
        split(&bytes).map(|value| frame::decode(value.unwrap()).unwrap()).collect()
    }

    #[test]
    fn a_batch_is_cut_anywhere_and_travels_as_a_message() {
        let (mut front, rest) = batch(0..10).split(3);
        assert_eq!((front.count, values(&mut front)), (3, vec![0, 1, 2]));
        let mut rest = rest.unwrap();
        assert_eq!((rest.count, values(&mut rest)), (7, (3..10).collect()));
        let (mut all, none) = rest.split(100);
        assert!(none.is_none());
        let message = all.message(Response::Values).unwrap().to_vec();
        let response = frame::decode_first::<Response>(&message[frame::HEADER..]).unwrap().0;
        assert_eq!(response, Response::Values);
        assert_eq!(Batch::new(message, FRONT).unwrap().count, 7);
    }

    #[test]
    fn short_batches_join() {
        let mut joined = batch([1, 2]);
        assert!(joined.append(batch([3])).is_none());
        assert_eq!((joined.count, values(&mut joined)), (3, vec![1, 2, 3]));
        let long = message(Request::Put, |out| {
            frame::append_item(out, |out| {
                out.resize(out.len() + MAX_JOINED, 0);
                Ok(())
            })
        });
        assert!(joined.append(Batch::new(long.unwrap(), FRONT).unwrap()).is_some());
    }

    #[test]
    fn what_has_no_whole_values_is_garbage() {
        let whole = batch([1, 2]).message(Response::Values).unwrap().to_vec();
        for end in FRONT + 1..whole.len() {
            let cut = Batch::new(whole[..end].to_vec(), FRONT);
            assert_eq!(cut.is_ok(), end == FRONT + 5, "{end}");
        }
    }
}
