//! Who gets which values: the clients, who waits, who may still put. No thread and no pipe here.
//!
//! Five rules make the rest follow:
//! * A value is in the queue or with one client. If a write to a client fails, it is in the queue again.
//! * A reader is sent as many as it handles in a millisecond.
//! * While a reader may return values, nobody else is given any. So each reader gets the values in their
//!   order, also those that come back. A lone value counts as taken when it has been written, and
//!   no other write is under way.
//! * A reader that has values it hasn't taken is asked for them as soon as another waits.
//! * All who wait have their turns in their order.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::mem::{replace, take};
use std::sync::mpsc::Sender;

use task_utils::frame;

use crate::capacity::Capacity;
use crate::messages::{Request, Response, Wanted};
use crate::values::Values;

#[derive(Default)]
pub(crate) struct State {
    pub values: Values,
    /// How often some were taken.
    pub taken: u64,
    pub clients: BTreeMap<u64, Member>,
    ids: u64,
    pub capacity: Capacity,
    /// The clients were told to wait for room before each value.
    pub paused: bool,
    /// The longest first.
    pub waiters: VecDeque<Waiter>,
    unacked: Option<Unacked>,
    /// How many writes of values have not ended.
    writing: u32,
}

/// What the broker knows of a client.
pub(crate) struct Member {
    outgoing: Sender<(Response, Values)>,
    /// It puts no more.
    pub closed: bool,
    /// Whether it ever asked for values.
    pub gets: bool,
    /// How many of its threads are at work on a value, as far as it has told, and whether it was sent
    /// values since.
    at_work: u32,
    sent: bool,
    /// For how many values it was told that there is room, and has not put them yet.
    pub promised: usize,
}

impl Member {
    /// It has no values, and no thread at work on one.
    pub fn is_idle(&self) -> bool {
        self.at_work == 0 && !self.sent
    }
}

pub(crate) struct Waiter {
    pub id: u64,
    pub wanted: Wanted,
    cancelled: bool,
}

/// Values that were sent to a reader and may come back: because the write of them fails, or because the
/// reader hasn't taken them. It takes the first one for itself when it has read it.
struct Unacked {
    reader: u64,
    count: usize,
    revoked: bool,
}

impl State {
    pub fn new(capacity: Capacity) -> Self {
        let paused = matches!(capacity, Capacity::Values(_));
        State { capacity, paused, ..State::default() }
    }

    // ── the clients ─────────────────────────────────────────────────────────────────────────────

    /// Adds a client, to which `outgoing` leads, and returns its id.
    pub fn add(&mut self, outgoing: Sender<(Response, Values)>) -> u64 {
        self.ids += 1;
        let (closed, gets, at_work, sent, promised) = (false, false, 0, false, 0);
        let client = Member { outgoing, closed, gets, at_work, sent, promised };
        self.clients.insert(self.ids, client);
        self.tell_whether_paused(self.ids);
        self.ids
    }

    /// The client is gone, and all that it put has arrived. What was written to it is lost; what is
    /// still being written comes back.
    pub fn remove(&mut self, id: u64) {
        self.clients.remove(&id);
        self.waiters.retain(|waiter| waiter.id != id);
        let is_written = self.writing == 0; // else `written` ends it
        self.unacked.take_if(|unacked| unacked.reader == id && is_written);
    }

    /// Does what a message requests; [`serve`](Self::serve) does what follows from it. An error if the client
    /// has left, or may not request that.
    pub fn request(&mut self, id: u64, message: Vec<u8>) -> io::Result<()> {
        let (request, values) = frame::decode_first::<Request>(&message[frame::HEADER..])?;
        let start = message.len() - values.len();
        let values = Values::new(message, start)?;
        let client = self.clients.get_mut(&id).ok_or(io::ErrorKind::BrokenPipe)?;
        match request {
            Request::Put if client.closed => return Err(io::ErrorKind::BrokenPipe.into()),
            Request::Put => {
                client.promised = client.promised.saturating_sub(values.count);
                self.values.append(values);
            }
            Request::Wait(wanted) => {
                if let Wanted::Values { at_work, .. } = wanted {
                    (client.gets, client.at_work, client.sent) = (true, at_work, false);
                    self.acknowledge(id);
                }
                self.waiters.push_back(Waiter { id, wanted, cancelled: false });
            }
            Request::Cancel(wanted) => {
                let mine = |waiter: &&mut Waiter| {
                    waiter.id == id && waiter.wanted.is_values() == wanted.is_values()
                };
                self.waiters.iter_mut().filter(mine).for_each(|waiter| waiter.cancelled = true);
            }
            Request::Requeue { at_work, waits } => {
                client.at_work = at_work;
                if !waits {
                    client.sent = false;
                    self.acknowledge(id);
                    self.values.prepend(values);
                }
            }
            Request::Closed => (client.closed, client.promised) = (true, 0),
        }
        Ok(())
    }

