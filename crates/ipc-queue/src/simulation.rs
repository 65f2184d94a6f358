//! The whole queue without processes: children as a few lines each, and every message late by chance.

#![allow(clippy::unwrap_used, clippy::panic)] // how a test says what must hold

use std::collections::{BTreeMap, VecDeque};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use task_utils::frame;

use crate::block::Block;
use crate::state::{Letter, State, What};
use crate::wire::{self, Control, Down, FRONT, Up};

/// Who put it, and which one it is.
type Value = (u64, u32);

#[test]
fn each_value_comes_once_and_each_reader_gets_each_writers_in_their_order() {
    for seed in 0..if cfg!(miri) { 1 } else { 1_000 } {
        let mut random = StdRng::seed_from_u64(seed);
        let children = random.random_range(1..5);
        let mut queue = Simulation::new(children);
        let mut left = [30_u32; 5];
        while !queue.children.values().all(|child| child.done) {
            queue.step(&mut left, &mut random);
        }
        let got: usize = queue.got.values().map(Vec::len).sum();
        let put: u32 = left.iter().map(|left| 30 - left).sum();
        assert_eq!(got, put as usize, "seed {seed}");
    }
}

#[derive(Default)]
struct Child {
    /// On their way to the hub, and from it.
    up: VecDeque<(Up, Vec<Value>)>,
    down: VecDeque<What>,
    control: VecDeque<u64>,
    held: VecDeque<Value>,
    batch: u64,
    waits: bool,
    closed: bool,
    done: bool,
}

struct Simulation {
    state: State,
    children: BTreeMap<u64, Child>,
    got: BTreeMap<u64, Vec<Value>>,
}

impl Simulation {
    fn new(children: usize) -> Self {
        let mut state = State::default();
        state.closed = true;
        let children = (0..children).map(|_| (state.add(), Child::default())).collect();
        Simulation { state, children, got: BTreeMap::new() }
    }

    /// Something happens.
    fn step(&mut self, left: &mut [u32; 5], random: &mut StdRng) {
        let id = random.random_range(1..=self.children.len() as u64);
        let child = self.children.get_mut(&id).unwrap();
        match random.random_range(0..6) {
            0 => self.the_hub_hears(id),
            1 => child.is_told(),
            2 => child.is_recalled(),
            3 if !child.closed => {
                let left = &mut left[id as usize];
                let count = random.random_range(0..6).min(*left);
                let first = 30 - *left;
                *left -= count;
                child.up.extend(
                    (count > 0)
                        .then(|| (Up::Put, (first..first + count).map(|n| (id, n)).collect())),
                );
                if *left == 0 || random.random_ratio(1, 20) {
                    child.closed = true;
                    child.up.push_back((Up::Closed, Vec::new()));
                }
            }
            _ if !child.waits && !child.done => match child.held.pop_front() {
                Some(value) => self.gets(id, value),
                None => {
                    child.waits = true;
                    let want = Up::Want { count: random.random_range(1..9), timeout: None };
                    child.up.push_back((want, Vec::new()));
                }
            },
            _ => {}
        }
    }

    fn gets(&mut self, reader: u64, (writer, n): Value) {
        let before = self.got.values().flatten();
        assert!(!before.into_iter().any(|other| *other == (writer, n)), "twice");
        let mine = self.got.entry(reader).or_default();
        let last = mine.iter().rev().find(|other| other.0 == writer);
        assert!(last.is_none_or(|(_, last)| *last < n), "{n} of {writer} after {last:?}");
        mine.push((writer, n));
    }

    fn the_hub_hears(&mut self, id: u64) {
        let child = self.children.get_mut(&id).unwrap();
        if let Some((up, values)) = child.up.pop_front() {
            let values =
                up.has_values().then(|| Block::new(message(up, &values)).unwrap()).flatten();
            self.state.hear(id, up, values).unwrap();
        }
        for Letter { child, what } in self.state.letters() {
            let child = self.children.get_mut(&child).unwrap();
            match what {
                What::Control(Control::Recall { batch }) => child.control.push_back(batch),
                What::Control(Control::Full) => panic!("never full"),
                what => child.down.push_back(what),
            }
        }
    }
}

impl Child {
    fn is_told(&mut self) {
        match self.down.pop_front() {
            Some(What::Values(blocks)) => {
                for mut block in blocks {
                    let values = block.message(Down::Values).unwrap()[FRONT..].to_vec();
                    let values = wire::values(&values).map(|value| frame::decode(value.unwrap()));
                    self.held.extend(values.map(Result::<Value, _>::unwrap));
                }
                (self.waits, self.batch) = (false, self.batch + 1);
            }
            Some(What::Down(Down::Closed)) => (self.waits, self.done) = (false, true),
            Some(_) => panic!("no answer to a want"),
            None => {}
        }
    }

    /// While it waits for values, it can't hear of this.
    fn is_recalled(&mut self) {
        if let Some(batch) = self.control.pop_front_if(|_| !self.waits)
            && batch == self.batch
        {
            self.up.push_back((Up::GaveBack, self.held.drain(..).collect()));
        }
    }
}

fn message(up: Up, values: &[Value]) -> Vec<u8> {
    let mut rest = Vec::new();
    for value in values {
        frame::append_item(&mut rest, |out| frame::encode(value, out)).unwrap();
    }
    wire::message(&up, &rest).unwrap()
}
