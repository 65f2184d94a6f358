//! A run in words: for those who don't see the picture, and for the terminal.

use crate::axis::time;
use crate::lanes::Bar;
use crate::runs::Run;

pub fn title(name: &str, runs: &[Run]) -> String {
    let forms = if runs.len() > 1 { ", broken and fixed" } else { "" };
    format!("{name}{forms}: who ran when")
}

pub fn description(runs: &[Run]) -> String {
    let of_run = |run: &Run| {
        let head = run.verdict.as_ref().unwrap_or(&run.command).trim_end_matches('.');
        let names: Vec<_> = run.lanes.iter().map(|lane| lane.name.as_str()).collect();
        format!("{head} ({} in {}): {}.", lanes_of(run), time(run.ended), names.join(", "))
    };
    runs.iter().map(of_run).collect::<Vec<_>>().join(" ")
}

/// A line for the terminal.
pub fn line(run: &Run) -> String {
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
