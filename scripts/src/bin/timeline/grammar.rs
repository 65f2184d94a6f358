//! The lines that the examples print, `LANE: what it does`, and what they mean.

use crate::events::{Event, Line, Story, What};

pub fn read(lines: &[Line], ended: f64) -> Story {
    let (lines, ended) = with_own_times(lines, ended);
    let mut story = Story { ended, ..Story::default() };
    for line in &lines {
        match line.text.split_once(": ") {
            Some(("broken" | "fixed", _)) => story.verdict = Some(line.text.clone()),
            Some((lane, what)) => story.events.push(Event::new(line.at, lane, meaning(what))),
            None => {}
        }
    }
    // Each line has its own time, so those of two threads may come the other way round.
    story.events.sort_by(|one, other| one.at.total_cmp(&other.at));
    story
}

fn meaning(what: &str) -> What {
    let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
    match verb {
        "begins" => What::Begins(rest.into()),
        "ends" => What::Ends(rest.into()),
        "holds" => What::Holds(rest.into()),
        "releases" => What::Releases(rest.into()),
        _ => match what.strip_prefix("waits for ") {
            Some(rest) => What::Waits(rest.into()),
            None => What::Says(what.into()),
        },
    }
}

/// If there are lines that begin with `@SECONDS `, that is their time: the reader's clock would be
/// too coarse. Then a line without has the time of the one before, and the run ends with the last.
fn with_own_times(lines: &[Line], ended: f64) -> (Vec<Line>, f64) {
    if !lines.iter().any(|line| own_time(&line.text).is_some()) {
        return (lines.to_vec(), ended);
    }
    let (mut now, mut last) = (0.0, 0.0f64);
    let timed = |line: &Line| {
        let text = match own_time(&line.text) {
            Some((at, text)) => {
                now = at;
                text
            }
            None => &line.text,
        };
        last = last.max(now);
        Line { at: now, text: text.into() }
    };
    let lines = lines.iter().map(timed).collect();
    (lines, last)
}

fn own_time(text: &str) -> Option<(f64, &str)> {
    let (seconds, text) = text.strip_prefix('@')?.split_once(' ')?;
    let seconds = seconds.parse().ok()?;
    (0.0..1e9).contains(&seconds).then_some((seconds, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[(f64, &str)]) -> Vec<Line> {
        lines.iter().map(|&(at, text)| Line { at, text: text.into() }).collect()
    }

    fn says(text: &str) -> What {
        What::Says(text.into())
    }

    #[test]
    fn each_verb_has_its_meaning_and_all_else_is_a_mark() {
        assert_eq!(meaning("begins task 1"), What::Begins("task 1".into()));
        assert_eq!(meaning("ends task 1"), What::Ends("task 1".into()));
        assert_eq!(meaning("holds A"), What::Holds("A".into()));
        assert_eq!(meaning("releases A"), What::Releases("A".into()));
        assert_eq!(meaning("waits for the lock"), What::Waits("the lock".into()));
        assert_eq!(meaning("begins"), What::Begins(String::new()));
        for other in ["waits", "beginsel", "endsieg", "puts A", "reads: 0", ""] {
            assert_eq!(meaning(other), says(other));
        }
    }

    #[test]
    fn the_verdict_is_no_event_and_a_line_without_a_lane_is_none() {
        let told =
            read(&lines(&[(0.1, "main: puts A"), (0.2, "hello"), (0.3, "fixed: well")]), 0.4);
        assert_eq!(told.events, [Event::new(0.1, "main", says("puts A"))]);
        assert_eq!((told.verdict.as_deref(), told.ended), (Some("fixed: well"), 0.4));
    }

    #[test]
    fn a_lines_own_time_counts_and_orders() {
        let told = read(
            &lines(&[
                (5.0, "@0.000020 one: reads 0"),
                (5.1, "one: writes 1"),
                (5.2, "@0.000012 two: reads 0"),
                (5.3, "broken: 1"),
            ]),
            6.0,
        );
        let order: Vec<_> = told.events.iter().map(|e| (e.at, e.lane.as_str())).collect();
        assert_eq!(order, [(0.000012, "two"), (0.000020, "one"), (0.000020, "one")]);
        assert_eq!(told.ended, 0.000020);
    }

    #[test]
    fn what_is_no_time_stays_text() {
        for text in ["@nan a: b", "@-1 a: b", "@1e99 a: b", "@a: b"] {
            assert_eq!(own_time(text), None);
        }
    }
}
