//! A run in words: for those who don't see the picture, and for the terminal.

use crate::axis::time;
use crate::lanes::{Bar, BarKind, Lane};
use crate::layout::Panel;

const MOST_LANES: usize = 6;
const MOST_ITEMS: usize = 5;

pub fn title(name: &str, panels: &[Panel]) -> String {
    match panels {
        [_, _, ..] => format!("{name}, broken and fixed: who ran when"),
        _ => format!("{name}: who ran when"),
    }
}

pub fn description(panels: &[Panel]) -> String {
    panels.iter().map(of_panel).collect::<Vec<_>>().join(" ")
}

fn of_panel(panel: &Panel) -> String {
    let lanes = panel.lanes.iter().take(MOST_LANES).map(of_lane);
    let more = panel.lanes.len().saturating_sub(MOST_LANES);
    let more = (more > 0).then(|| format!("{more} more lanes"));
    let lanes = lanes.chain(more).collect::<Vec<_>>().join("; ");
    let head = panel.verdict.clone().unwrap_or_else(|| panel.command.clone());
    let head = head.trim_end_matches('.');
    format!("{head} ({} in {}): {lanes}.", lanes_of(panel), time(panel.ended))
}

fn lanes_of(panel: &Panel) -> String {
    match panel.lanes.len() {
        1 => "1 lane".into(),
        n => format!("{n} lanes"),
    }
}

fn of_lane(lane: &Lane) -> String {
    let mut items: Vec<(f64, String)> = lane.bars.iter().map(|b| (b.from, of_bar(b))).collect();
    items.extend(lane.marks.iter().map(|mark| (mark.at, mark.what.clone())));
    items.sort_by(|one, other| one.0.total_cmp(&other.0));
    let more = items.len().saturating_sub(MOST_ITEMS);
    let mut items: Vec<_> = items.into_iter().take(MOST_ITEMS).map(|(_, what)| what).collect();
    if more > 0 {
        items.push(format!("and {more} more"));
    }
    format!("{} {}", lane.name, items.join(", "))
}

fn of_bar(bar: &Bar) -> String {
    let what = match bar.kind {
        BarKind::Task => format!("runs {}", bar.what),
        _ => bar.labels()[0].clone(),
    };
    match bar.open {
        true => format!("{what} without end"),
        false => what,
    }
}

/// A bar's tooltip.
pub fn bar(bar: &Bar) -> String {
    let end = if bar.open { ", not ended" } else { "" };
    format!("{}: {} to {}{end}", bar.labels()[0], time(bar.from), time(bar.to))
}

impl Panel {
    /// What was seen, in a line for the terminal.
    pub fn summary(&self) -> String {
        let verdict = self.verdict.as_ref().map(|verdict| format!("; {verdict}"));
        let numbers = format!("{}, {} events, {}", lanes_of(self), self.events, time(self.ended));
        format!("{}: {numbers}{}", self.command, verdict.unwrap_or_default())
    }
}
