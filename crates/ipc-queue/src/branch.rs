//! The queue in a child: two pipes to the hub, and the values that came ahead.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use os_pipe::{PipeReader, PipeWriter};
use task_utils::handover::Inherited;
use task_utils::{frame, lifeline};

use crate::error::Error;
use crate::wire::{self, Control, Down, Up};

/// A reader that comes back within this time is given twice as many values the next time.
const QUICK: Duration = Duration::from_millis(1);
const MOST: u32 = 1024;

pub(crate) struct Branch {
    up: Mutex<PipeWriter>,
    inbox: Mutex<Inbox>,
    closed: AtomicBool,
    /// Nobody is left who could get what this process puts.
    full: AtomicBool,
}

struct Inbox {
    down: frame::Reader<PipeReader>,
    values: VecDeque<Vec<u8>>,
    count: u32,
    filled: Option<Instant>,
    /// Counts the batches that came.
    batch: u64,
}

impl Branch {
    pub fn new(inherited: Inherited) -> io::Result<Arc<Self>> {
        let inbox = Inbox {
            down: frame::Reader::new(inherited.down),
            values: VecDeque::new(),
            count: 1,
            filled: None,
            batch: 0,
        };
        let branch = Arc::new(Branch {
            up: Mutex::new(inherited.up),
            inbox: Mutex::new(inbox),
            closed: AtomicBool::new(false),
            full: AtomicBool::new(false),
        });
        branch.send(Up::Hello)?;
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

    pub fn put(&self, value: &[u8]) -> Result<(), Error> {
        if self.closed.load(Relaxed) {
            return Err(Error::Closed);
        }
        if self.full.load(Relaxed) {
            return Err(Error::Full);
        }
        let message = wire::message(&Up::Put, |out| {
            out.extend_from_slice(value);
            Ok(())
        })?;
        Ok(lock(&self.up).write_all(&message)?)
    }

    pub fn get(&self, timeout: Option<Duration>) -> Result<Vec<u8>, Error> {
        let mut inbox = lock(&self.inbox);
        if inbox.values.is_empty() {
            let quick = inbox.filled.is_some_and(|filled| filled.elapsed() < QUICK);
            inbox.count = if quick { (inbox.count * 2).min(MOST) } else { 1 };
            self.send(Up::Want { count: inbox.count, timeout })?;
            let answer =
                inbox.down.next()?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            match frame::decode_first::<Down>(answer)? {
                (Down::Values, rest) => {
                    let values = wire::values(rest).map(|value| value.map(<[u8]>::to_vec));
                    inbox.values = values.collect::<io::Result<_>>()?;
                    inbox.batch += 1;
                }
                (Down::Closed, _) => return Err(Error::Closed),
                (Down::TimedOut, _) => return Err(Error::TimedOut),
            }
            inbox.filled = Some(Instant::now());
        }
        inbox.values.pop_front().ok_or_else(|| frame::garbage("no values").into())
    }

    /// This process gets and puts no more; what it has not taken is for others.
    pub fn leave(&self) {
        let _ = self.give_back(None); // if the pipe is broken, the hub knows already
        self.close();
    }

    pub fn close(&self) {
        if !self.closed.swap(true, Relaxed) {
            let _ = self.send(Up::Closed); // if the pipe is broken, the hub knows already
        }
    }

    /// Another process waits, and this one has values of a batch that it has not taken. (While a
    /// thread is in `get`, this waits for the inbox, and the batch is done with then.)
    fn give_back(&self, batch: Option<u64>) -> io::Result<()> {
        let mut inbox = lock(&self.inbox);
        if batch.is_some_and(|batch| batch != inbox.batch) {
            return Ok(());
        }
        let values = std::mem::take(&mut inbox.values);
        inbox.filled = None;
        let message = wire::message(&Up::GaveBack, |out| wire::push_values(out, &values))?;
        lock(&self.up).write_all(&message)
    }

    fn send(&self, up: Up) -> io::Result<()> {
        let message = wire::message(&up, |_| Ok(()))?;
        lock(&self.up).write_all(&message)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
