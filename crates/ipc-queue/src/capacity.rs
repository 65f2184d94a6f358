//! Who may put: a bound on what waits in a queue.
//!
//! `Queue::new` bounds the bytes, softly: when too many wait, each child that puts is told to pause,
//! and what it has sent by then is kept. `Queue::with_capacity` bounds the values, exactly: each value
//! of a child needs a permit, and a permit counts as a value.

use std::collections::{BTreeSet, VecDeque};

use crate::batch::Batch;
use crate::messages::{Notification, Patience};
use crate::state::{HERE, Outgoing, State, What, Who};

/// How many bytes may wait in the queue before those who put have to wait.
const CAPACITY: usize = 64 << 20;

#[derive(Default)]
pub(crate) struct Capacity {
    /// How many values may wait in the queue, if it isn't bounded by bytes.
    values: Option<usize>,
    /// How many permits children and threads of this process have, which are values to be.
    permits: usize,
    /// Who waits for one, the longest first.
    waiting: VecDeque<Acquire>,
    /// The tickets of threads of this process that have a permit.
    granted: BTreeSet<u64>,
    /// The children that were told to pause.
    paused: BTreeSet<u64>,
    /// Who is to be told to pause (or else to resume), and how many were told.
    notices: Vec<(u64, bool)>,
    told: u64,
}

struct Acquire {
    who: Who,
    /// The child's number for it.
    number: u64,
    patience: Patience,
}

impl Capacity {
    pub fn of_values(values: usize) -> Self {
        Capacity { values: Some(values), ..Capacity::default() }
    }

    pub fn is_exact(&self) -> bool {
        self.values.is_some()
    }
}

impl State {
    fn has_room(&self) -> bool {
        match self.capacity.values {
            Some(values) => self.values.count() + self.capacity.permits < values,
            None => self.values.bytes() <= CAPACITY,
        }
    }

    // ── this process ────────────────────────────────────────────────────────────────────────────

    /// Puts a value if there is room and nobody waits for room; else returns it.
    pub fn put(&mut self, value: Batch) -> Option<Batch> {
        let waits = self.capacity.is_exact() && !self.capacity.waiting.is_empty();
        if waits || !self.has_room() {
            return Some(value);
        }
        self.values.push(HERE, value);
        None
    }

    /// A ticket for a permit.
    pub fn acquire(&mut self) -> u64 {
        self.tickets += 1;
        let who = Who::Here(self.tickets);
        self.capacity.waiting.push_back(Acquire { who, number: 0, patience: Patience::Some });
        self.tickets
    }

    /// Whether there is a permit for the ticket, which is used up by this.
    pub fn redeem_permit(&mut self, ticket: u64) -> bool {
        let granted = self.capacity.granted.remove(&ticket);
        self.capacity.permits -= usize::from(granted);
        granted
    }

    pub fn cancel_acquire(&mut self, ticket: u64) {
        self.redeem_permit(ticket);
        self.capacity.waiting.retain(|acquire| acquire.who != Who::Here(ticket));
    }

    // ── children ────────────────────────────────────────────────────────────────────────────────

    pub fn child_put(&mut self, id: u64, values: Option<Batch>) {
        let Some(values) = values else { return };
        self.release(id, values.count);
        self.values.push(id, values);
        if !self.capacity.is_exact() && !self.has_room() && self.capacity.paused.insert(id) {
            self.capacity.notices.push((id, true));
        }
    }

    /// The child has used permits, or returns them.
    pub fn release(&mut self, id: u64, count: usize) {
        if let Some(child) = self.children.get_mut(&id) {
            let count = count.min(child.permits);
            child.permits -= count;
            self.capacity.permits -= count;
        }
    }

    /// A child asks for a permit. One that is being told to resume needs none.
    pub fn acquire_for(&mut self, id: u64, number: u64, patience: Patience) {
        if self.capacity.is_exact() || self.capacity.paused.contains(&id) {
            self.capacity.waiting.push_back(Acquire { who: Who::Child(id), number, patience });
        }
    }

    pub fn forget_permits(&mut self, id: u64) {
        self.release(id, usize::MAX);
        self.capacity.paused.remove(&id);
        self.capacity.waiting.retain(|acquire| acquire.who != Who::Child(id));
    }

    /// Whether the child waits for room, without end.
    pub fn is_blocked(&self, id: u64) -> bool {
        let endless = |acquire: &Acquire| acquire.patience == Patience::Endless;
        self.capacity
            .waiting
            .iter()
            .any(|acquire| acquire.who == Who::Child(id) && endless(acquire))
    }

    // ── what is to be sent ──────────────────────────────────────────────────────────────────────

    pub fn grant(&mut self, outgoing: &mut Vec<Outgoing>) {
        if self.values.bytes() <= CAPACITY / 2 {
            for id in std::mem::take(&mut self.capacity.paused) {
                self.capacity.notices.push((id, false));
                self.capacity.waiting.retain(|acquire| acquire.who != Who::Child(id));
            }
        }
        for (child, pause) in std::mem::take(&mut self.capacity.notices) {
            self.capacity.told += 1;
            let notification = Notification::Pause { number: self.capacity.told, pause };
            outgoing.push(Outgoing { child, what: What::Notification(notification) });
        }
        for acquire in std::mem::take(&mut self.capacity.waiting) {
            match acquire.who {
                Who::Here(ticket) if self.has_room() => {
                    self.capacity.permits += 1;
                    self.capacity.granted.insert(ticket);
                }
                Who::Child(child)
                    if acquire.patience == Patience::None || self.grants_children() =>
                {
                    let granted = self.grants_children();
                    if let Some(child) = self.children.get_mut(&child) {
                        child.permits += usize::from(granted);
                        self.capacity.permits += usize::from(granted);
                    }
                    let permit = Notification::Permit { number: acquire.number, granted };
                    outgoing.push(Outgoing { child, what: What::Notification(permit) });
                }
                _ => self.capacity.waiting.push_back(acquire),
            }
        }
    }

    /// Where bytes are the bound, children go on when they are told to resume.
    fn grants_children(&self) -> bool {
        self.capacity.is_exact() && self.has_room()
    }
}
