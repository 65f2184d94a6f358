//! The queue in a child: two pipes to the hub, and the values that came ahead.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use os_pipe::PipeReader;
use task_utils::handover::Inherited;
use task_utils::{frame, lifeline};

use crate::error::Error;
use crate::outbox::Outbox;
use crate::wire::{self, Control, Down, FRONT, Up};

/// A reader asks for as many values as it has last handled in this time, and for this many at most.
const PACE: Duration = Duration::from_millis(1);
const MOST: u128 = 1024;

pub(crate) struct Branch {
    out: Arc<Outbox>,
    inbox: Mutex<Inbox>,
    closed: AtomicBool,
    /// Nobody is left who could get what this process puts.
    full: AtomicBool,
}

struct Inbox {
    down: frame::Reader<PipeReader>,
    /// The last answer; the values from `start` on have not been taken yet.
    answer: Vec<u8>,
    start: usize,
    /// When it came, and how many of its values have been taken.
    filled: Option<Instant>,
    taken: u32,
    /// Counts the batches that came.
    batch: u64,
}

impl Branch {
    pub fn new(inherited: Inherited) -> io::Result<Arc<Self>> {
        let inbox = Inbox {
            down: frame::Reader::new(inherited.down),
            answer: Vec::new(),
            start: 0,
            filled: None,
            taken: 0,
            batch: 0,
        };
        let branch = Arc::new(Branch {
            out: Outbox::new(inherited.up),
            inbox: Mutex::new(inbox),
            closed: AtomicBool::new(false),
            full: AtomicBool::new(false),
        });
        branch.send(Up::Hello, &[])?;
        let asked = Arc::clone(&branch);
        lifeline::watch(inherited.control, move |message| {
            // An error is one of the pipe, which the lifeline meets as well.
            let _ = frame::decode(message).and_then(|control| match control {
                Control::Recall { batch } => asked.give_back(Some(batch)),
                Control::Full => {
                    asked.full.store(true, Relaxed);
                    Ok(())
                }
            });
        })?;
        Ok(branch)
    }

    /// Puts the value of a message.
    pub fn put(&self, message: Vec<u8>) -> Result<(), Error> {
        if self.closed.load(Relaxed) {
            return Err(Error::Closed);
        }
        if self.full.load(Relaxed) {
            return Err(Error::Full);
        }
        Ok(self.out.put(message)?)
    }

    /// Hands the next value's bytes to `read`.
    pub fn get<T>(
        &self,
        timeout: Option<Duration>,
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Error> {
        let mut inbox = lock(&self.inbox);
        if inbox.start == inbox.answer.len() {
            self.send(Up::Want { count: inbox.pace(), timeout }, &[])?;
            inbox.fill()?;
        }
        let mut rest = &inbox.answer[inbox.start..];
        let value = read(frame::split_first(&mut rest)?);
        inbox.start = inbox.answer.len() - rest.len();
        inbox.taken += 1;
        Ok(value)
    }

    /// This process gets and puts no more; what it has not taken is for others.
    pub fn leave(&self) {
        let _ = self.give_back(None); // if the pipe is broken, the hub knows already
        self.close();
    }

    pub fn close(&self) {
        if !self.closed.swap(true, Relaxed) {
            let _ = self.send(Up::Closed, &[]); // if the pipe is broken, the hub knows already
        }
    }

    /// Another process waits, and this one has values of a batch that it has not taken. (While a
    /// thread is in `get`, this waits for the inbox, and the batch is done with then.)
    fn give_back(&self, batch: Option<u64>) -> io::Result<()> {
        let mut inbox = lock(&self.inbox);
        if batch.is_some_and(|batch| batch != inbox.batch) {
            return Ok(());
        }
        let start = inbox.start;
        let left = inbox.answer.split_off(start);
        inbox.filled = None;
        self.send(Up::GaveBack, &left)
    }

    fn send(&self, up: Up, rest: &[u8]) -> io::Result<()> {
        self.out.send(&wire::message(&up, rest)?)
    }
}

impl Inbox {
    /// How many values to ask for.
    fn pace(&self) -> u32 {
        let Some(filled) = self.filled else { return 1 };
        let took = filled.elapsed().as_nanos().max(1);
        let count = PACE.as_nanos() * u128::from(self.taken) / took;
        count.clamp(1, MOST) as u32
    }

    /// Waits for the answer.
    fn fill(&mut self) -> Result<(), Error> {
        let answer = self.down.next()?;
        let answer = answer.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        match frame::decode_first::<Down>(&answer[frame::HEADER..])? {
            (Down::Values, _) => {
                (self.answer, self.start) = (answer, FRONT);
                (self.filled, self.taken) = (Some(Instant::now()), 0);
                self.batch += 1;
                Ok(())
            }
            (Down::Closed, _) => Err(Error::Closed),
            (Down::TimedOut, _) => Err(Error::TimedOut),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
