//! The queue in the process that made it: the middle of a star.
//!
//! Each child has pipes of its own with the broker, so no lock crosses a process and a killed child loses
//! what it held, nothing else. For each child there is a thread that always reads its requests, and one
//! that writes the responses, in the order in which they were decided. All meet in [`State`], under one
//! lock, which nobody holds while reading or writing.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, MutexGuard};
use std::thread::Builder;
use std::time::Duration;

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
use crate::sync::{Deadline, Monitor, after, is_over};

/// How long a `join` waits for a value to be taken, when no process is left that could take it.
const STALLED: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(crate) struct Broker {
    shared: Monitor<Shared>,
}

#[derive(Default)]
struct Shared {
    state: State,
    /// For each child, what its writer thread is to send.
    links: BTreeMap<u64, Sender<Outgoing>>,
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
        let value = Batch::new(
            message(Request::Put, |out| frame::append_item(out, value)).map_err(Error::Value)?,
            FRONT,
        )?;
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
    fn lock_back(self: &Arc<Self>) -> MutexGuard<'_, Shared> {
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

    /// Waits until all values are taken and handled; an error if some are left and nobody gets them.
    pub fn join(self: &Arc<Self>) -> io::Result<()> {
        drop(self.lock_back());
        let handled = |shared: &Shared| shared.state.left() == 0 && shared.state.is_idle();
        let stuck = |shared: &Shared| shared.links.is_empty() && shared.state.busy == 0;
        match self.wait_for(None, handled, stuck) {
            Some(Err(left)) => Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                format!("{left} values are left in the queue, and no process that could get them"),
            )),
            _ => Ok(()),
        }
    }

    /// Waits until a child is gone and all that it had put is in the queue. An error if it waits to put
    /// more and nobody gets. `None` if that takes longer.
    pub fn wait_for_end(&self, id: u64, deadline: Deadline) -> Option<Result<(), Error>> {
        let gone = |shared: &Shared| !shared.links.contains_key(&id);
        let stuck = |shared: &Shared| shared.links.len() == 1 && shared.state.is_blocked(id);
        self.wait_for(deadline, gone, stuck).map(|done| done.map_err(|_| Error::Full))
    }

    /// Waits until it is `done`. If nobody takes a value for some time and `stuck` holds, returns how many
    /// are left. (A thread of this process that is yet to call `get` can't be seen otherwise.)
    fn wait_for(
        &self,
        deadline: Deadline,
        done: impl Fn(&Shared) -> bool,
        stuck: impl Fn(&Shared) -> bool,
    ) -> Option<Result<(), usize>> {
        let mut shared = self.shared.lock();
        loop {
            let taken = shared.state.values.taken;
            let some_time = after(STALLED).into_iter().chain(deadline).min();
            let is_done = |shared: &mut Shared| done(shared).then_some(());
            let (guard, is_done) = self.shared.wait_for(shared, some_time, is_done);
            if is_done.is_some() {
                return Some(Ok(()));
            }
            if is_over(deadline) {
                return None;
            }
            if guard.state.values.taken == taken && stuck(&guard) {
                return Some(Err(guard.state.left()));
            }
            shared = guard;
        }
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
