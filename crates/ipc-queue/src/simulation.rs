//! The whole queue without processes: clients as a few lines each, every message late by chance, and some
//! clients killed, also while values are being written to them.

#![allow(clippy::unwrap_used, clippy::panic)] // how a test says what must hold

use std::collections::{BTreeMap, VecDeque};
use std::mem::replace;
use std::sync::mpsc::{Receiver, channel};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use task_utils::frame;

use crate::capacity::Capacity;
use crate::messages::{self, FRONT, Request, Response, Wanted};
use crate::state::State;
use crate::values::Values;

/// Who put it, and which one it is.
type Value = (u64, u32);

const EACH: u32 = if cfg!(miri) { 10 } else { 30 };
const ONE: Wanted = Wanted::Values { most: 1, at_work: 0 };
const REQUEUE: Request = Request::Requeue { at_work: 0, waits: false };
const ROOM: Wanted = Wanted::Room { endless: true };

#[test]
fn each_value_comes_once_and_each_reader_gets_each_writers_in_their_order() {
    let (mut paused, mut revoked) = (0, 0);
    for seed in 0..if cfg!(miri) { 1 } else { 500 } {
        let mut random = StdRng::seed_from_u64(seed);
        let mut queue = Simulation::new(&mut random);
        let mut steps = 0;
        while !queue.is_over() {
            queue.step(&mut random);
            steps += 1;
            assert!(steps < 1_000_000, "seed {seed} hangs");
        }
        queue.check(seed);
        paused += queue.paused;
        revoked += queue.revoked;
    }
    assert!(cfg!(miri) || (paused > 100 && revoked > 100), "{paused} and {revoked} times");
}

/// What has been written to a client.
enum Sent {
    Values(Vec<Value>),
    Response(Response),
}

struct Client {
    /// On their way to the broker; what the broker has to write; what the pipe holds.
    up: VecDeque<(Request, Vec<Value>)>,
    writing: Receiver<(Response, Values)>,
    pipe: VecDeque<Sent>,
    /// A write of values has ended, of which the broker's state doesn't know yet.
    written: bool,
    /// Values that it has not taken, and how many there were at first.
    inbox: VecDeque<Value>,
    sent: usize,
    /// Whether a `Wait` for values has no response yet.
    requested: bool,
    /// How many it has put, whether it has to wait for room, whether it does, and how much there is.
    put: u32,
    paused: bool,
    waits: bool,
    room: u32,
    closed: bool,
    done: bool,
    killed: bool,
    removed: bool,
    /// Values that were in its hands when it was killed.
    lost: usize,
}

struct Simulation {
    state: State,
    exact: Option<usize>,
    kills: u32,
    clients: BTreeMap<u64, Client>,
    /// How many values have arrived, and who has got which.
    arrived: usize,
    got: BTreeMap<u64, Vec<Value>>,
    paused: u32,
    revoked: u32,
}

impl Simulation {
    fn new(random: &mut StdRng) -> Self {
        let exact = random.random_bool(0.3).then(|| random.random_range(1..4));
        let mut state = State::new(exact.map_or(Capacity::Bytes(60), Capacity::Values));
        let count = random.random_range(2..6);
        let clients = (0..count).map(|_| client(&mut state)).collect();
        let kills = random.random_range(0..count);
        let (arrived, got, paused, revoked) = (0, BTreeMap::new(), 0, 0);
        Simulation { state, exact, kills, clients, arrived, got, paused, revoked }
    }

    fn is_over(&self) -> bool {
        self.clients.values().all(|client| client.done || client.killed)
    }

    /// Something happens.
    fn step(&mut self, random: &mut StdRng) {
        let ids: Vec<u64> = self.clients.keys().copied().collect();
        let id = ids[random.random_range(0..ids.len())];
        match random.random_range(0..8) {
            0 | 1 => self.requests(id),
            2 => self.writes(id, random),
            _ if self.clients[&id].killed => {}
            3 | 4 => self.reads(id),
            5 => self.puts(id, random),
            6 if self.kills > 0 && random.random_ratio(1, 50) => self.kill(id),
            _ => self.gets(id, random),
        }
    }

    fn client(&mut self, id: u64) -> &mut Client {
        self.clients.get_mut(&id).unwrap()
    }

