//! Who may put: a bound on what waits in a queue.
//!
//! `Queue::new` bounds the bytes, softly: when too many wait, the clients are told to pause, and what they
//! have put by then is kept. `Queue::with_capacity` bounds the values, exactly. A client that is paused
//! waits for room before each value.

use std::mem::replace;

use crate::messages::Response;
use crate::state::State;
use crate::values::Values;

/// What may wait in a queue before those who put have to wait.
#[derive(Clone, Copy)]
pub(crate) enum Capacity {
    /// So many bytes, about: clients put until they have been told to pause.
    Bytes(usize),
    /// So many values: clients are always paused.
    Values(usize),
}

impl Default for Capacity {
    fn default() -> Self {
        Capacity::Bytes(64 << 20)
    }
}

impl State {
    /// Whether this client may put a value. One that also gets has always room for some bytes: it may be
    /// the only one to make room.
    pub fn has_room(&self, id: u64) -> bool {
        let client = &self.clients[&id];
        let has_room = match self.capacity {
            Capacity::Values(most) => {
                let promised = self.clients.values().map(|client| client.promised).sum::<usize>();
                self.values.count + promised < most
            }
            Capacity::Bytes(most) => self.values.bytes <= most || client.gets,
        };
        has_room && !client.closed
    }

    pub fn tell_whether_paused(&self, id: u64) {
        let response = if self.paused { Response::Pause } else { Response::Resume };
        self.send(id, response, Values::default());
    }

    /// Tells the clients to pause when too many bytes wait, and to go on at half.
    pub fn pause(&mut self) {
        let Capacity::Bytes(most) = self.capacity else { return };
        let full = self.values.bytes > if self.paused { most / 2 } else { most };
        if full != replace(&mut self.paused, full) {
            self.clients.keys().for_each(|id| self.tell_whether_paused(*id));
        }
    }
}
