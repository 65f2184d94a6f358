//! Who gets which values: the children, who waits, who may still put. No thread and no pipe here.
//!
//! Five rules make the rest follow:
//! * A value is in the queue or with one child. If a write to a child fails, it is in the queue again.
//! * A reader is sent as many as it handles in a millisecond, and no more than its share.
//! * While a reader may requeue values of a writer, nobody else is given any of that writer. So each
//!   reader sees each writer's values in their order, also if they come back.
//! * A reader that has values it hasn't taken is asked for them as soon as another waits.
//! * All who wait have their turns in their order, threads of this process as well: each wait has an id.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::mem::{replace, take};
use std::ops::Range;

use task_utils::frame;

use crate::batch::Batch;
use crate::capacity::{Capacity, Putter};
use crate::messages::{Request, Response};
use crate::values::Values;

#[derive(Default)]
pub(crate) struct State {
    pub values: Values,
    pub children: BTreeMap<u64, Child>,
    pub ids: u64,
    pub capacity: Capacity,
    /// The children were told to offer each value.
    pub paused: bool,
    /// This process puts no more.
    pub closed: bool,
    /// Who waits for values, and who waits to put one, the longest first.
    getters: VecDeque<Getter>,
    pub putters: VecDeque<Putter>,
    /// What those who waited in this process have got: a value, or room for one.
    pub ready: BTreeMap<u64, Outgoing>,
    /// Whether this process ever got, and how many of its threads are at work on a value.
    pub gets: bool,
    pub busy: isize,
    outgoing: Vec<(u64, Outgoing)>,
}

struct Getter {
    id: u64,
    count: usize,
    cancelled: bool,
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
    /// How many of its threads are at work on a value, and whether it ever asked for values.
    busy: usize,
    pub gets: bool,
}

impl Child {
    fn may_requeue(&self) -> bool {
        self.writing > 0 || self.unacked.1.end - self.unacked.1.start > 1
    }
}

/// What is for a child to read, or for a waiting thread of this process.
pub(crate) enum Outgoing {
    Values(Batch),
    Response(Response),
}

impl State {
    // ── this process ────────────────────────────────────────────────────────────────────────────

    /// A thread of this process waits for a value, which will be in `ready` with the id that this returns.
    pub fn get(&mut self) -> u64 {
        self.gets = true;
        self.ids += 1;
        self.getters.push_back(Getter { id: self.ids, count: 1, cancelled: false });
        self.ids
    }

    /// The thread with this id waits no longer.
    pub fn cancel(&mut self, id: u64) {
        self.getters.retain(|getter| getter.id != id);
        self.putters.retain(|putter| putter.id != id);
    }

    /// Nobody can put any more and nothing is left, nor can a child requeue any.
    pub fn is_closed(&self) -> bool {
        let may_come = |child: &Child| !child.closed || child.may_requeue();
        self.closed && self.left() == 0 && !self.children.values().any(may_come)
    }

    /// How many values have not been taken.
    pub fn left(&self) -> usize {
        self.values.count + self.putters.len() + self.ready.len()
    }

    /// Nobody is at work on a value, or has some that were not taken.
    pub fn is_idle(&self) -> bool {
        let idle = |child: &Child| child.unacked.1.is_empty() && child.busy == 0;
        self.busy == 0 && self.children.values().all(idle)
    }

    // ── children ────────────────────────────────────────────────────────────────────────────────

    pub fn add(&mut self) -> u64 {
        self.ids += 1;
        self.children.insert(self.ids, Child::default());
        if self.paused {
            self.respond(self.ids, Response::Pause(true));
        }
        self.ids
    }

    /// The child's process is gone, and all that it put has arrived.
    pub fn remove(&mut self, id: u64) {
        self.cancel(id);
        let Some(child) = self.children.get_mut(&id) else { return };
        if child.writing > 0 {
            (child.gone, child.closed) = (true, true);
            return;
        }
        self.children.remove(&id);
        self.values.forget(id);
    }

