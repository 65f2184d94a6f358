//! A run in words: for those who don't see the picture, and for the terminal.

use crate::axis::time;
use crate::lanes::{Bar, Lane};
use crate::runs::Run;

const MOST_LANES: usize = 6;
const MOST_ITEMS: usize = 5;

pub fn title(name: &str, runs: &[Run]) -> String {
    let forms = if runs.len() > 1 { ", broken and fixed" } else { "" };
    format!("{name}{forms}: who ran when")
}

pub fn description(runs: &[Run]) -> String {
    let of_run = |run: &Run| {
        let head = run.verdict.as_ref().unwrap_or(&run.command).trim_end_matches('.');
        let lanes = first(run.lanes.iter().map(of_lane), MOST_LANES, " more lanes").join("; ");
        format!("{head} ({} in {}): {lanes}.", lanes_of(run), time(run.ended))
    };
    runs.iter().map(of_run).collect::<Vec<_>>().join(" ")
}

/// What was seen, in a line for the terminal.
pub fn summary(run: &Run) -> String {
    let verdict = run.verdict.as_ref().map(|verdict| format!("; {verdict}")).unwrap_or_default();
    let time = time(run.ended);
    format!("{}: {}, {} events, {time}{verdict}", run.command, lanes_of(run), run.events)
}

/// A bar's tooltip.
pub fn bar(bar: &Bar) -> String {
    let end = if bar.open { ", not ended" } else { "" };
    format!("{}: {} to {}{end}", bar.labels()[0], time(bar.from), time(bar.to))
}

fn lanes_of(run: &Run) -> String {
    format!("{} lane{}", run.lanes.len(), if run.lanes.len() == 1 { "" } else { "s" })
}

fn of_lane(lane: &Lane) -> String {
    let of_bar = |bar: &Bar| {
        let runs = if bar.class == "task" { "runs " } else { "" };
        let end = if bar.open { " without end" } else { "" };
        (bar.from, format!("{runs}{}{end}", bar.labels()[0]))
    };
    let marks = lane.marks.iter().map(|mark| (mark.at, mark.what.clone()));
    let mut items: Vec<_> = lane.bars.iter().map(of_bar).chain(marks).collect();
    items.sort_by(|one, other| one.0.total_cmp(&other.0));
    let items = first(items.into_iter().map(|(_, what)| what), MOST_ITEMS, " more");
    format!("{} {}", lane.name, items.join(", "))
}

/// The first of the items, and how many there are beyond `most`.
fn first(items: impl Iterator<Item = String>, most: usize, more: &str) -> Vec<String> {
    let mut items: Vec<_> = items.collect();
    let left = items.len().saturating_sub(most);
    items.truncate(most);
    items.extend((left > 0).then(|| format!("and {left}{more}")));
    items
}