    // ── a client ────────────────────────────────────────────────────────────────────────────────

    fn puts(&mut self, id: u64, random: &mut StdRng) {
        let client = self.client(id);
        if client.closed || client.waits {
            if client.waits && random.random_ratio(1, 20) {
                client.up.push_back((Request::Cancel(ROOM), Vec::new()));
            }
            return;
        }
        if client.put == EACH || random.random_ratio(1, 50) {
            client.closed = true;
            return client.up.push_back((Request::Closed, Vec::new()));
        }
        if client.paused && client.room == 0 {
            client.waits = true;
            return client.up.push_back((Request::Wait(ROOM), Vec::new()));
        }
        let most = if client.paused { client.room } else { 6 };
        client.room = client.room.saturating_sub(most);
        let count = random.random_range(1..=most).min(EACH - client.put);
        let values = (client.put..client.put + count).map(|n| (id, n)).collect();
        client.put += count;
        client.up.push_back((Request::Put, values));
    }

    fn gets(&mut self, id: u64, random: &mut StdRng) {
        let client = self.client(id);
        if client.done {
            return;
        }
        if client.inbox.len() > 1 && client.closed && random.random_ratio(1, 50) {
            let left = client.inbox.drain(..).collect(); // its target returns
            client.up.push_back((REQUEUE, left));
            client.done = true;
            return;
        }
        if let Some(value) = client.inbox.pop_front() {
            return self.got(id, value);
        }
        if !replace(&mut client.requested, true) {
            let most = random.random_range(0..20);
            client.up.push_back((Request::Wait(Wanted::Values { most, at_work: 0 }), Vec::new()));
        } else if random.random_ratio(1, 20) {
            client.up.push_back((Request::Cancel(ONE), Vec::new()));
        }
    }

    /// It reads the next response.
    fn reads(&mut self, id: u64) {
        let client = self.client(id);
        match client.pipe.pop_front() {
            Some(Sent::Values(values)) => {
                client.sent = values.len();
                client.inbox.extend(values);
                client.requested = false;
            }
            Some(Sent::Response(Response::Closed)) => {
                (client.requested, client.done) = (false, client.closed);
            }
            Some(Sent::Response(Response::Empty)) => client.requested = false,
            Some(Sent::Response(Response::Pause)) => {
                client.paused = true;
                self.paused += 1;
            }
            Some(Sent::Response(Response::Resume)) => client.paused = false,
            Some(Sent::Response(Response::Room)) => (client.waits, client.room) = (false, 1),
            Some(Sent::Response(Response::Full)) => client.waits = false,
            Some(Sent::Response(Response::Revoke)) if !client.requested => {
                // The first one is for the thread that has asked.
                let kept = usize::from(client.inbox.len() == client.sent).min(client.sent);
                let left = client.inbox.drain(kept..).collect();
                client.up.push_back((REQUEUE, left));
                self.revoked += 1;
            }
            Some(Sent::Response(Response::Values)) => panic!("without values"),
            Some(Sent::Response(Response::Revoke)) | None => {}
        }
    }

    fn got(&mut self, reader: u64, (writer, n): Value) {
        let before = self.got.values().flatten();
        assert!(!before.into_iter().any(|other| *other == (writer, n)), "twice");
        let mine = self.got.entry(reader).or_default();
        let last = mine.iter().rev().find(|other| other.0 == writer);
        assert!(last.is_none_or(|(_, last)| *last < n), "{n} of {writer} after {last:?}");
        mine.push((writer, n));
    }

    /// What it has put arrives; what was being written to it comes back, and the rest is lost.
    fn kill(&mut self, id: u64) {
        self.kills -= 1;
        let client = self.client(id);
        client.killed = true;
        let in_the_pipe = client.pipe.iter().map(|sent| match sent {
            Sent::Values(values) => values.len(),
            Sent::Response(_) => 0,
        });
        client.lost += client.inbox.len() + in_the_pipe.sum::<usize>();
    }

    // ── its two threads in the broker ───────────────────────────────────────────────────────────

