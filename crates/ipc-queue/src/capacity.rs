//! Who may put: a bound on what waits in a queue.
//!
//! `Queue::new` bounds the bytes, softly: when too many wait, the children are told to pause, and what they
//! have put by then is kept. `Queue::with_capacity` bounds the values, exactly. One who has to wait offers
//! its value, which waits here until there is room.

use std::mem::{replace, take};

use crate::batch::Batch;
use crate::messages::Response;
use crate::state::State;

/// The writer of what this process puts.
const HERE: u64 = 0;

/// What may wait in a queue before those who put have to wait.
pub(crate) enum Capacity {
    /// So many bytes, about: children put until they have been told to pause.
    Bytes(usize),
    /// So many values: children offer each of them.
    Values(usize),
}

impl Default for Capacity {
    fn default() -> Self {
        Capacity::Bytes(64 << 20)
    }
}

/// One who waits to put a value.
pub(crate) struct Putter {
    pub id: u64,
    /// The child's number for this.
    number: u64,
    /// It waits without end, or no longer.
    endless: bool,
    withdrawn: bool,
    value: Batch,
}

impl State {
    /// A thread of this process waits for room, which it has when the id that this returns is in `ready`.
    pub fn put(&mut self, value: Batch) -> u64 {
        self.ids += 1;
        self.offer(self.ids, 0, false, value);
        self.ids
    }

    pub fn offer(&mut self, id: u64, number: u64, endless: bool, value: Batch) {
        self.putters.push_back(Putter { id, number, endless, withdrawn: false, value });
    }

    /// The child no longer waits to put this value.
    pub fn withdraw(&mut self, id: u64, number: u64) {
        let mine = |putter: &&mut Putter| (putter.id, putter.number) == (id, number);
        let putter = self.putters.iter_mut().find(mine);
        putter.into_iter().for_each(|putter| putter.withdrawn = true);
    }

    /// Accepts the values of those who wait for room, as far as there is some, and refuses those that were
    /// withdrawn. Returns whether it accepted any.
    pub fn accept(&mut self) -> bool {
        let mut any = false;
        for putter in take(&mut self.putters) {
            let Putter { id, number, withdrawn, .. } = putter;
            let accepted = self.has_room(id);
            if accepted || withdrawn {
                self.respond(id, Response::Accepted { number, accepted });
            }
            if accepted {
                let writer = if self.children.contains_key(&id) { id } else { HERE };
                self.values.push(writer, putter.value);
                any = true;
            } else if !withdrawn {
                self.putters.push_back(putter);
            }
        }
        any
    }

    /// A process that also gets has always room for some bytes: it may be the only one to make room.
    fn has_room(&self, id: u64) -> bool {
        match self.capacity {
            Capacity::Values(most) => self.values.count < most,
            Capacity::Bytes(most) if self.values.bytes <= most => true,
            Capacity::Bytes(_) => self.children.get(&id).map_or(self.gets, |child| child.gets),
        }
    }

    /// Whether this child waits for room, without end.
    pub fn is_blocked(&self, id: u64) -> bool {
        self.putters.iter().any(|putter| putter.id == id && putter.endless)
    }

    /// Where bytes are the bound: tells the children to pause when too many wait, and to go on at half.
    pub fn pause(&mut self) {
        let Capacity::Bytes(most) = self.capacity else { return };
        let full = self.values.bytes > if self.paused { most / 2 } else { most };
        if full != replace(&mut self.paused, full) {
            let children: Vec<u64> = self.children.keys().copied().collect();
            children.into_iter().for_each(|child| self.respond(child, Response::Pause(full)));
        }
    }
}
