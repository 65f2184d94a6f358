//! The whole queue without processes: children as a few lines each, every message late by chance, and
//! some children killed, also while values are being written to them. The process of the queue puts and
//! gets, too.

#![allow(clippy::unwrap_used, clippy::panic)] // how a test says what must hold

use std::collections::{BTreeMap, VecDeque};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use task_utils::frame;

use crate::batch::Batch;
use crate::capacity::Capacity;
use crate::messages::{self, FRONT, Request, Response};
use crate::state::{Outgoing, State};

/// Who put it, and which one it is. 0 is the process of the queue.
type Value = (u64, u32);

const EACH: u32 = 30;

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

/// What has been written to a child.
enum Sent {
    Values(Vec<Value>),
    Response(Response),
}

#[derive(Default)]
struct Child {
    /// On their way to the broker; what its writer thread has to write; what the pipe holds.
    up: VecDeque<(Request, Vec<Value>)>,
    writing: VecDeque<Outgoing>,
    pipe: VecDeque<Sent>,
    /// Values that it has not taken.
    inbox: VecDeque<Value>,
    /// How many `get` wait in it (it may be of two threads), and whether one has asked.
    getting: u32,
    requested: bool,
    /// How many it has put, whether it has to offer, and whether it waits for the response.
    put: u32,
    paused: bool,
    offered: bool,
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
    children: BTreeMap<u64, Child>,
    /// What this process has put, and what it waits for.
    put: u32,
    putting: Option<u64>,
    gets: bool,
    getting: Option<u64>,
    /// How many values have arrived, and who has got which.
    arrived: usize,
    got: BTreeMap<u64, Vec<Value>>,
    paused: u32,
    revoked: u32,
}

impl Simulation {
    fn new(random: &mut StdRng) -> Self {
        let exact = random.random_bool(0.3).then(|| random.random_range(1..4));
        let mut state = State::default();
        state.capacity = exact.map_or(Capacity::Bytes(60), Capacity::Values);
        let count = random.random_range(1..5);
        let paused = exact.is_some();
        let child = |_| (state.add(), Child { paused, ..Child::default() });
        let children = (0..count).map(child).collect();
        let kills = random.random_range(0..count);
        let gets = random.random();
        let (put, arrived, got) = (0, 0, BTreeMap::new());
        let (putting, getting, paused, revoked) = (None, None, 0, 0);
        Simulation {
            state,
            exact,
            kills,
            children,
            put,
            putting,
            gets,
            getting,
            arrived,
            got,
            paused,
            revoked,
        }
    }

    fn is_over(&self) -> bool {
        let here = self.state.closed && (!self.gets || self.state.is_closed());
        let stuck = !self.gets && self.children.values().all(|child| child.killed);
        self.children.values().all(|child| child.done || child.killed) && (here || stuck)
    }

    /// Something happens.
    fn step(&mut self, random: &mut StdRng) {
        let ids: Vec<u64> = self.children.keys().copied().collect();
        let id = ids[random.random_range(0..ids.len())];
        match random.random_range(0..9) {
            0 => self.puts_here(random),
            1 if self.gets => self.gets_here(),
            2 | 3 => self.hears(id),
            4 => self.writes(id, random),
            _ if self.children[&id].killed => {}
            5 => self.reads(id),
            6 => self.puts(id, random),
            7 if self.kills > 0 && random.random_ratio(1, 50) => self.kill(id),
            _ => self.gets(id, random),
        }
        self.serve();
    }

    fn child(&mut self, id: u64) -> &mut Child {
        self.children.get_mut(&id).unwrap()
    }

    // ── this process ────────────────────────────────────────────────────────────────────────────

    fn puts_here(&mut self, random: &mut StdRng) {
        if let Some(id) = self.putting.take() {
            match self.state.ready.remove(&id) {
                Some(_) => (self.put, self.arrived) = (self.put + 1, self.arrived + 1),
                None if random.random_ratio(1, 20) => self.state.cancel(id), // it has timed out
                None => self.putting = Some(id),
            }
        } else if self.put == EACH {
            self.state.closed = true;
        } else if !self.state.closed {
            self.putting = Some(self.state.put(batch(Request::Put, &[(0, self.put)])));
        }
    }

    fn gets_here(&mut self) {
        let id = self.getting.unwrap_or_else(|| self.state.get());
        self.getting = Some(id);
        if let Some(Outgoing::Values(value)) = self.state.ready.remove(&id) {
            self.getting = None;
            self.got(0, value.value(|bytes, place| frame::decode(&bytes[place])).unwrap());
        }
    }

    // ── a child ─────────────────────────────────────────────────────────────────────────────────

    fn puts(&mut self, id: u64, random: &mut StdRng) {
        let child = self.child(id);
        if child.closed || child.offered {
            if child.offered && random.random_ratio(1, 20) {
                child.up.push_back((Request::Withdraw { number: child.put.into() }, Vec::new()));
            }
            return;
        }
        if child.put == EACH || random.random_ratio(1, 50) {
            child.closed = true;
            return child.up.push_back((Request::Closed, Vec::new()));
        }
        if child.paused {
            let offer = Request::Offer { number: child.put.into(), endless: true };
            child.offered = true;
            return child.up.push_back((offer, vec![(id, child.put)]));
        }
        let count = random.random_range(1..6).min(EACH - child.put);
        let values = (child.put..child.put + count).map(|n| (id, n)).collect();
        child.put += count;
        child.up.push_back((Request::Put, values));
    }