    /// The broker reads the next request of a client, or its end.
    fn requests(&mut self, id: u64) {
        let client = self.clients.get_mut(&id).unwrap();
        if let Some((request, values)) = client.up.pop_front() {
            self.arrived += if matches!(request, Request::Put) { values.len() } else { 0 };
            self.state.request(id, message(request, &values)).unwrap();
        } else if client.killed && !replace(&mut client.removed, true) {
            self.state.remove(id);
        }
        self.serve();
    }

    /// The write of the next response ends.
    fn writes(&mut self, id: u64, random: &mut StdRng) {
        let client = self.clients.get_mut(&id).unwrap();
        if replace(&mut client.written, false) {
            self.state.written(None);
            return self.serve();
        }
        let values = match client.writing.try_recv() {
            Err(_) => return,
            Ok((Response::Values, values)) => values,
            Ok((response, _)) => return client.pipe.push_back(Sent::Response(response)),
        };
        let killed_meanwhile = self.kills > 0 && random.random_ratio(1, 20);
        if client.killed || killed_meanwhile {
            if !client.killed {
                self.kill(id);
            }
            self.state.written(Some(values));
            return self.serve();
        }
        let message = values.message(Response::Values).unwrap();
        let mut rest = &message[FRONT..];
        let mut sent = Vec::new();
        while !rest.is_empty() {
            sent.push(frame::decode(frame::split_first(&mut rest).unwrap()).unwrap());
        }
        client.pipe.push_back(Sent::Values(sent));
        client.written = true;
    }

    fn serve(&mut self) {
        self.state.serve();
        let waiting = self.state.values.count;
        assert!(self.exact.is_none_or(|most| waiting <= most + 1));
    }

    /// Whatever has arrived went somewhere, but for what killed readers held.
    fn check(&mut self, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed);
        let ids: Vec<u64> = self.clients.keys().copied().collect();
        for id in ids.into_iter().cycle().take(10 * EACH as usize * self.clients.len()) {
            self.writes(id, &mut random);
            self.requests(id);
        }
        let (last, outgoing) = channel();
        let last = self.state.add(last);
        let mut left = 0;
        self.state.request(last, message(Request::Wait(ONE), &[])).unwrap();
        self.serve();
        while let Some((_, values)) = outgoing.try_iter().find(|(_, values)| values.count > 0) {
            left += values.count;
            self.state.written(None);
            self.state.request(last, message(Request::Wait(ONE), &[])).unwrap();
            self.serve();
        }
        let got: usize = self.got.values().map(Vec::len).sum();
        let lost: usize = self.clients.values().map(|client| client.lost).sum();
        assert_eq!(
            got + left + lost,
            self.arrived,
            "seed {seed}: {got} got, {left} left, {lost} lost"
        );
    }
}

fn client(state: &mut State) -> (u64, Client) {
    let (outgoing, writing) = channel();
    let client = Client {
        up: VecDeque::new(),
        writing,
        pipe: VecDeque::new(),
        written: false,
        inbox: VecDeque::new(),
        sent: 0,
        requested: false,
        put: 0,
        paused: true,
        waits: false,
        room: 0,
        closed: false,
        done: false,
        killed: false,
        removed: false,
        lost: 0,
    };
    (state.add(outgoing), client)
}

fn message(request: Request, values: &[Value]) -> Vec<u8> {
    let items = |out: &mut Vec<u8>| {
        let mut values = values.iter();
        values.try_for_each(|value| frame::append_item(out, |out| frame::encode(value, out)))
    };
    messages::message(request, items).unwrap()
}

#[test]
fn a_reader_that_asks_again_is_served_before_the_end_of_the_write_is_known() {
    let mut state = State::new(Capacity::default());
    let (outgoing, responses) = channel();
    let id = state.add(outgoing);
    state.request(id, message(Request::Put, &[(1, 1), (1, 2)])).unwrap();
    for n in 1..=2 {
        state.request(id, message(Request::Wait(ONE), &[])).unwrap();
        state.request(id, message(Request::Cancel(ONE), &[])).unwrap();
        state.serve();
        let sent = responses.try_iter().filter(|(_, values)| values.count > 0);
        assert_eq!(sent.count(), 1, "{n}");
    }
    state.written(None);
    assert!(!state.is_empty()); // that was the first write
    state.written(None);
    assert!(state.is_empty());
}