    pub fn request(&mut self, id: u64, request: Request, values: Batch) -> io::Result<()> {
        let Some(child) = self.children.get_mut(&id) else { return Ok(()) };
        match request {
            Request::Put => self.values.push(id, values),
            Request::Offer { number, endless } => self.offer(id, number, endless, values),
            Request::Withdraw { number } => self.withdraw(id, number),
            Request::Get { count } => {
                (child.unacked.1, child.revoked, child.gets) = (0..0, false, true);
                self.getters.push_back(Getter { id, count: count as usize, cancelled: false });
            }
            Request::Cancel => {
                let mine = self.getters.iter_mut().filter(|getter| getter.id == id);
                mine.for_each(|getter| getter.cancelled = true);
            }
            Request::Requeue => self.requeue(id, values)?,
            Request::Busy { threads } => child.busy = threads as usize,
            Request::Closed => child.closed = true,
        }
        Ok(())
    }

    /// A child requeues the last of the values it was sent, if any.
    fn requeue(&mut self, id: u64, mut values: Batch) -> io::Result<()> {
        let Some(child) = self.children.get_mut(&id) else { return Ok(()) };
        let (writer, unacked) = (child.unacked.0, replace(&mut child.unacked.1, 0..0));
        let first = unacked.end.checked_sub(values.count as u64);
        let Some(first) = first.filter(|first| *first >= unacked.start) else {
            return Err(frame::garbage("more values than it was sent"));
        };
        (values.writer, values.first) = (writer, first);
        self.values.requeue(values);
        Ok(())
    }

    /// A write of values has ended; if it failed, the child can't have read them.
    pub fn written(&mut self, id: u64, failed: Option<Batch>) {
        let Some(child) = self.children.get_mut(&id) else { return };
        child.writing -= 1;
        if let Some(values) = failed {
            child.unacked.1 = 0..0;
            self.values.requeue(values);
        }
        if child.gone {
            self.remove(id);
        }
    }

    // ── what is to be sent ──────────────────────────────────────────────────────────────────────

    /// After any change: gives to those who wait what there is, and returns what is to be sent.
    pub fn outgoing(&mut self) -> Vec<(u64, Outgoing)> {
        loop {
            self.give();
            if !self.accept() {
                break;
            }
        }
        if !self.getters.is_empty() {
            self.revoke();
        }
        self.pause();
        take(&mut self.outgoing)
    }

    pub fn respond(&mut self, id: u64, response: Response) {
        self.send(id, Outgoing::Response(response));
    }

    fn send(&mut self, id: u64, what: Outgoing) {
        if self.children.contains_key(&id) {
            self.outgoing.push((id, what));
        } else {
            self.ready.insert(id, what);
        }
    }

    /// Gives values to those who wait for some.
    fn give(&mut self) {
        for getter in take(&mut self.getters) {
            let Getter { id, count, cancelled } = getter;
            let is_child = self.children.contains_key(&id);
            match self.values_for(id, count) {
                Some(values) => self.send(id, Outgoing::Values(values)),
                None if is_child && self.is_closed() => self.respond(id, Response::Closed),
                None if is_child && cancelled => self.respond(id, Response::Empty),
                None => self.getters.push_back(getter),
            }
        }
    }

    /// Values of the writer whose values arrived first, of those that this reader may get.
    fn values_for(&mut self, id: u64, count: usize) -> Option<Batch> {
        let writer = self.values.first_writer(|writer| {
            let mut others = self.children.iter().filter(|(other, _)| **other != id);
            !others.any(|(_, child)| child.unacked.0 == writer && child.may_requeue())
        })?;
        let readers = self.children.values().filter(|child| child.gets).count();
        let share = self.values.count / (readers + usize::from(self.gets));
        let values = self.values.take(writer, count.min(share))?;
        if let Some(child) = self.children.get_mut(&id) {
            child.unacked = (writer, values.positions());
            child.writing += 1;
        }
        Some(values)
    }

    /// Someone waits for a value: asks those who may have some that they haven't taken.
    fn revoke(&mut self) {
        for (id, child) in &mut self.children {
            let many = child.unacked.1.end - child.unacked.1.start > 1;
            if many && !replace(&mut child.revoked, true) {
                self.outgoing.push((*id, Outgoing::Response(Response::Revoke)));
            }
        }
    }
}
