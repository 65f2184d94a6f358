//! The curves: how a cost grows with the number of tasks, workers, bytes or writers.

use crate::options::Run;
use crate::rows::{CPYTHON, US, Unit};
use crate::runner::{Job, Samples};
use crate::stats::Cost;

pub struct Curve {
    pub name: &'static str,
    pub title: &'static str,
    /// What grows.
    pub x: &'static str,
    /// The unit at one point.
    pub unit: fn(u64) -> Unit,
    test: &'static str,
    pub points: &'static [u64],
    lines: &'static [Line],
}

struct Line {
    who: &'static str,
    /// The sizes at one point, the number of items first.
    sizes: fn(u64) -> Vec<u64>,
    /// The last point that it gets to within a second or two.
    most: u64,
}

/// A curve with what came out.
pub struct Drawn {
    pub curve: &'static Curve,
    pub lines: Vec<DrawnLine>,
}

pub struct DrawnLine {
    pub who: &'static str,
    pub points: Vec<(u64, Cost)>,
}

const ROUNDS: usize = 3;
const MIB: u64 = 1 << 20;

const fn line(who: &'static str, sizes: fn(u64) -> Vec<u64>) -> Line {
    Line { who, sizes, most: u64::MAX }
}

/// So many messages of this size that they are many bytes, but not for ever.
fn messages(bytes: u64, total: u64, most: u64) -> Vec<u64> {
    vec![(total / bytes).clamp(16, most), bytes, 1, 1]
}

pub const CURVES: &[Curve] = &[
    Curve {
        name: "curve-tasks",
        title: "time of one task",
        x: "tasks queued at once",
        unit: |_| Unit::Each("task"),
        test: "pool-apply-async",
        points: &[1_000, 10_000, 100_000, 1_000_000],
        lines: &[
            line(US, |n| vec![n, 4]),
            Line { who: CPYTHON, sizes: |n| vec![n, 4], most: 100_000 },
        ],
    },
    Curve {
        name: "curve-memory",
        title: "memory of one waiting task",
        x: "tasks queued at once",
        unit: |_| Unit::MemoryEach("task"),
        test: "pool-queued",
        points: &[1_000, 10_000, 100_000, 1_000_000],
        lines: &[
            line(US, |n| vec![n, 4]),
            Line { who: CPYTHON, sizes: |n| vec![n, 4], most: 100_000 },
        ],
    },
    Curve {
        name: "curve-workers",
        title: "time of one task",
        x: "workers",
        unit: |_| Unit::Each("task"),
        test: "pool-apply-async",
        points: &[1, 2, 4, 8, 16, 32, 64],
        lines: &[
            line(US, |workers| vec![50_000, workers]),
            line(CPYTHON, |workers| vec![8_000, workers]),
            line("procspawn", |workers| vec![2_000, workers]),
        ],
    },
    Curve {
        name: "curve-bytes",
        title: "bytes in a second, child to child",
        x: "bytes of a message",
        unit: Unit::Rate,
        test: "queue",
        points: &[1, 16, 256, 4 << 10, 64 << 10, MIB, 16 * MIB],
        lines: &[
            line(US, |bytes| messages(bytes, 256 * MIB, 200_000)),
            line(CPYTHON, |bytes| messages(bytes, 128 * MIB, 40_000)),
            line("ipc-channel", |bytes| messages(bytes, 256 * MIB, 100_000)),
            line("pipe", |bytes| messages(bytes, 256 * MIB, 200_000)),
        ],
    },
    Curve {
        name: "curve-writers",
        title: "time of one small message to one reader",
        x: "writers",
        unit: |_| Unit::Each("message"),
        test: "queue",
        points: &[1, 2, 4, 8, 16],
        lines: &[
            line(US, |writers| vec![200_000, 0, writers, 1]),
            line(CPYTHON, |writers| vec![40_000, 0, writers, 1]),
            line("ipc-channel", |writers| vec![100_000, 0, writers, 1]),
        ],
    },
];

impl Curve {
    /// Point after point, so that those who are compared take turns.
    fn plan(&self, run: &Run) -> impl Iterator<Item = (u64, usize, &Line)> {
        let lines = |&point: &u64| {
            let lines = self.lines.iter().enumerate().filter(move |(_, line)| point <= line.most);
            lines.map(move |(i, line)| (point, i, line))
        };
        run.points(self.points).iter().flat_map(lines)
    }

    pub fn jobs(&self, run: &Run) -> Vec<Job> {
        let job = |(point, _, line): (u64, usize, &Line)| {
            let mut sizes = (line.sizes)(point);
            sizes[0] = run.scaled(sizes[0]);
            let (per, rounds) = ((self.unit)(point).per(sizes[0]), run.rounds.min(ROUNDS));
            Job { name: self.name, test: self.test, who: line.who, sizes, per, rounds }
        };
        self.plan(run).map(job).collect()
    }
}

/// The samples are those of the curves' [`jobs`](Curve::jobs), in their order.
pub fn collect(curves: &[&'static Curve], run: &Run, samples: &[Samples]) -> Vec<Drawn> {
    let mut samples = samples.iter();
    let draw = |&curve: &&'static Curve| {
        let line = |line: &Line| DrawnLine { who: line.who, points: Vec::new() };
        let mut lines: Vec<_> = curve.lines.iter().map(line).collect();
        for ((point, line, _), samples) in curve.plan(run).zip(&mut samples) {
            lines[line].points.push((point, samples.spread()));
        }
        Drawn { curve, lines }
    };
    curves.iter().map(draw).collect()
}
