//! The queue in the process that made it: the middle of a star.
//!
//! Each child has pipes of its own with the broker, so no lock crosses a process and a killed child loses
//! what it held, nothing else. One thread always reads its requests, another writes the responses in their
//! order. All meet in [`State`], under one lock, which nobody holds while reading or writing.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, MutexGuard};
use std::thread::Builder;

use os_pipe::PipeReader;
use task_utils::child_end::{ChildEnd, ChildReader};
use task_utils::pipe_writer::PipeWriter;
use task_utils::{frame, sigpipe};

use crate::batch::Batch;
use crate::capacity::Capacity;
use crate::error::Error;
use crate::held::{Source, set_busy};
use crate::messages::{FRONT, Request, message};
use crate::state::{Outgoing, State};
use crate::sync::{Deadline, Monitor};

#[derive(Default)]
pub(crate) struct Broker {
    pub shared: Monitor<Shared>,
}

#[derive(Default)]
pub(crate) struct Shared {
    pub state: State,
    /// For each child, what its writer thread is to send.
    pub links: BTreeMap<u64, Sender<Outgoing>>,
}

impl Broker {
    pub fn new(capacity: Capacity) -> Self {
        let broker = Broker::default();
        broker.shared.lock().state.capacity = capacity;
        broker
    }

    pub fn is_exact(&self) -> bool {
        matches!(self.shared.lock().state.capacity, Capacity::Values(_))
    }

    // ── this process ────────────────────────────────────────────────────────────────────────────

    /// Puts the value that `value` writes.
    pub fn put(
        &self,
        value: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let put = |out: &mut Vec<u8>| frame::append_item(out, value);
        let value = Batch::new(message(Request::Put, put).map_err(Error::Value)?, FRONT)?;
        let mut shared = self.shared.lock();
        if shared.state.closed {
            return Err(Error::Closed);
        }
        let id = shared.state.put(value);
        self.serve(&mut shared);
        let accepted = |shared: &mut Shared| shared.state.ready.remove(&id);
        let (mut shared, accepted) = self.shared.wait_for(shared, deadline, accepted);
        shared.state.cancel(id);
        accepted.map(drop).ok_or(Error::Full)
    }

    pub fn get(self: &Arc<Self>, deadline: Deadline) -> Result<Batch, Error> {
        let mut shared = self.lock_back();
        let id = shared.state.get();
        self.serve(&mut shared); // a child may have values that it hasn't taken
        let (mut shared, got) =
            self.shared.wait_for(shared, deadline, |Shared { state, .. }| {
                match state.ready.remove(&id) {
                    Some(Outgoing::Values(value)) => Some(Ok(value)),
                    _ => state.is_closed().then_some(Err(Error::Closed)),
                }
            });
        let got = got.unwrap_or(Err(Error::TimedOut));
        shared.state.cancel(id);
        shared.state.busy += set_busy(self, got.is_ok());
        self.serve(&mut shared); // there may be room now
        got
    }

    /// The calling thread is done with the value that it had.
    pub fn lock_back(self: &Arc<Self>) -> MutexGuard<'_, Shared> {
        let mut shared = self.shared.lock();
        shared.state.busy += set_busy(self, false);
        shared
    }

    /// This process puts no more.
    pub fn close(&self) {
        let mut shared = self.shared.lock();
        shared.state.closed = true;
        self.serve(&mut shared);
    }

    // ── one child ───────────────────────────────────────────────────────────────────────────────

    /// Adds a child, and starts its two threads. Returns its id.
    pub fn connect(
        self: &Arc<Self>,
        responses: os_pipe::PipeWriter,
        requests: PipeReader,
        end: ChildEnd,
    ) -> io::Result<u64> {
        let responses = PipeWriter::to_child(responses, end.clone())?;
        let requests = ChildReader::new(requests, end);
        let (link, outgoing) = mpsc::channel();
        let mut shared = self.shared.lock();
        let id = shared.state.add();
        shared.links.insert(id, link);
        self.serve(&mut shared);
        drop(shared);
        let (reading, writing) = (Arc::clone(self), Arc::clone(self));
        let thread = |name: &str| Builder::new().name(format!("queue {name} {id}"));
        thread("writer")
            .spawn(move || writing.write(id, &responses, &outgoing))
            .and_then(|_| thread("reader").spawn(move || reading.read(id, requests)))
            .map(|_| id)
            .inspect_err(|_| self.remove(id))
    }

    fn remove(&self, id: u64) {
        let mut shared = self.shared.lock();
        shared.state.remove(id);
        shared.links.remove(&id);
        self.serve(&mut shared);
    }

    /// Reads what a child requests until it ends.
    fn read(&self, id: u64, requests: ChildReader) {
        sigpipe::block();
        let mut requests = frame::Reader::new(requests);
        // Garbage is the child's end too: it can't be trusted with the queue any more.
        while self.requests(id, &mut requests).is_ok_and(|()| requests.fill().is_ok_and(|n| n > 0))
        {
        }
        self.remove(id);
    }

    /// Does what has been read, all before anything is sent, so that a flood travels in big messages.
    fn requests(&self, id: u64, requests: &mut frame::Reader<ChildReader>) -> io::Result<()> {
        while let Some(message) = requests.buffered()? {
            let (request, values) = frame::decode_first::<Request>(&message[frame::HEADER..])?;
            let start = message.len() - values.len();
            let values = Batch::new(message, start)?;
            self.shared.lock().state.request(id, request, values)?;
        }
        self.serve(&mut self.shared.lock());
        Ok(())
    }

    /// Writes what is to be sent to a child until it ends.
    fn write(&self, id: u64, pipe: &PipeWriter, outgoing: &Receiver<Outgoing>) {
        sigpipe::block();
        for what in outgoing {
            match what {
                Outgoing::Values(mut values) => {
                    let written = values.message().and_then(|message| pipe.write_all(message));
                    let mut shared = self.shared.lock();
                    shared.state.written(id, written.is_err().then_some(values));
                    self.serve(&mut shared);
                }
                // An error is the child's end, which the thread that reads will see.
                Outgoing::Response(response) => {
                    let _ =
                        message(response, |_| Ok(())).and_then(|message| pipe.write_all(&message));
                }
            }
        }
    }

    /// After any change: has sent what there is to be sent, and wakes the threads here that wait.
    fn serve(&self, shared: &mut Shared) {
        for (child, what) in shared.state.outgoing() {
            if let Some(link) = shared.links.get(&child) {
                let _ = link.send(what); // the thread ends after its link
            }
        }
        self.shared.notify();
    }
}

impl Source for Broker {
    fn thread_ended(&self) {
        let mut shared = self.shared.lock();
        shared.state.busy -= 1;
        self.serve(&mut shared);
    }
}
