//! A run of a program, read from the events that it prints: `LANE: what happens there`, one a line.

use crate::lanes::Lane;

/// More than that can't be distinguished, and the file gets large.
const MOST_SHAPES: usize = 250;

pub struct Run {
    pub command: String,
    /// `broken: …` or `fixed: …`
    pub verdict: Option<String>,
    pub lanes: Vec<Lane>,
    pub events: usize,
    /// In seconds since the first event, as all times of a run.
    pub ended: f64,
}

impl Run {
    /// Reads lines, each with the time at which it came. Those of a traced program begin with
    /// `@SECONDS `, the time of the event itself; its other lines are no events.
    pub fn read(command: String, lines: &[(f64, String)], ended: f64, traced: bool) -> Self {
        let (mut events, mut verdict) = (Vec::new(), None);
        for (at, text) in lines {
            let event = if traced { own_time(text) } else { Some((*at, text.as_str())) };
            let Some((at, text)) = event else { continue };
            match text.split_once(": ") {
                Some(("broken" | "fixed", _)) => verdict = Some(text.to_string()),
                Some((lane, what)) => events.push((at, lane, what)),
                None => {}
            }
        }
        // Lines of two threads with times of their own may come the other way round.
        events.sort_by(|one, other| one.0.total_cmp(&other.0));
        let start = events.first().map_or(0.0, |event| event.0);
        let last = events.last().map_or(0.0, |event| event.0);
        let ended = if traced { last } else { ended } - start;
        let mut lanes: Vec<Lane> = Vec::new();
        for (at, name, what) in &events {
            let known = lanes.iter().position(|lane| lane.name == *name);
            let index = known.unwrap_or_else(|| {
                lanes.push(Lane { name: (*name).into(), ..Lane::default() });
                lanes.len() - 1
            });
            lanes[index].add(at - start, what);
        }
        for lane in &mut lanes {
            // It is the main program that prints the verdict, so then it doesn't wait any more.
            lane.end(ended, lane.name == "main" && verdict.is_some());
        }
        Run { command, verdict, lanes: in_order(lanes), events: events.len(), ended }
    }

    /// The lanes with as many bars and marks as a picture has room for, and a note if those aren't all.
    /// `runs` share the picture.
    pub fn thinned(&self, runs: usize) -> (Vec<Lane>, Option<String>) {
        let mut lanes = self.lanes.clone();
        let shapes: usize = lanes.iter().map(|lane| lane.bars.len() + lane.marks.len()).sum();
        let nth = shapes.div_ceil(MOST_SHAPES / runs).max(1);
        for lane in &mut lanes {
            lane.bars = lane.bars.drain(..).step_by(nth).collect();
            lane.marks = lane.marks.drain(..).step_by(nth).collect();
        }
        (lanes, (nth > 1).then(|| format!("drawn: one in {nth} of {shapes} bars and marks")))
    }
}

fn own_time(text: &str) -> Option<(f64, &str)> {
    let (seconds, text) = text.strip_prefix('@')?.split_once(' ')?;
    let seconds = seconds.parse().ok()?;
    (0.0..1e11).contains(&seconds).then_some((seconds, text))
}

/// By their first events, but main first and `Thread-1` before `Thread-2`, whichever was faster.
fn in_order(mut lanes: Vec<Lane>) -> Vec<Lane> {
    fn kind_and_number(name: &str) -> (&str, &str) {
        name.rsplit_once([' ', '-']).unwrap_or((name, ""))
    }
    let kind = |lane: &Lane| kind_and_number(&lane.name).0.to_string();
    let kinds: Vec<_> = lanes.iter().map(kind).collect();
    lanes.sort_by_key(|lane| {
        let (kind, number) = kind_and_number(&lane.name);
        let first = ["watcher", "main", "parent"].contains(&kind);
        let place = kinds.iter().position(|other| other == kind);
        (!first, place, number.len(), number.to_string())
    });
    lanes
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn run(lines: &[(f64, &str)], ended: f64) -> Run {
        let lines: Vec<_> = lines.iter().map(|&(at, text)| (at, text.to_string())).collect();
        Run::read("cargo run -p example".into(), &lines, ended, false)
    }

    /// The events come one second after the other; the run ends at 9.
    pub fn of(texts: &[&str]) -> Run {
        let lines: Vec<_> = texts.iter().enumerate().map(|(at, text)| (at as f64, *text)).collect();
        run(&lines, 9.0)
    }

    #[test]
    fn the_verdict_is_no_event_and_a_line_without_a_lane_is_none() {
        let run = run(&[(0.1, "main: puts A"), (0.2, "hello"), (0.3, "fixed: well")], 0.4);
        assert_eq!((run.events, run.verdict.as_deref()), (1, Some("fixed: well")));
        assert!((run.ended - 0.3).abs() < 1e-9);
    }

    #[test]
    fn a_traced_programs_own_times_count_and_its_other_lines_do_not() {
        let lines = [
            (5.0, "@1764121441.000020 one: reads 0"),
            (5.1, "Usage: example"),
            (5.2, "@1764121441.000012 two: reads 0"),
        ];
        let lines = lines.map(|(at, text)| (at, text.to_string()));
        let run = Run::read(String::new(), &lines, 6.0, true);
        let marks: Vec<_> = run.lanes.iter().map(|lane| (&*lane.name, lane.marks[0].at)).collect();
        assert_eq!((run.events, marks[0]), (2, ("two", 0.0)));
        assert!(marks[1].0 == "one" && (marks[1].1 - 8e-6).abs() < 1e-6);
        assert_eq!(run.ended, marks[1].1);
    }

    #[test]
    fn what_is_no_time_is_no_event() {
        for text in ["@nan a: b", "@-1 a: b", "@1e99 a: b", "@a: b", "a: b"] {
            assert_eq!(own_time(text), None);
        }
    }

    #[test]
    fn lanes_of_one_kind_stand_by_their_numbers() {
        let run = of(&["Thread-10: a", "main: a", "Thread-9: a", "Thread-B: a", "Thread-A: a"]);
        let names: Vec<_> = run.lanes.iter().map(|lane| lane.name.as_str()).collect();
        assert_eq!(names, ["main", "Thread-9", "Thread-A", "Thread-B", "Thread-10"]);
    }

    #[test]
    fn too_many_are_thinned_out_and_the_note_says_so() {
        let marks = of(&["a: puts 1"; 250]);
        assert_eq!(marks.thinned(1).1, None);
        let (lanes, note) = marks.thinned(2);
        assert_eq!(note.as_deref(), Some("drawn: one in 2 of 250 bars and marks"));
        assert_eq!(lanes[0].marks.len(), 125);
    }
}
