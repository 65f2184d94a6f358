//! The lanes of a picture: each with its bars and marks.

use crate::events::{Event, Story, What};

/// More than that can't be told apart, and the file gets large.
const MOST_LANES: usize = 24;
const MOST_SHAPES: usize = 250;

#[derive(Clone, Debug, Default)]
pub struct Lane {
    pub name: String,
    pub bars: Vec<Bar>,
    pub marks: Vec<Mark>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub kind: BarKind,
    pub what: String,
    pub from: f64,
    pub to: f64,
    /// It hadn't ended when the run did.
    pub open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BarKind {
    Task,
    Holds,
    Waits,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub kind: MarkKind,
    pub what: String,
    pub at: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MarkKind {
    Put,
    Get,
    Other,
}

/// In the order in which they first did something, though those of one kind by their numbers, and
/// after those that look after the others.
pub fn lanes(story: &Story) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for event in &story.events {
        let known = lanes.iter().position(|lane| lane.name == event.lane);
        let index = known.unwrap_or_else(|| {
            lanes.push(Lane { name: event.lane.clone(), ..Lane::default() });
            lanes.len() - 1
        });
        lanes[index].add(event);
    }
    for lane in &mut lanes {
        // It is the main program that prints the verdict, so then it doesn't wait any more.
        let judges = lane.name == "main" && story.verdict.is_some();
        for bar in lane.bars.iter_mut().filter(|bar| bar.open) {
            bar.to = story.ended;
            bar.open = !(judges && bar.kind == BarKind::Waits);
        }
    }
    in_order(lanes)
}

/// `Thread-1` before `Thread-2`, whichever was faster.
fn in_order(mut lanes: Vec<Lane>) -> Vec<Lane> {
    fn kind_and_number(name: &str) -> (&str, &str) {
        name.rsplit_once([' ', '-']).unwrap_or((name, ""))
    }
    let first = |name: &str| ["watcher", "main", "parent"].contains(&name);
    let kinds: Vec<_> =
        lanes.iter().map(|lane| kind_and_number(&lane.name).0.to_string()).collect();
    lanes.sort_by_key(|lane| {
        let (kind, number) = kind_and_number(&lane.name);
        let place = kinds.iter().position(|other| other == kind);
        (!first(kind), place, number.len(), number.to_string())
    });
    lanes
}

/// As many as a picture holds, and a note if that isn't all. `share` is how many panels it has.
pub fn thinned(mut lanes: Vec<Lane>, share: usize) -> (Vec<Lane>, Option<String>) {
    let mut notes = Vec::new();
    if lanes.len() > MOST_LANES {
        notes.push(format!("the first {MOST_LANES} of {} lanes", lanes.len()));
        lanes.truncate(MOST_LANES);
    }
    let shapes: usize = lanes.iter().map(|lane| lane.bars.len() + lane.marks.len()).sum();
    let nth = shapes.div_ceil(MOST_SHAPES / share.max(1)).max(1);
    if nth > 1 {
        notes.push(format!("one in {nth} of {shapes} bars and marks"));
        for lane in &mut lanes {
            lane.bars = lane.bars.drain(..).step_by(nth).collect();
            lane.marks = lane.marks.drain(..).step_by(nth).collect();
        }
    }
    (lanes, (!notes.is_empty()).then(|| format!("drawn: {}", notes.join(", "))))
}

impl Lane {
    fn add(&mut self, Event { at, what, .. }: &Event) {
        if let Some(wait) = self.open(|bar| bar.kind == BarKind::Waits) {
            wait.close(*at);
        }
        match what {
            What::Begins(what) => self.begin(BarKind::Task, what, *at),
            What::Holds(what) => self.begin(BarKind::Holds, what, *at),
            What::Waits(what) => self.begin(BarKind::Waits, what, *at),
            What::Ends(what) => self.end(BarKind::Task, "ends", what, *at),
            What::Releases(what) => self.end(BarKind::Holds, "releases", what, *at),
            What::Says(what) => self.mark(what.clone(), *at),
        }
    }

    fn begin(&mut self, kind: BarKind, what: &str, at: f64) {
        self.bars.push(Bar { kind, what: what.into(), from: at, to: at, open: true });
    }

    /// Ends the bar of that name; an end without a beginning is a mark.
    fn end(&mut self, kind: BarKind, verb: &str, what: &str, at: f64) {
        match self.open(|bar| bar.kind == kind && bar.what == what) {
            Some(bar) => bar.close(at),
            None => self.mark(format!("{verb} {what}"), at),
        }
    }

    fn open(&mut self, which: impl Fn(&Bar) -> bool) -> Option<&mut Bar> {
        self.bars.iter_mut().rev().find(|bar| bar.open && which(bar))
    }

    fn mark(&mut self, what: String, at: f64) {
        let kind = match what.split(' ').next().map(str::to_lowercase).as_deref() {
            Some("put" | "puts" | "writes" | "sends") => MarkKind::Put,
            Some("get" | "gets" | "reads" | "receives") => MarkKind::Get,
            _ => MarkKind::Other,
        };
        self.marks.push(Mark { kind, what, at });
    }

