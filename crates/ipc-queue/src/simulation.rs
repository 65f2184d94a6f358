//! The whole queue without processes: children as a few lines each, every message late by chance, and
//! some children killed, also while values are being written to them.

#![allow(clippy::unwrap_used, clippy::panic)] // how a test says what must hold

use std::collections::{BTreeMap, VecDeque};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use task_utils::frame;

use crate::batch::Batch;
use crate::capacity::Capacity;
use crate::messages::{self, FRONT, Notification, Patience, Request, Response};
use crate::state::{Outgoing, State, What};

/// Who put it, and which one it is.
type Value = (u64, u32);

const EACH: u32 = 30;

#[test]
fn each_value_comes_once_and_each_reader_gets_each_writers_in_their_order() {
    for seed in 0..if cfg!(miri) { 1 } else { 500 } {
        let mut random = StdRng::seed_from_u64(seed);
        let mut queue = Simulation::new(&mut random);
        let mut steps = 0;
        while !queue.children.values().all(|child| child.done || child.killed) {
            queue.step(&mut random);
            steps += 1;
            assert!(steps < 1_000_000, "seed {seed} hangs");
        }
        queue.check(seed);
    }
}

#[derive(Default)]
struct Child {
    /// On their way to the broker, and from it.
    up: VecDeque<(Request, Vec<Value>)>,
    down: VecDeque<Response>,
    notifications: VecDeque<Notification>,
    /// Values that are being written to it, and those that it has not taken.
    writing: VecDeque<Vec<Batch>>,
    inbox: VecDeque<Value>,
    batch: u64,
    revoked: u64,
    /// How many `get` wait in it (it may be of two threads), and whether one has asked.
    getting: u32,
    requested: bool,
    put: u32,
    /// It may put so many more: without end, if there is no capacity.
    permits: u32,
    asked: bool,
    closed: bool,
    done: bool,
    killed: bool,
    /// Values that were in its hands when it was killed.
    lost: usize,
}

struct Simulation {
    state: State,
    capacity: Option<usize>,
    kills: u32,
    children: BTreeMap<u64, Child>,
    got: BTreeMap<u64, Vec<Value>>,
}

impl Simulation {
    fn new(random: &mut StdRng) -> Self {
        let mut state = State::default();
        state.closed = true;
        let capacity = random.random_bool(0.3).then(|| random.random_range(1..4));
        state.capacity = capacity.map_or_else(Capacity::default, Capacity::of_values);
        let count = random.random_range(1..5);
        let children = (0..count).map(|_| (state.add(), Child::default())).collect();
        let kills = random.random_range(0..count);
        Simulation { state, capacity, kills, children, got: BTreeMap::new() }
    }

    /// Something happens.
    fn step(&mut self, random: &mut StdRng) {
        let id = random.random_range(1..=self.children.len() as u64);
        if self.children[&id].killed {
            return self.hears(id);
        }
        match random.random_range(0..8) {
            0 | 1 => self.hears(id),
            2 => self.writes(id, random),
            3 => self.child(id).is_told(),
            4 => self.child(id).is_notified(),
            5 => self.puts(id, random),
            6 if self.kills > 0 && random.random_ratio(1, 50) => self.kill(id),
            _ => self.gets(id, random),
        }
    }

    fn child(&mut self, id: u64) -> &mut Child {
        self.children.get_mut(&id).unwrap()
    }

    fn puts(&mut self, id: u64, random: &mut StdRng) {
        let exact = self.capacity.is_some();
        let child = self.child(id);
        if child.closed {
            return;
        }
        if child.put == EACH || random.random_ratio(1, 50) {
            child.closed = true;
            let released = std::mem::take(&mut child.permits);
            child.up.extend((0..released).map(|_| (Request::Release, Vec::new())));
            return child.up.push_back((Request::Closed, Vec::new()));
        }
        if exact && child.permits == 0 {
            if !std::mem::replace(&mut child.asked, true) {
                let acquire = Request::Acquire { number: 0, patience: Patience::Endless };
                child.up.push_back((acquire, Vec::new()));
            }
            return;
        }
        let count = if exact { 1 } else { random.random_range(1..6).min(EACH - child.put) };
        let values = (child.put..child.put + count).map(|n| (id, n)).collect();
        child.put += count;
        child.permits = child.permits.saturating_sub(count);
        child.up.push_back((Request::Put, values));
    }

