//! Who gets which values: the children, who waits, who may still put. No thread and no pipe here.
//!
//! Five rules make the rest follow:
//! * A value is in the queue or with one child, never in two places. One that is being written to a child
//!   is with it until the write has ended; if that fails, it is in the queue again.
//! * A reader is sent as many as it handles in about a millisecond, and no more than its share. So a
//!   flood travels in big messages, and slow readers are sent one at a time.
//! * While a reader may requeue values of a writer, nobody else is given any of that writer. So each
//!   reader sees each writer's values in their order, also if they come back.
//! * A reader that has values it hasn't taken is asked for them as soon as another waits.
//! * Those who wait have their turns in the order in which they came, threads of this process as well.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::ops::Range;

use task_utils::frame;

use crate::batch::Batch;
use crate::capacity::Capacity;
use crate::getters::Getters;
use crate::messages::{Notification, Request, Response};
use crate::values::Values;

/// How many bytes of values go into one response, unless one value has more.
const MAX_RESPONSE: usize = 400 << 10;

/// The writer of what this process puts.
pub(crate) const HERE: u64 = 0;

#[derive(Default)]
pub(crate) struct State {
    pub values: Values,
    pub children: BTreeMap<u64, Child>,
    started: u64,
    /// This process puts no more.
    pub closed: bool,
    /// Who waits for values, the longest first.
    waiters: VecDeque<Waiter>,
    /// Values for the threads of this process that waited, by their tickets.
    taken: BTreeMap<u64, Vec<u8>>,
    pub tickets: u64,
    /// The threads of this process that get.
    pub getters: Getters,
    pub capacity: Capacity,
}

/// A child, or a thread of this process by its ticket.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Who {
    Child(u64),
    Here(u64),
}

struct Waiter {
    who: Who,
    count: usize,
}

#[derive(Default)]
pub(crate) struct Child {
    /// It puts no more.
    closed: bool,
    /// The process is gone, but a write to it has not ended yet.
    gone: bool,
    /// The values that it was sent and has not asked for more since: their writer and positions.
    unacked: (u64, Range<u64>),
    /// How many writes of values to it have not ended.
    writing: u32,
    revoked: bool,
    /// How many of its threads are at work on a value.
    busy: u32,
    /// Whether it ever asked for values.
    gets: bool,
    /// Counts the responses with values.
    batch: u64,
    /// How many permits to put it has.
    pub permits: usize,
}

impl Child {
    fn may_requeue(&self) -> bool {
        self.writing > 0 || self.unacked.1.end - self.unacked.1.start > 1
    }

    fn is_done(&self) -> bool {
        self.unacked.1.is_empty() && self.busy == 0
    }
}

/// What is to be sent to a child.
pub(crate) struct Outgoing {
    pub child: u64,
    pub what: What,
}

pub(crate) enum What {
    Values(Vec<Batch>),
    Response(Response),
    Notification(Notification),
}

impl State {
    // ── this process ────────────────────────────────────────────────────────────────────────────

    /// Takes a value for a thread of this process, if it is there and nobody waits for it; else a
    /// ticket for a later one.
    pub fn get(&mut self) -> Result<Vec<u8>, u64> {
        if self.waiters.is_empty()
            && let Some(value) = self.pop()
        {
            return Ok(value);
        }
        self.tickets += 1;
        self.waiters.push_back(Waiter { who: Who::Here(self.tickets), count: 1 });
        Err(self.tickets)
    }

    /// The value for a ticket, once there is one.
    pub fn redeem(&mut self, ticket: u64) -> Option<Vec<u8>> {
        self.taken.remove(&ticket)
    }

    /// The thread with this ticket waits no longer.
    pub fn cancel(&mut self, ticket: u64) {
        self.waiters.retain(|waiter| waiter.who != Who::Here(ticket));
    }

    fn pop(&mut self) -> Option<Vec<u8>> {
        let writer = self.writer_for(Who::Here(0))?;
        self.values.pop(writer)
    }

    /// Nobody can put any more and nothing is left, also not with a child that may requeue it.
    pub fn is_closed(&self) -> bool {
        let may_come = |child: &Child| !child.closed || child.may_requeue();
        self.closed && self.values.count() == 0 && !self.children.values().any(may_come)
    }

    /// How many values are left, once all are taken and handled, or nobody is left who could: no child,
    /// and no thread of this process that gets, other than the calling one.
    pub fn is_handled(&self) -> Option<usize> {
        let gone = self.started > 0 && self.children.is_empty() && self.getters.others() == 0;
        let handled = self.children.values().all(Child::is_done) && self.getters.others_busy() == 0;
        let left = self.values.count() + self.taken.len();
        (handled && (left == 0 || gone)).then_some(left)
    }

    // ── children ────────────────────────────────────────────────────────────────────────────────

    pub fn add(&mut self) -> u64 {
        self.started += 1;
        self.children.insert(self.started, Child::default());
        self.started
    }