    /// For each bar, which row it is in: as few as they need not to overlap.
    pub fn rows(&self) -> Vec<usize> {
        let mut ends: Vec<f64> = Vec::new();
        let row = |bar: &Bar| {
            let free = ends.iter().position(|end| *end <= bar.from);
            let row = free.unwrap_or(ends.len());
            ends.resize(ends.len().max(row + 1), 0.0);
            ends[row] = if bar.open { f64::INFINITY } else { bar.to };
            row
        };
        self.bars.iter().map(row).collect()
    }
}

impl Bar {
    fn close(&mut self, at: f64) {
        self.to = at;
        self.open = false;
    }

    /// What it says of itself, from long to short.
    pub fn labels(&self) -> [String; 2] {
        let what = &self.what;
        match self.kind {
            BarKind::Task => [what.clone(), what.clone()],
            BarKind::Holds => [format!("holds {what}"), what.clone()],
            BarKind::Waits => [format!("waits for {what}"), format!("for {what}")],
        }
    }
}

impl Mark {
    /// What it says of itself, from long to short: the form of the mark tells a put from a get.
    pub fn labels(&self) -> [&str; 2] {
        let short = match (self.kind, self.what.split_once(' ')) {
            (MarkKind::Put | MarkKind::Get, Some((_, rest))) => rest,
            _ => &self.what,
        };
        [&self.what, short]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Line;
    use crate::grammar;

    /// The lanes of the lines, one second after the other; the run ends at 9.
    fn of(lines: &[&str]) -> Vec<Lane> {
        let line = |(at, text): (usize, &&str)| Line { at: at as f64, text: (*text).into() };
        let lines: Vec<_> = lines.iter().enumerate().map(line).collect();
        lanes(&grammar::read(&lines, 9.0))
    }

    fn shown(lane: &Lane) -> Vec<String> {
        let bar = |bar: &Bar| {
            let end = if bar.open { " open" } else { "" };
            format!("{} {}-{}{end}", bar.labels()[0], bar.from, bar.to)
        };
        lane.bars.iter().map(bar).collect()
    }

    #[test]
    fn a_wait_lasts_until_the_lanes_next_line() {
        let lanes = of(&["a: waits for B", "b: puts 1", "b: puts 2", "a: gets 1", "a: gets 2"]);
        assert_eq!(shown(&lanes[0]), ["waits for B 0-3"]);
        assert_eq!(lanes[0].marks[0].kind, MarkKind::Get);
        assert_eq!(lanes[1].marks.len(), 2);
    }

    #[test]
    fn what_has_not_ended_is_open_until_the_run_ends() {
        let lanes = of(&["a: holds A", "a: waits for B"]);
        assert_eq!(shown(&lanes[0]), ["holds A 0-9 open", "waits for B 1-9 open"]);
        assert_eq!(lanes[0].rows(), [0, 1]);
    }

    #[test]
    fn the_verdict_ends_what_main_waits_for_and_nobody_elses_wait() {
        let lanes = of(&["main: waits for a", "a: waits for b", "broken: nobody came"]);
        assert_eq!(shown(&lanes[0]), ["waits for a 0-9"]);
        assert_eq!(shown(&lanes[1]), ["waits for b 1-9 open"]);
    }

    #[test]
    fn bars_end_by_name_and_rows_are_used_again() {
        let lanes = of(&["a: begins x", "a: begins y", "a: ends x", "a: begins z", "a: ends y"]);
        assert_eq!(shown(&lanes[0]), ["x 0-2", "y 1-4", "z 3-9 open"]);
        assert_eq!(lanes[0].rows(), [0, 1, 0]);
    }

    #[test]
    fn an_end_without_a_beginning_is_a_mark() {
        let lanes = of(&["a: releases A"]);
        assert_eq!(lanes[0].marks[0].what, "releases A");
    }

    #[test]
    fn lanes_of_one_kind_stand_by_their_numbers() {
        let lanes = of(&["Thread-10: a", "main: a", "Thread-9: a", "Thread-B: a", "Thread-A: a"]);
        let names: Vec<_> = lanes.iter().map(|lane| lane.name.as_str()).collect();
        assert_eq!(names, ["main", "Thread-9", "Thread-A", "Thread-B", "Thread-10"]);
    }

    #[test]
    fn too_many_are_thinned_out_and_the_note_says_so() {
        let (_, note) = thinned(of(&["a: puts 1"; 250]), 1);
        assert_eq!(note, None);
        let (lanes, note) = thinned(of(&["a: puts 1"; 250]), 2);
        assert_eq!(note.as_deref(), Some("drawn: one in 2 of 250 bars and marks"));
        assert_eq!(lanes[0].marks.len(), 125);
        let many: Vec<_> = (0..30).map(|i| format!("{i}: puts 1")).collect();
        let (lanes, note) = thinned(of(&many.iter().map(String::as_str).collect::<Vec<_>>()), 1);
        assert_eq!((lanes.len(), note.as_deref()), (24, Some("drawn: the first 24 of 30 lanes")));
    }
}