    fn gets(&mut self, id: u64, random: &mut StdRng) {
        let exact = self.capacity.is_some();
        let child = self.child(id);
        if child.done {
            return;
        }
        if let Some(value) = child.inbox.pop_front() {
            child.getting = child.getting.saturating_sub(1);
            if child.revoked == child.batch {
                child.requeue();
            }
            return self.got(id, value);
        }
        child.getting = (child.getting + 1).min(2);
        if !std::mem::replace(&mut child.requested, true) {
            let count = if exact { 1 } else { random.random_range(0..9) };
            child.up.push_back((Request::Get { count }, Vec::new()));
        } else if random.random_ratio(1, 20) {
            child.up.push_back((Request::Cancel, Vec::new()));
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
        child.lost = child.inbox.len();
    }

    /// The broker hears the next request of a child, or its end.
    fn hears(&mut self, id: u64) {
        let child = self.children.get_mut(&id).unwrap();
        if let Some((request, values)) = child.up.pop_front() {
            let values = request.has_values().then(|| batch(request, &values)).flatten();
            self.state.request(id, request, values).unwrap();
        } else if child.killed && child.batch < u64::MAX {
            child.batch = u64::MAX;
            self.state.remove(id);
        } else if let Some(batches) = child.writing.pop_front_if(|_| child.killed) {
            self.state.written(id, batches);
        }
        self.serve();
    }

    /// A write to a child ends.
    fn writes(&mut self, id: u64, random: &mut StdRng) {
        let child = self.children.get_mut(&id).unwrap();
        let Some(mut batches) = child.writing.pop_front() else { return };
        if self.kills > 0 && random.random_ratio(1, 20) {
            // It is killed in the middle; what was written whole may have been read.
            let left = batches.split_off(random.random_range(0..batches.len()));
            child.lost += batches.iter().map(|batch| batch.count).sum::<usize>();
            child.writing.push_front(left);
            let lost = child.lost;
            self.kill(id);
            self.child(id).lost += lost;
            return self.hears(id);
        }
        for mut batch in batches {
            let values = batch.message(Response::Values).unwrap()[FRONT..].to_vec();
            let values = messages::values(&values).map(|value| frame::decode(value.unwrap()));
            child.inbox.extend(values.map(Result::<Value, _>::unwrap));
        }
        (child.requested, child.batch) = (false, child.batch + 1);
        self.state.written(id, Vec::new());
        self.serve();
    }

    fn serve(&mut self) {
        for Outgoing { child, what } in self.state.outgoing() {
            let Some(child) = self.children.get_mut(&child) else { continue };
            match what {
                What::Values(batches) => child.writing.push_back(batches),
                What::Response(response) => child.down.push_back(response),
                What::Notification(notification) => child.notifications.push_back(notification),
            }
        }
        let waiting = self.state.values.count();
        assert!(self.capacity.is_none_or(|most| waiting <= most + 2 * self.children.len()));
    }

    /// Whatever was put before a kill has arrived somewhere, but for what killed readers held.
    fn check(&mut self, seed: u64) {
        let got: usize = self.got.values().map(Vec::len).sum();
        while (1..=self.children.len() as u64).any(|id| {
            let child = &self.children[&id];
            child.killed
                && (!child.up.is_empty() || child.batch != u64::MAX || !child.writing.is_empty())
        }) {
            (1..=self.children.len() as u64).for_each(|id| self.hears(id));
        }
        let mut left = 0;
        while self.state.get().is_ok() {
            left += 1;
        }
        let put: u32 = self.children.values().map(|child| child.put).sum();
        let lost: usize = self.children.values().map(|child| child.lost).sum();
        assert_eq!(
            got + left + lost,
            put as usize,
            "seed {seed}: {got} got, {left} left, {lost} lost"
        );
    }
}

impl Child {
    fn is_told(&mut self) {
        match self.down.pop_front() {
            Some(Response::Closed) => (self.requested, self.done) = (false, true),
            Some(Response::Empty) => self.requested = false,
            Some(_) => panic!("values come otherwise"),
            None => {}
        }
    }

    fn is_notified(&mut self) {
        match self.notifications.pop_front() {
            Some(Notification::Revoke { batch }) => {
                self.revoked = batch;
                if batch == self.batch {
                    self.requeue();
                }
            }
            Some(Notification::Permit { granted: true, .. }) if self.closed => {
                self.up.push_back((Request::Release, Vec::new()));
            }
            Some(Notification::Permit { granted, .. }) => {
                self.permits += u32::from(granted);
                self.asked = false;
            }
            Some(Notification::Pause { .. }) => panic!("never full"),
            None => {}
        }
    }

    fn requeue(&mut self) {
        if !self.requested {
            self.up.push_back((Request::Requeue, self.inbox.drain(..).collect()));
        }
    }
}

fn batch(request: Request, values: &[Value]) -> Option<Batch> {
    let mut rest = Vec::new();
    for value in values {
        frame::append_item(&mut rest, |out| frame::encode(value, out)).unwrap();
    }
    Batch::new(messages::message(&request, &rest).unwrap()).unwrap()
}
