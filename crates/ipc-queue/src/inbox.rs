//! The values that a client was sent and that no thread has taken yet.

use std::collections::VecDeque;
use std::io::{self, Read};
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
    /// A `Get` that has no response yet.
    pub requested: bool,
    /// The queue is closed, or its pipe has broken.
    end: Option<End>,
    /// When the last values came, and how many of them have been taken.
    filled: Option<Instant>,
    taken: u32,
    /// Counts the responses with values; the last that was revoked.
    pub batch: u64,
    pub revoked: u64,
}

/// A response, and the messages of its values.
pub(crate) type Answer = (Response, VecDeque<Vec<u8>>);

enum End {
    Closed,
    Broken(io::ErrorKind),
}

impl Inbox {
    /// How many values to ask for.
    pub fn pace(&self) -> u32 {
        let Some(filled) = self.filled else { return 1 };
        let took = filled.elapsed().as_nanos().max(1);
        let count = PACE.as_nanos() * u128::from(self.taken) / took;
        count.clamp(1, MAX_VALUES) as u32
    }

    /// Takes the response that a pipe has brought; an error is the pipe's end.
    pub fn fill(&mut self, response: io::Result<Answer>) {
        self.requested = false;
        match response {
            Ok((Response::Closed, _)) => self.end = Some(End::Closed),
            Ok((Response::Empty, _)) => {}
            Ok((_, messages)) => {
                (self.messages, self.start) = (messages, FRONT);
                (self.filled, self.taken) = (Some(Instant::now()), 0);
                self.batch += 1;
            }
            Err(error) => self.end = Some(End::Broken(error.kind())),
        }
    }

    /// The bytes of the next value, if there is one; an error if there will be none.
    pub fn take(&mut self) -> Result<Option<&[u8]>, Error> {
        while self.messages.front().is_some_and(|message| self.start == message.len()) {
            self.messages.pop_front();
            self.start = FRONT;
        }
        let Some(message) = self.messages.front() else {
            return match self.end.take() {
                None => Ok(None),
                Some(End::Closed) => Err(Error::Closed), // a later `Get` tells it again
                Some(End::Broken(kind)) => {
                    self.end = Some(End::Broken(kind));
                    Err(Error::Pipe(kind.into()))
                }
            };
        };
        let mut rest = &message[self.start..];
        let value = frame::split_first(&mut rest)?;
        self.start = message.len() - rest.len();
        self.taken += 1;
        Ok(Some(value))
    }

    pub fn is_broken(&self) -> bool {
        matches!(self.end, Some(End::Broken(_)))
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

/// Waits for a response, which may be several messages.
pub(crate) fn read_response<P: Read>(pipe: &mut frame::Reader<P>) -> io::Result<Answer> {
    let mut messages = VecDeque::new();
    loop {
        let message = pipe.next()?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let (word, values) = frame::decode_first::<Response>(&message[frame::HEADER..])?;
        match word {
            Response::Values | Response::More if values.is_empty() => {
                return Err(frame::garbage("no values"));
            }
            Response::Values | Response::More => messages.push_back(message),
            Response::Closed | Response::Empty => {}
        }
        if word != Response::More {
            return Ok((word, messages));
        }
    }
}
