//! The values that a client was sent and that no thread has taken yet.

use std::mem::take;
use std::ops::Range;
use std::time::{Duration, Instant};

use task_utils::frame;

use crate::error::Error;
use crate::messages::{FRONT, Response};

/// A reader asks for as many values as it has last handled in this time, and for this many at most.
const PACE: Duration = Duration::from_millis(1);
const MAX_VALUES: u128 = 1024;

#[derive(Default)]
pub(crate) struct Inbox {
    /// The last message with values; what stands before `start` has been taken.
    message: Vec<u8>,
    start: usize,
    /// Nobody can put any more.
    closed: bool,
    /// When the last values came, and how many of them have been taken.
    filled: Option<Instant>,
    taken: u32,
}

impl Inbox {
    /// All have been taken: returns how many to ask for.
    pub fn request(&mut self) -> u32 {
        let taken = u128::from(take(&mut self.taken));
        let Some(filled) = self.filled.take() else { return 1 };
        let took = filled.elapsed().as_nanos().max(1);
        (PACE.as_nanos() * taken / took).clamp(1, MAX_VALUES) as u32
    }

    /// Takes a response.
    pub fn fill(&mut self, response: Response, message: Vec<u8>) {
        match response {
            Response::Values => {
                (self.message, self.start) = (message, FRONT);
                self.filled = Some(Instant::now());
            }
            response => self.closed = response == Response::Closed,
        }
    }

    /// Takes the next value, which `read` reads, if there is one; an error if there will be none.
    pub fn take<T>(
        &mut self,
        read: impl FnOnce(&mut Vec<u8>, Range<usize>) -> T,
    ) -> Result<Option<T>, Error> {
        let mut rest = &self.message[self.start..];
        if rest.is_empty() {
            // A later `Wait` tells it again: another process may be started with the queue.
            return if take(&mut self.closed) { Err(Error::Closed) } else { Ok(None) };
        }
        let length = frame::split_first(&mut rest)?.len();
        let end = self.message.len() - rest.len();
        (self.start, self.taken) = (end, self.taken + 1); // also if `read` panics
        let value = read(&mut self.message, end - length..end);
        self.start = end.min(self.message.len()); // `read` may have taken the message
        Ok(Some(value))
    }

    /// Whether all values have been taken.
    pub fn is_empty(&self) -> bool {
        self.start == self.message.len()
    }

    /// Takes the values that are for others, as they came. If none has been taken yet, the first one is for
    /// the thread that has asked and hasn't woken, unless none may take any more.
    pub fn take_rest(&mut self, all: bool) -> Vec<u8> {
        let mut rest = &self.message[self.start..];
        if self.taken > 0 || all || frame::split_first(&mut rest).is_err() {
            self.filled = None;
            return take(&mut self.message).split_off(take(&mut self.start));
        }
        self.message.split_off(self.message.len() - rest.len())
    }
}