    /// A write of values has ended; if it failed, the reader can't have read them.
    pub fn written(&mut self, failed: Option<Values>) {
        self.writing -= 1;
        self.unacked.take_if(|unacked| {
            let is_taken = unacked.count <= 1 || !self.clients.contains_key(&unacked.reader);
            failed.is_some() || self.writing == 0 && is_taken
        });
        if let Some(values) = failed {
            self.values.prepend(values);
        }
    }

    /// The reader has none of the values any more that it was sent.
    fn acknowledge(&mut self, id: u64) {
        self.unacked.take_if(|unacked| unacked.reader == id);
    }

    // ── what follows ────────────────────────────────────────────────────────────────────────────

    /// After any change: gives to those who wait what there is.
    pub fn serve(&mut self) {
        let mut before = usize::MAX;
        while self.waiters.len() < before {
            before = self.waiters.len();
            for waiter in take(&mut self.waiters) {
                match self.response(&waiter) {
                    Some((response, values)) => self.send(waiter.id, response, values),
                    None => self.waiters.push_back(waiter),
                }
            }
        }
        self.pause();
    }

    /// What there is for one who waits.
    fn response(
        &mut self,
        &Waiter { id, wanted, cancelled }: &Waiter,
    ) -> Option<(Response, Values)> {
        match wanted {
            Wanted::Values { most, .. } => match self.values_for(id, most as usize) {
                Some(values) => Some((Response::Values, values)),
                None if self.is_closed() => Some((Response::Closed, Values::default())),
                None => cancelled.then(|| (Response::Empty, Values::default())),
            },
            Wanted::Room { .. } if self.has_room(id) => {
                self.clients.get_mut(&id)?.promised += 1;
                Some((Response::Room, Values::default()))
            }
            Wanted::Room { .. } => {
                let is_over = cancelled || self.clients[&id].closed;
                is_over.then(|| (Response::Full, Values::default()))
            }
        }
    }

    fn values_for(&mut self, id: u64, most: usize) -> Option<Values> {
        if self.unacked.is_some() {
            self.revoke();
            return None;
        }
        let most = if matches!(self.capacity, Capacity::Values(_)) { 1 } else { most.max(1) };
        let values = self.values.take(most);
        if values.count == 0 {
            return None;
        }
        self.taken += 1;
        self.writing += 1;
        self.unacked = Some(Unacked { reader: id, count: values.count, revoked: false });
        self.clients.get_mut(&id)?.sent = true;
        Some(values)
    }

    /// Someone waits for a value: asks the one who may have some that it hasn't taken.
    fn revoke(&mut self) {
        if let Some(unacked) = &mut self.unacked
            && unacked.count > 1
            && !replace(&mut unacked.revoked, true)
        {
            let reader = unacked.reader;
            self.send(reader, Response::Revoke, Values::default());
        }
    }

    pub fn send(&self, id: u64, response: Response, values: Values) {
        if let Some(client) = self.clients.get(&id) {
            let _ = client.outgoing.send((response, values)); // the other end goes after the client
        }
    }

    /// Nobody can put any more, and nothing is left.
    fn is_closed(&self) -> bool {
        self.is_empty() && self.clients.values().all(|client| client.closed)
    }

    /// Nothing is left, nor can anything come back.
    pub fn is_empty(&self) -> bool {
        self.values.count == 0 && self.unacked.is_none()
    }
}

#[cfg(test)]
mod tests;