    fn gets(&mut self, id: u64, random: &mut StdRng) {
        let exact = self.exact.is_some();
        let child = self.child(id);
        if child.done {
            return;
        }
        if let Some(value) = child.inbox.pop_front() {
            child.getting = child.getting.saturating_sub(1);
            return self.got(id, value);
        }
        child.getting = (child.getting + 1).min(2);
        if !std::mem::replace(&mut child.requested, true) {
            let count = if exact { 1 } else { random.random_range(1..20) };
            child.up.push_back((Request::Get { count }, Vec::new()));
        } else if random.random_ratio(1, 20) {
            child.up.push_back((Request::Cancel, Vec::new()));
        }
    }

    /// It reads the next response.
    fn reads(&mut self, id: u64) {
        let child = self.child(id);
        match child.pipe.pop_front() {
            Some(Sent::Values(values)) => {
                child.inbox.extend(values);
                child.requested = false;
            }
            Some(Sent::Response(Response::Closed)) => (child.requested, child.done) = (false, true),
            Some(Sent::Response(Response::Empty)) => child.requested = false,
            Some(Sent::Response(Response::Pause(pause))) => child.paused = pause,
            Some(Sent::Response(Response::Accepted { accepted, .. })) => {
                (child.offered, child.put) = (false, child.put + u32::from(accepted));
            }
            Some(Sent::Response(Response::Revoke)) if !child.requested => {
                let left = child.inbox.drain(..).collect();
                child.up.push_back((Request::Requeue, left));
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
        let child = self.child(id);
        child.killed = true;
        let in_the_pipe = child.pipe.iter().map(|sent| match sent {
            Sent::Values(values) => values.len(),
            Sent::Response(_) => 0,
        });
        child.lost += child.inbox.len() + in_the_pipe.sum::<usize>();
    }

    // ── its threads in this process ─────────────────────────────────────────────────────────────

    /// The broker hears the next request of a child, or its end.
    fn hears(&mut self, id: u64) {
        let child = self.children.get_mut(&id).unwrap();
        if let Some((request, values)) = child.up.pop_front() {
            self.arrived += if matches!(request, Request::Put) { values.len() } else { 0 };
            self.state.request(id, request, batch(request, &values)).unwrap();
        } else if child.killed && !std::mem::replace(&mut child.removed, true) {
            self.state.remove(id);
        }
    }

    /// A write to a child ends.
    fn writes(&mut self, id: u64, random: &mut StdRng) {
        let child = self.children.get_mut(&id).unwrap();
        let mut values = match child.writing.pop_front() {
            None => return,
            Some(Outgoing::Response(response)) => {
                return child.pipe.push_back(Sent::Response(response));
            }
            Some(Outgoing::Values(values)) => values,
        };
        if child.killed {
            return self.state.written(id, Some(values));
        }
        if self.kills > 0 && random.random_ratio(1, 20) {
            self.state.written(id, Some(values)); // it is killed in the middle
            return self.kill(id);
        }
        let mut rest = &values.message().unwrap()[FRONT..];
        let mut sent = Vec::new();
        while !rest.is_empty() {
            sent.push(frame::decode(frame::split_first(&mut rest).unwrap()).unwrap());
        }
        child.pipe.push_back(Sent::Values(sent));
        self.state.written(id, None);
    }

    fn serve(&mut self) {
        for (child, what) in self.state.outgoing() {
            match what {
                Outgoing::Response(Response::Accepted { accepted: true, .. }) => self.arrived += 1,
                Outgoing::Response(Response::Pause(true)) => self.paused += 1,
                _ => {}
            }
            self.child(child).writing.push_back(what);
        }
        let waiting = self.state.values.count;
        assert!(self.exact.is_none_or(|most| waiting <= most + self.children.len()));
    }

    /// Whatever has arrived went somewhere, but for what killed readers held.
    fn check(&mut self, seed: u64) {
        let ids: Vec<u64> = self.children.keys().copied().collect();
        let open = |child: &Child| child.killed && !(child.removed && child.writing.is_empty());
        let mut random = StdRng::seed_from_u64(seed);
        while self.children.values().any(open) {
            for id in ids.iter().filter(|id| self.children[id].killed).copied().collect::<Vec<_>>()
            {
                self.hears(id);
                self.writes(id, &mut random);
                self.serve();
            }
        }
        if let Some(id) = self.putting.take() {
            self.arrived += usize::from(self.state.ready.remove(&id).is_some());
            self.state.cancel(id);
        }
        let mut left = 0;
        loop {
            let id = self.getting.take().unwrap_or_else(|| self.state.get());
            self.serve();
            match self.state.ready.remove(&id) {
                Some(_) => left += 1,
                None => break,
            }
        }
        let got: usize = self.got.values().map(Vec::len).sum();
        let lost: usize = self.children.values().map(|child| child.lost).sum();
        assert_eq!(
            got + left + lost,
            self.arrived,
            "seed {seed}: {got} got, {left} left, {lost} lost"
        );
    }
}

fn batch(request: Request, values: &[Value]) -> Batch {
    let mut rest = Vec::new();
    for value in values {
        frame::append_item(&mut rest, |out| frame::encode(value, out)).unwrap();
    }
    let message = messages::message(request, |out| {
        out.extend_from_slice(&rest);
        Ok(())
    })
    .unwrap();
    let start = message.len() - rest.len();
    Batch::new(message, start).unwrap()
}
