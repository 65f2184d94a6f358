//! The queue in the process that made it: the middle of a star.
//!
//! Each child has pipes of its own with the broker, so no lock crosses a process and a killed child loses
//! what it held, nothing else. For each child there is a thread that always reads its requests, and one
//! that writes the responses that may not fit into its pipe. All meet in [`State`], under one lock, which
//! nobody holds while reading or writing.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{Builder, ThreadId};

use task_utils::child_end::{ChildEnd, ChildReader};
use task_utils::pipe_writer::PipeWriter;
use task_utils::{frame, sigpipe};

use crate::batch::Batch;
use crate::capacity::Capacity;
use crate::ends::SentQueue;
use crate::error::Error;
use crate::getters::{ThreadEnd, at_thread_end};
use crate::messages::{self, FRONT, Request, Response};
use crate::state::{HERE, Outgoing, State, What};
use crate::sync::{Wait, lock, wait};

#[derive(Default)]
pub(crate) struct Broker {
    shared: Mutex<Shared>,
    /// Values came, or there is room for more.
    values: Condvar,
    /// A child has ended or is blocked, or all values are handled.
    ends: Condvar,
}

#[derive(Default)]
struct Shared {
    state: State,
    /// Those of the children that the state has.
    links: BTreeMap<u64, Arc<Link>>,
    /// How many threads wait for `values`, and for `ends`. Waking nobody is a system call, too.
    waiting: usize,
    joining: usize,
}

/// How a child is reached.
struct Link {
    responses: Arc<PipeWriter>,
    notifications: Notifications,
    /// For the thread that writes what may not fit into the pipe.
    large: Sender<Vec<Batch>>,
}

/// The pipe of all queues of a child, and the number of this one among them.
pub(crate) type Notifications = (Arc<PipeWriter>, u32);

impl Broker {
    pub fn with_capacity(values: usize) -> Self {
        let broker = Broker::default();
        broker.lock().state.capacity = Capacity::of_values(values);
        broker
    }

    pub fn is_exact(&self) -> bool {
        self.lock().state.capacity.is_exact()
    }

    // ── this process ────────────────────────────────────────────────────────────────────────────

    pub fn put(&self, value: Batch, how_long: Wait) -> Result<(), Error> {
        let mut shared = self.lock();
        if shared.state.closed {
            return Err(Error::Closed);
        }
        let Some(value) = shared.state.put(value) else {
            self.serve(shared);
            return Ok(());
        };
        let ticket = shared.state.acquire();
        let put = loop {
            if shared.state.redeem_permit(ticket) {
                shared.state.values.push(HERE, value);
                break Ok(());
            }
            if shared.state.closed || how_long.is_over() {
                shared.state.cancel_acquire(ticket);
                break Err(if shared.state.closed { Error::Closed } else { Error::Full });
            }
            shared = self.wait(shared, how_long);
        };
        self.serve(shared);
        put
    }

    pub fn get(self: &Arc<Self>, how_long: Wait) -> Result<Vec<u8>, Error> {
        let mut shared = self.lock();
        if shared.state.getters.comes_back() {
            at_thread_end(self);
        }
        let got = match shared.state.get() {
            Ok(value) => Ok(value),
            Err(ticket) => {
                self.serve(shared); // a child may have values that it hasn't taken
                shared = self.lock();
                loop {
                    if let Some(value) = shared.state.redeem(ticket) {
                        break Ok(value);
                    }
                    let closed = shared.state.is_closed();
                    if closed || how_long.is_over() {
                        shared.state.cancel(ticket);
                        break Err(if closed { Error::Closed } else { Error::TimedOut });
                    }
                    shared = self.wait(shared, how_long);
                }
            }
        };
        if got.is_ok() {
            shared.state.getters.takes();
        }
        self.serve(shared); // there may be room now
        got
    }

    /// This process puts no more.
    pub fn close(&self) {
        let mut shared = self.lock();
        shared.state.closed = true;
        self.serve(shared);
    }

