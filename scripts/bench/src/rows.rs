//! The rows of the table: who does what at which size, and what is aimed at.

use crate::options::Run;
use crate::runner::Job;

pub const US: &str = "us";
pub const CPYTHON: &str = "CPython";

pub struct Row {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: Unit,
    test: &'static str,
    /// What the test takes besides the number of items.
    sizes: &'static [u64],
    most_rounds: usize,
    pub entries: &'static [Entry],
}

/// What one number is the cost of.
#[derive(Clone, Copy)]
pub enum Unit {
    /// Seconds for one of these.
    Each(&'static str),
    /// Seconds for so many bytes, and the table tells bytes in a second.
    Rate(u64),
    /// Seconds for the whole.
    Time,
    /// Bytes of memory for the whole.
    Memory,
    /// Bytes of memory for one of these.
    MemoryEach(&'static str),
}

pub struct Entry {
    pub who: &'static str,
    pub does: Does,
    pub aim: Aim,
}

#[derive(Clone, Copy)]
pub enum Does {
    Items(u64),
    /// Why it can't.
    Nothing(&'static str),
}

/// What we want to be against a contestant.
#[derive(Clone, Copy)]
pub enum Aim {
    None,
    /// At least so many times as fast.
    Faster(f64),
    /// At most so many times its time.
    Within(f64),
    /// Of our own: at most so many bytes.
    Bytes(f64),
}

impl Unit {
    /// What a cost is divided by.
    pub fn per(self, items: u64) -> f64 {
        match self {
            Unit::Each(_) | Unit::MemoryEach(_) => items as f64,
            Unit::Rate(bytes) => (items * bytes) as f64,
            Unit::Time | Unit::Memory => 1.0,
        }
    }
}

const fn us(n: u64) -> Entry {
    Entry { who: US, does: Does::Items(n), aim: Aim::None }
}

const fn cpython(n: u64, aim: Aim) -> Entry {
    peer(CPYTHON, n, aim)
}

const fn peer(who: &'static str, n: u64, aim: Aim) -> Entry {
    Entry { who, does: Does::Items(n), aim }
}

const fn cannot(who: &'static str, why: &'static str) -> Entry {
    Entry { who, does: Does::Nothing(why), aim: Aim::None }
}

use Aim::{Bytes, Faster, None as NoAim, Within};

const MIB: u64 = 1 << 20;
const NO_MAP: &str = "it has no map";
const ONE_RECEIVER: &str = "a channel has one receiver";

/// A row that takes as many rounds as are asked for.
const fn row(
    (name, title): (&'static str, &'static str),
    unit: Unit,
    (test, sizes): (&'static str, &'static [u64]),
    entries: &'static [Entry],
) -> Row {
    Row { name, title, unit, test, sizes, most_rounds: usize::MAX, entries }
}

/// The size for each contestant is such that it takes 0.1 to 1 s.
pub const ROWS: &[Row] = &[
    row(
        ("pool-apply-async", "pool: no-op tasks by `apply_async`, 4 workers"),
        Unit::Each("task"),
        ("pool-apply-async", &[4]),
        &[us(100_000), cpython(20_000, Faster(10.0)), peer("procspawn", 4_000, Faster(15.0))],
    ),
    row(
        ("pool-map", "pool: `map` of 5,000,000 no-ops, default chunks, 4 workers"),
        Unit::Each("task"),
        ("pool-map", &[4]),
        &[us(5_000_000), cpython(5_000_000, Faster(2.0)), cannot("procspawn", NO_MAP)],
    ),
    row(
        ("pool-map-64k", "pool: `map` of 64 KiB arguments and results, 4 workers"),
        Unit::Rate(64 << 10),
        ("pool-map-bytes", &[4, 64 << 10]),
        &[
            us(2_000),
            cpython(800, Faster(2.0)),
            cannot("procspawn", NO_MAP),
            peer("pipes", 2_000, NoAim),
        ],
    ),
    row(
        ("pool-apply", "pool: `apply` round trip, one at a time, 4 workers"),
        Unit::Each("task"),
        ("pool-apply", &[4]),
        &[
            us(8_000),
            cpython(3_000, NoAim),
            peer("procspawn", 3_000, NoAim),
            peer("pipes", 8_000, Within(1.3)),
        ],
    ),
    row(
        ("pool-start", "pool: start 4 workers, run 4 tasks, join"),
        Unit::Each("pool"),
        ("pool-start", &[4]),
        &[us(15), cpython(15, Within(1.0)), peer("procspawn", 15, NoAim)],
    ),
    row(
        ("pool-sleep", "pool: tasks that sleep 1 ms, 4 workers"),
        Unit::Each("task"),
        ("pool-sleep", &[4]),
        &[
            us(800),
            cpython(800, NoAim),
            peer("procspawn", 800, NoAim),
            peer("threads", 800, Within(1.05)),
        ],
    ),
    row(
        ("pool-compute", "pool: tasks that compute 1 ms, 4 workers"),
        Unit::Each("task"),
        ("pool-compute", &[4]),
        &[
            us(400),
            cpython(400, NoAim),
            peer("procspawn", 400, NoAim),
            peer("threads", 400, Within(1.05)),
        ],
    ),
    row(
        ("pool-memory", "pool: a worker's resident memory, its own (private) part"),
        Unit::Memory,
        ("pool-memory", &[4]),
        &[
            Entry { who: US, does: Does::Items(1_000), aim: Bytes((3 * MIB) as f64) },
            cpython(1_000, NoAim),
            peer("procspawn", 100, NoAim),
        ],
    ),
    row(
        ("queue-maker", "queue: small messages, from a child to the process that made the queue"),
        Unit::Each("message"),
        ("queue", &[0, 1, 0]),
        &[us(300_000), cpython(40_000, Faster(10.0)), peer("ipc-channel", 100_000, Faster(3.0))],
    ),
    row(
        ("queue-small", "queue: small messages, child to child"),
        Unit::Each("message"),
        ("queue", &[0, 1, 1]),
        &[
            us(300_000),
            cpython(40_000, Faster(10.0)),
            peer("ipc-channel", 100_000, NoAim),
            peer("pipe", 300_000, NoAim),
        ],
    ),
    row(
        ("queue-4-to-4", "queue: small messages, 4 writers, 4 readers"),
        Unit::Each("message"),
        ("queue", &[0, 4, 4]),
        &[us(200_000), cpython(40_000, Faster(5.0)), cannot("ipc-channel", ONE_RECEIVER)],
    ),
    row(
        ("queue-64k", "queue: 64 KiB, child to child"),
        Unit::Rate(64 << 10),
        ("queue", &[64 << 10, 1, 1]),
        &[
            us(4_096),
            cpython(2_048, Faster(2.0)),
            peer("ipc-channel", 4_096, Faster(1.2)),
            peer("pipe", 4_096, Faster(1.5)),
        ],
    ),
    row(
        ("queue-1m", "queue: 1 MiB, child to child"),
        Unit::Rate(MIB),
        ("queue", &[MIB, 1, 1]),
        &[
            us(512),
            cpython(256, Faster(4.0)),
            peer("ipc-channel", 512, NoAim),
            peer("pipe", 512, Faster(2.0)),
        ],
    ),
    row(
        ("queue-latency", "queue: a lone `put` to its `get`, child to child"),
        Unit::Time,
        ("queue-latency", &[1]),
        &[
            us(1_000),
            cpython(1_000, NoAim),
            peer("ipc-channel", 1_000, NoAim),
            peer("pipe", 1_000, Within(1.3)),
            peer("two pipes", 1_000, NoAim),
        ],
    ),
    row(
        ("queue-latency-maker", "queue: a lone `put` to its `get`, child to the queue's maker"),
        Unit::Time,
        ("queue-latency", &[0]),
        &[
            us(1_000),
            cpython(1_000, NoAim),
            peer("ipc-channel", 1_000, NoAim),
            peer("pipe", 1_000, Within(1.3)),
        ],
    ),
    row(
        ("queue-capacity", "queue: small messages, child to child, at most 1,000 of them in it"),
        Unit::Each("message"),
        ("queue-capacity", &[0, 1, 1, 1_000]),
        &[us(10_000), cpython(40_000, NoAim), cannot("ipc-channel", "it has no bound")],
    ),
    row(
        ("pipe-small", "pipe: 16 bytes, child to child"),
        Unit::Each("message"),
        ("pipe", &[0]),
        &[
            us(300_000),
            cpython(40_000, Faster(15.0)),
            peer("ipc-channel", 100_000, NoAim),
            peer("raw pipe", 300_000, NoAim),
        ],
    ),
    row(
        ("pipe-64k", "pipe: 64 KiB, child to child"),
        Unit::Rate(64 << 10),
        ("pipe", &[64 << 10]),
        &[
            us(8_192),
            cpython(4_096, Faster(2.0)),
            peer("ipc-channel", 4_096, Faster(1.2)),
            peer("raw pipe", 8_192, NoAim),
        ],
    ),
    row(
        ("pipe-ping-pong", "pipe: 16 bytes to a child and back, one at a time"),
        Unit::Each("round"),
        ("pipe-ping-pong", &[]),
        &[us(20_000), cpython(5_000, NoAim), peer("raw pipe", 20_000, Within(1.15))],
    ),
    row(
        ("call", "call: spawn `true` and wait for it"),
        Unit::Each("call"),
        ("call", &[]),
        &[
            us(200),
            cpython(200, NoAim),
            peer("duct", 200, NoAim),
            peer("subprocess", 200, NoAim),
            peer("shared_child", 200, NoAim),
            peer("std", 200, Within(1.05)),
        ],
    ),
    row(
        ("communicate-cat", "communicate: 256 MiB through `cat`"),
        Unit::Rate(MIB),
        ("communicate-cat", &[]),
        &[
            us(256),
            cpython(64, Faster(8.0)),
            peer("duct", 64, Faster(5.0)),
            peer("subprocess", 64, Faster(5.0)),
            peer("std", 256, Faster(1.5)),
        ],
    ),
    row(
        ("communicate-tiny", "communicate: a line through `cat`"),
        Unit::Each("call"),
        ("communicate-tiny", &[]),
        &[
            us(200),
            cpython(200, NoAim),
            peer("duct", 200, NoAim),
            peer("subprocess", 200, NoAim),
            peer("wait_with_output", 200, Within(1.1)),
        ],
    ),
    row(
        ("lock", "lock: the cell, 2 threads, 1,000,000 rounds each"),
        Unit::Each("round"),
        ("lock", &[]),
        &[
            us(10_000_000),
            cpython(1_000_000, Faster(15.0)),
            peer("parking_lot", 10_000_000, NoAim),
            peer("std", 10_000_000, Within(1.1)),
        ],
    ),
    row(
        ("threads", "threads: spawn one and join it"),
        Unit::Each("thread"),
        ("threads", &[]),
        &[
            us(5_000),
            cpython(2_000, NoAim),
            peer("crossbeam", 5_000, NoAim),
            peer("std", 5_000, Within(1.05)),
        ],
    ),
    Row {
        name: "cargo-run",
        title: "`cargo run -p lock` from an empty target folder",
        unit: Unit::Time,
        test: "cargo-run",
        sizes: &[],
        most_rounds: 3,
        entries: &[us(1), peer("an empty crate", 1, Within(1.5))],
    },
];

impl Row {
    /// What is to be measured for it, in the order of its entries.
    pub fn jobs(&self, run: &Run) -> Vec<Job> {
        let items = |entry: &Entry| match entry.does {
            Does::Items(items) => Some((entry.who, run.scaled(items))),
            Does::Nothing(_) => None,
        };
        let job = |(who, items)| Job {
            name: self.name,
            test: self.test,
            who,
            sizes: [&[items], self.sizes].concat(),
            per: self.unit.per(items),
            rounds: run.rounds.min(self.most_rounds),
        };
        self.entries.iter().filter_map(items).map(job).collect()
    }
}
