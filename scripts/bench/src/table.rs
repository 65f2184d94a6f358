//! The table in the README.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::Done;
use crate::jobs::Job;
use crate::rows::{Aim, US, Unit};
use crate::stats::Spread;
use crate::units::{bytes, number, short};

const START: &str = "<!-- table: written by `cargo bench-all` -->\n";
const END: &str = "<!-- end of the table -->\n";

/// The rows as a Markdown table, a line for each contestant.
pub fn rows(jobs: &[&Job]) -> String {
    let mut text = String::from(
        "| | who | its cost (min – max) | we are (min – max) | aim | |\n|---|---|---|---|---|---|\n",
    );
    for job in jobs {
        let title = match job.who {
            US => format!("**{}** `{}`", job.row.title, job.row.name),
            _ => String::new(),
        };
        let (speed, aim) = speed_and_aim(job);
        let met = job.is_met().map_or("", |met| if met { "met" } else { "**not met**" });
        let _ =
            writeln!(text, "| {title} | {} | {} | {speed} | {aim} | {met} |", job.who, cost(job));
    }
    text
}

/// What we are compared with a contestant, in the terms of the aim, and the aim.
fn speed_and_aim(job: &Job) -> (String, String) {
    let written = |ratio: Option<Spread>, what: &str| {
        let numbers = ratio.map(|Spread { median, min, max }| [median, min, max].map(short));
        numbers
            .map_or(String::new(), |[median, min, max]| format!("{median} {what} ({min} – {max})"))
    };
    let better = if matches!(job.row.unit, Unit::Memory) { "× as small" } else { "× as fast" };
    match job.aim {
        None => (written(job.speed, better), String::new()),
        Some(Aim::Faster(times)) => (written(job.speed, better), format!("≥ {times}")),
        Some(Aim::Within(times)) => {
            (written(job.speed.map(Spread::inverse), "× its time"), format!("≤ {times}"))
        }
        Some(Aim::AtMost(most)) => (String::new(), format!("≤ {}", bytes(most))),
    }
}

/// The jobs of a curve as a Markdown table, a line for each point.
pub fn curve(jobs: &[&Job]) -> String {
    let points: Vec<_> = jobs.chunk_by(|one, other| one.point == other.point).collect();
    let Some(first) = points.first() else { return String::new() };
    let who: Vec<&str> = first.iter().map(|job| job.who).collect();
    let row = first[0].row;
    let mut text = format!("| {}: {} | {} |\n", row.title, row.x, who.join(" | "));
    text += &format!("{}|\n", "|---".repeat(who.len() + 1));
    for jobs in points {
        let cell = |who: &&str| {
            jobs.iter().find(|job| job.who == *who).map_or(String::new(), |job| cost(job))
        };
        let cells: Vec<String> = who.iter().map(cell).collect();
        let _ = writeln!(text, "| {} | {} |", jobs[0].point, cells.join(" | "));
    }
    text
}

fn cost(job: &Job) -> String {
    if let Some(why) = &job.failed {
        return format!("can't: {}", why.replace('|', "\\|"));
    }
    let Some(cost) = job.spread() else { return "not measured".into() };
    let unit = &job.row.unit;
    let cost = if matches!(unit, Unit::Rate) { cost.inverse() } else { cost };
    let one = match unit {
        Unit::TimeOf(what) | Unit::MemoryOf(what) => format!(" a {what}"),
        Unit::Time | Unit::Rate | Unit::Memory => String::new(),
    };
    let [median, min, max] = [cost.median, cost.min, cost.max].map(|cost| number(unit, cost));
    format!("{median}{one} ({min} – {max})")
}

/// Puts the table between its markers.
pub fn write(readme: &Path, table: &str) -> Done<()> {
    let text = fs::read_to_string(readme)?;
    let (before, rest) = text.split_once(START).ok_or("the README has lost its marker")?;
    let (_, after) = rest.split_once(END).ok_or("the README has lost its second marker")?;
    Ok(fs::write(readme, format!("{before}{START}\n{table}\n{END}{after}"))?)
}