    /// Waits until all values are taken and handled; an error if some are left and nobody could get them.
    pub fn join(&self) -> io::Result<()> {
        let shared = self.lock();
        let left = |shared: &Shared| shared.state.is_handled();
        match self.wait_for(shared, Wait::Forever, left) {
            None | Some(0) => Ok(()),
            Some(n) => Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                format!("{n} values are left in the queue, and no process that could get them"),
            )),
        }
    }

    /// Waits until a child is gone and all that it had put is in the queue. An error if it has more to put,
    /// the queue is full, and no other child and no other thread of this process gets from it.
    /// `None` if that takes longer. A child that was `killed` has nothing to put any more.
    pub fn wait_for_end(&self, id: u64, killed: bool, how_long: Wait) -> Option<Result<(), Error>> {
        self.wait_for(self.lock(), how_long, |shared| {
            if !shared.links.contains_key(&id) {
                return Some(Ok(()));
            }
            let state = &shared.state;
            let alone = state.children.len() == 1 && state.getters.others() == 0;
            (!killed && alone && state.is_blocked(id)).then_some(Err(Error::Full))
        })
    }

    // ── one child ───────────────────────────────────────────────────────────────────────────────

    /// Adds a child, and starts its two threads. Returns its number.
    pub fn connect(
        self: &Arc<Self>,
        SentQueue { responses, requests, .. }: SentQueue,
        end: &ChildEnd,
        notifications: Notifications,
    ) -> io::Result<u64> {
        let responses = Arc::new(PipeWriter::to_child(responses, end.clone())?);
        let requests = ChildReader::new(requests, end.clone());
        let (large, orders) = mpsc::channel();
        let link = Arc::new(Link { responses: Arc::clone(&responses), notifications, large });
        let mut shared = self.lock();
        let id = shared.state.add();
        shared.links.insert(id, link);
        drop(shared);
        let (reading, writing) = (Arc::clone(self), Arc::clone(self));
        let thread = |name: &str| Builder::new().name(format!("queue {name} {id}"));
        thread("writer")
            .spawn(move || writing.write(id, &responses, &orders))
            .and_then(|_| thread("reader").spawn(move || reading.read(id, requests)))
            .map(|_| id)
            .inspect_err(|_| self.remove(id))
    }

    fn remove(&self, id: u64) {
        let mut shared = self.lock();
        shared.state.remove(id);
        shared.links.remove(&id);
        self.serve(shared);
    }

    /// Reads what a child requests until it ends.
    fn read(&self, id: u64, requests: ChildReader) {
        sigpipe::block();
        let mut requests = frame::Reader::new(requests);
        // Garbage is the child's end too: it can't be trusted with the queue any more.
        while let Ok(Some(message)) = requests.next() {
            if self.request(id, message).is_err() {
                break;
            }
        }
        self.remove(id);
    }

    fn request(&self, id: u64, message: Vec<u8>) -> io::Result<()> {
        let (request, _) = frame::decode_first::<Request>(&message[frame::HEADER..])?;
        let values = if request.has_values() { Batch::new(message)? } else { None };
        let mut shared = self.lock();
        shared.state.request(id, request, values)?;
        self.serve(shared);
        Ok(())
    }

    fn write(&self, id: u64, responses: &PipeWriter, large: &Receiver<Vec<Batch>>) {
        sigpipe::block();
        for batches in large {
            let left = write(|message| responses.write_all(message), batches);
            let mut shared = self.lock();
            shared.state.written(id, left);
            self.serve(shared);
        }
    }

    // ── what all do ─────────────────────────────────────────────────────────────────────────────

    /// After any change: sends what there is to be sent, and wakes the threads here that wait for it.
    fn serve<'a>(&'a self, mut shared: MutexGuard<'a, Shared>) {
        loop {
            let outgoing = shared.outgoing();
            let (waiting, joining) = (shared.waiting > 0, shared.joining > 0);
            drop(shared);
            if waiting {
                self.values.notify_all();
            }
            if joining {
                self.ends.notify_all();
            }
            let written = outgoing
                .into_iter()
                .filter_map(|(link, outgoing)| Some((outgoing.child, link.send(outgoing.what)?)));
            let written: Vec<_> = written.collect();
            if written.is_empty() {
                return;
            }
            shared = self.lock();
            written.into_iter().for_each(|(child, left)| shared.state.written(child, left));
        }
    }

    fn wait<'a>(
        &'a self,
        mut shared: MutexGuard<'a, Shared>,
        how_long: Wait,
    ) -> MutexGuard<'a, Shared> {
        shared.waiting += 1;
        let mut shared = wait(&self.values, shared, how_long);
        shared.waiting -= 1;
        shared
    }

    fn wait_for<'a, T>(
        &'a self,
        mut shared: MutexGuard<'a, Shared>,
        how_long: Wait,
        done: impl Fn(&Shared) -> Option<T>,
    ) -> Option<T> {
        loop {
            let done = done(&shared);
            if done.is_some() || how_long.is_over() {
                return done;
            }
            shared.joining += 1;
            shared = wait(&self.ends, shared, how_long);
            shared.joining -= 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl ThreadEnd for Broker {
    fn thread_ended(&self, thread: ThreadId) {
        let mut shared = self.lock();
        shared.state.getters.forget(thread);
        self.serve(shared);
    }
}

impl Shared {
    fn outgoing(&mut self) -> Vec<(Arc<Link>, Outgoing)> {
        let outgoing = self.state.outgoing().into_iter();
        outgoing
            .filter_map(|outgoing| Some((self.links.get(&outgoing.child)?.clone(), outgoing)))
            .collect()
    }
}

impl Link {
    /// Never waits for the child. If values were written, returns those that the child can't have read.
    fn send(&self, what: What) -> Option<Vec<Batch>> {
        match what {
            What::Values(batches) => {
                let length = batches.iter().map(|batch| FRONT + batch.len()).sum();
                if self.responses.fits(length) {
                    // The child waits, so its pipe is empty.
                    return Some(write(|message| self.responses.write_all(message), batches));
                }
                return self.large.send(batches).err().map(|refused| refused.0);
            }
            // Short, and an error is the child's end, which the thread that reads will see.
            What::Response(response) => {
                let message = messages::message(&response, &[]);
                let _ = message.and_then(|message| self.responses.write_all(&message));
            }
            What::Notification(notification) => {
                let (pipe, number) = &self.notifications;
                let message = messages::message(&(number, notification), &[]);
                let _ = message.and_then(|message| pipe.write_all(&message));
            }
        }
        None
    }
}

/// Writes a response. If the child is gone, returns what it can't have read: a batch that was written
/// whole may have been handled, and nobody gets a value twice.
fn write(mut pipe: impl FnMut(&[u8]) -> io::Result<()>, mut batches: Vec<Batch>) -> Vec<Batch> {
    let last = batches.len() - 1;
    let mut write = |(i, batch): (usize, &mut Batch)| {
        pipe(batch.message(if i == last { Response::Values } else { Response::More })?)
    };
    match batches.iter_mut().enumerate().position(|batch| write(batch).is_err()) {
        Some(broken) => batches.split_off(broken),
        None => Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;

    #[test]
    fn what_a_child_may_have_read_before_its_end_is_not_given_back() {
        let batch = |n: u32| {
            let mut batch = Batch::new(messages::put(&n).unwrap()).unwrap().unwrap();
            batch.first = n.into();
            batch
        };
        let batches = (0..3).map(batch).collect();
        let mut room = 1;
        let pipe = |_: &[u8]| {
            let full = io::Error::from(io::ErrorKind::BrokenPipe);
            room -= 1;
            (room >= 0).then_some(()).ok_or(full)
        };
        let left = write(pipe, batches);
        assert_eq!(left.iter().map(|batch| batch.first).collect::<Vec<_>>(), [1, 2]);
    }
}
