//! The values that a client was sent and that no thread has taken yet.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use task_utils::frame;

use crate::error::Error;
use crate::messages::{FRONT, Response};

/// A reader asks for as many values as it has last handled in this time, and for this many at most.
const PACE: Duration = Duration::from_millis(1);
const MAX_VALUES: u128 = 1024;

#[derive(Default)]
pub(crate) struct Inbox {
    /// The messages of the last response; of the first, what stands before `start` has been taken.
    messages: VecDeque<Vec<u8>>,
    start: usize,
    /// A `Get` that has no response yet, or not all of it.
    pub requested: bool,
    /// Nobody can put any more.
    closed: bool,
    /// When the last values came, and how many of them have been taken.
    filled: Option<Instant>,
    taken: u32,
}

impl Inbox {
    /// All have been taken: returns how many to ask for.
    pub fn request(&mut self) -> u32 {
        self.requested = true;
        let taken = u128::from(std::mem::take(&mut self.taken));
        let Some(filled) = self.filled.take() else { return 1 };
        let took = filled.elapsed().as_nanos().max(1);
        (PACE.as_nanos() * taken / took).clamp(1, MAX_VALUES) as u32
    }

    /// Takes a message of the response.
    pub fn fill(&mut self, response: Response, message: Vec<u8>) -> io::Result<()> {
        self.requested = response == Response::More;
        match response {
            Response::Closed => self.closed = true,
            Response::Empty => {}
            _ if message.len() == FRONT => return Err(frame::garbage("no values")),
            _ => {
                if self.messages.is_empty() {
                    self.start = FRONT;
                }
                self.filled.get_or_insert_with(Instant::now);
                self.messages.push_back(message);
            }
        }
        Ok(())
    }

    /// The bytes of the next value, if there is one; an error if there will be none.
    pub fn take(&mut self) -> Result<Option<&[u8]>, Error> {
        while self.messages.front().is_some_and(|message| self.start == message.len()) {
            self.messages.pop_front();
            self.start = FRONT;
        }
        let Some(message) = self.messages.front() else {
            // A later `Get` tells it again: another process may be started with the queue.
            return if std::mem::take(&mut self.closed) { Err(Error::Closed) } else { Ok(None) };
        };
        let mut rest = &message[self.start..];
        let value = frame::split_first(&mut rest)?;
        self.start = message.len() - rest.len();
        self.taken += 1;
        Ok(Some(value))
    }

    /// The values that have not been taken, as they came.
    pub fn take_all(&mut self) -> Vec<u8> {
        self.filled = None;
        let mut all = Vec::new();
        for message in self.messages.drain(..) {
            all.extend_from_slice(&message[self.start..]);
            self.start = FRONT;
        }
        all
    }
}
