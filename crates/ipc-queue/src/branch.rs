//! The queue in a child: two pipes to the hub, and the values that came ahead.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use os_pipe::PipeReader;
use task_utils::coalescing_writer::CoalescingWriter;
use task_utils::handover::Inherited;
use task_utils::{exit_with_parent, frame};

use crate::error::Error;
use crate::wire::{self, Control, Down, FRONT, Up};

/// A reader asks for as many values as it has last handled in this time, and for this many at most.
const PACE: Duration = Duration::from_millis(1);
const MOST: u128 = 1024;

pub(crate) struct Branch {
    out: Arc<CoalescingWriter>,
    inbox: Mutex<Inbox<PipeReader>>,
    closed: AtomicBool,
    /// Nobody is left who could get what this process puts.
    full: AtomicBool,
}

pub(crate) struct Inbox<P> {
    down: frame::Reader<P>,
    /// The last message; the values from `start` on have not been taken yet.
    answer: Vec<u8>,
    start: usize,
    /// Whether the answer goes on in another message.
    more: bool,
    /// When it came, and how many of its values have been taken.
    filled: Option<Instant>,
    taken: u32,
    /// Counts the batches that came.
    batch: u64,
}

impl Branch {
    pub fn new(inherited: Inherited) -> io::Result<Arc<Self>> {
        let branch = Arc::new(Branch {
            out: CoalescingWriter::new(inherited.up, FRONT),
            inbox: Mutex::new(Inbox::new(inherited.down)),
            closed: AtomicBool::new(false),
            full: AtomicBool::new(false),
        });
        branch.send(Up::Hello, &[])?;
        let asked = Arc::clone(&branch);
        exit_with_parent::watch(inherited.control, move |message| {
            // An error is one of the pipe, which the thread that reads meets as well.
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
        if inbox.is_empty() {
            self.send(Up::Want { count: inbox.pace(), timeout }, &[])?;
            inbox.fill()?;
        }
        Ok(read(inbox.take()?))
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
        let left = inbox.take_all()?;
        self.send(Up::GaveBack, &left)
    }

    fn send(&self, up: Up, rest: &[u8]) -> io::Result<()> {
        self.out.send(&wire::message(&up, rest)?)
    }
}

impl<P: Read> Inbox<P> {
    pub fn new(down: P) -> Self {
        let down = frame::Reader::new(down);
        Inbox { down, answer: Vec::new(), start: 0, more: false, filled: None, taken: 0, batch: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.start == self.answer.len() && !self.more
    }

    /// How many values to ask for.
    fn pace(&self) -> u32 {
        let Some(filled) = self.filled else { return 1 };
        let took = filled.elapsed().as_nanos().max(1);
        let count = PACE.as_nanos() * u128::from(self.taken) / took;
        count.clamp(1, MOST) as u32
    }

    /// The bytes of the next value.
    pub fn take(&mut self) -> Result<&[u8], Error> {
        if self.start == self.answer.len() {
            self.fill()?;
        }
        let mut rest = &self.answer[self.start..];
        let value = frame::split_first(&mut rest)?;
        self.start = self.answer.len() - rest.len();
        self.taken += 1;
        Ok(value)
    }

    /// The values that have not been taken, as they came.
    fn take_all(&mut self) -> Result<Vec<u8>, Error> {
        self.filled = None;
        let mut all = self.answer.split_off(self.start);
        while self.more {
            self.fill()?; // it is on its way
            all.extend(self.answer.split_off(self.start));
        }
        Ok(all)
    }

    /// Waits for the answer, or for more of it.
    pub fn fill(&mut self) -> Result<(), Error> {
        let answer = self.down.next()?;
        let answer = answer.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let (word, values) = frame::decode_first::<Down>(&answer[frame::HEADER..])?;
        match word {
            Down::Closed => return Err(Error::Closed),
            Down::TimedOut => return Err(Error::TimedOut),
            Down::Values | Down::More if values.is_empty() => {
                return Err(frame::garbage("no values").into());
            }
            Down::Values | Down::More => {}
        }
        if !self.more {
            (self.filled, self.taken) = (Some(Instant::now()), 0);
            self.batch += 1;
        }
        (self.answer, self.start, self.more) = (answer, FRONT, word == Down::More);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