    /// The child's process is gone, and all that it put has arrived.
    pub fn remove(&mut self, id: u64) {
        self.waiters.retain(|waiter| waiter.who != Who::Child(id));
        self.forget_permits(id);
        let Some(child) = self.children.get_mut(&id) else { return };
        if child.writing > 0 {
            (child.gone, child.closed) = (true, true);
            return;
        }
        self.children.remove(&id);
        self.values.forget(id);
    }

    pub fn request(&mut self, id: u64, request: Request, values: Option<Batch>) -> io::Result<()> {
        let Some(child) = self.children.get_mut(&id) else { return Ok(()) };
        match request {
            Request::Put => self.child_put(id, values),
            Request::Requeue => self.child_requeues(id, values)?,
            Request::Get { count } => {
                (child.unacked.1, child.revoked, child.gets) = (0..0, false, true);
                self.waiters.push_back(Waiter { who: Who::Child(id), count: count as usize });
            }
            Request::Cancel => {
                for waiter in self.waiters.iter_mut().filter(|waiter| waiter.who == Who::Child(id))
                {
                    waiter.count = 0;
                }
            }
            Request::Busy { threads } => child.busy = threads,
            Request::Acquire { number, patience } => self.acquire_for(id, number, patience),
            Request::Release => self.release(id, 1),
            Request::Closed => child.closed = true,
        }
        Ok(())
    }

    /// It requeues the last of the values it was sent, if any.
    fn child_requeues(&mut self, id: u64, batch: Option<Batch>) -> io::Result<()> {
        let Some(child) = self.children.get_mut(&id) else { return Ok(()) };
        let (writer, unacked) = child.unacked.clone();
        let left = batch.as_ref().map_or(0, |batch| batch.count as u64);
        let Some(first) = unacked.end.checked_sub(left).filter(|first| *first >= unacked.start)
        else {
            return Err(frame::garbage("more values than it was sent"));
        };
        child.unacked.1 = 0..0;
        if let Some(mut batch) = batch {
            (batch.writer, batch.first) = (writer, first);
            self.values.requeue(batch);
        }
        Ok(())
    }

    /// A write of values has ended. If it failed, these are left which the child can't have read.
    pub fn written(&mut self, id: u64, left: Vec<Batch>) {
        let Some(child) = self.children.get_mut(&id) else { return };
        child.writing -= 1;
        if let Some(first) = left.first() {
            child.unacked.1.end = first.first;
        }
        let gone = child.gone;
        left.into_iter().for_each(|batch| self.values.requeue(batch));
        if gone {
            self.remove(id);
        }
    }

    // ── what is to be sent ──────────────────────────────────────────────────────────────────────

    /// The responses to those who wait, as far as there are any, and all notifications.
    pub fn outgoing(&mut self) -> Vec<Outgoing> {
        let mut outgoing = Vec::new();
        for waiter in std::mem::take(&mut self.waiters) {
            match waiter.who {
                Who::Here(ticket) => match self.pop() {
                    Some(value) => drop(self.taken.insert(ticket, value)),
                    None => self.waiters.push_back(waiter),
                },
                Who::Child(child) => match self.response(child, waiter.count) {
                    Some(what) => outgoing.push(Outgoing { child, what }),
                    None => self.waiters.push_back(waiter),
                },
            }
        }
        if !self.waiters.is_empty() {
            self.revoke(&mut outgoing);
        }
        self.grant(&mut outgoing);
        outgoing
    }

    /// A count of 0 is a request that was cancelled: it gets a value, too, if there is one.
    fn response(&mut self, id: u64, count: usize) -> Option<What> {
        match self.writer_for(Who::Child(id)) {
            Some(writer) => Some(What::Values(self.values_for(id, writer, count))),
            None if self.is_closed() => Some(What::Response(Response::Closed)),
            None if count == 0 => Some(What::Response(Response::Empty)),
            None => None,
        }
    }

    fn values_for(&mut self, id: u64, writer: u64, count: usize) -> Vec<Batch> {
        let readers = self.children.values().filter(|child| child.gets).count();
        let readers = readers + usize::from(!self.getters.is_empty());
        let share = self.values.count() / readers.max(1);
        let (positions, batches) = self.values.cut(writer, count.min(share), MAX_RESPONSE);
        if let Some(child) = self.children.get_mut(&id) {
            child.unacked = (writer, positions);
            child.writing += 1;
            child.batch += 1;
        }
        batches
    }

    /// The writer whose values arrived first, of those that this reader may get.
    fn writer_for(&self, reader: Who) -> Option<u64> {
        self.values.first_writer(|writer| {
            !self.children.iter().any(|(id, child)| {
                Who::Child(*id) != reader && child.unacked.0 == writer && child.may_requeue()
            })
        })
    }

    /// Someone waits: asks those who may have values that they haven't taken.
    fn revoke(&mut self, outgoing: &mut Vec<Outgoing>) {
        for (id, child) in &mut self.children {
            if child.unacked.1.end - child.unacked.1.start > 1 && !child.revoked {
                child.revoked = true;
                let what = What::Notification(Notification::Revoke { batch: child.batch });
                outgoing.push(Outgoing { child: *id, what });
            }
        }
    }
}
