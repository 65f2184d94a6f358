//! The table in the README, and how numbers are written in it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::Done;
use crate::compare::{Compared, Contestant};
use crate::curves::Drawn;
use crate::rows::{Aim, US, Unit};
use crate::stats::Spread;

const START: &str = "<!-- table: written by `cargo bench-all` -->\n";
const END: &str = "<!-- end of the table -->\n";

/// The rows as a Markdown table, a line for each contestant.
pub fn rows(compared: &[Compared]) -> String {
    let mut text = String::from(
        "| | who | its cost (min – max) | we are (min – max) | aim | |\n|---|---|---|---|---|---|\n",
    );
    for Compared { row, contestants } in compared {
        for contestant in contestants {
            let title = match contestant.who {
                US => format!("**{}** `{}`", row.title, row.name),
                _ => String::new(),
            };
            let (speed, aim) = against(row.unit, contestant);
            let met = contestant.met().map_or("", |met| if met { "met" } else { "**not met**" });
            let cost = match &contestant.cost {
                Ok(cost) => written(row.unit, *cost),
                Err(why) => format!("can't: {}", why.replace('|', "\\|")),
            };
            let who = contestant.who;
            let _ = writeln!(text, "| {title} | {who} | {cost} | {speed} | {aim} | {met} |");
        }
    }
    text
}

/// What we are against a contestant, in the terms of the aim, and the aim.
fn against(unit: Unit, contestant: &Contestant) -> (String, String) {
    let told = |ratio: Spread, what| {
        format!("{} {what} ({} – {})", short(ratio.median), short(ratio.min), short(ratio.max))
    };
    let better = if matches!(unit, Unit::Memory) { "× as small" } else { "× as fast" };
    let faster = contestant.speed.map(|speed| told(speed, better));
    let within = contestant.speed.map(|speed| told(speed.inverse(), "× its time"));
    match contestant.aim {
        Aim::None => (faster.unwrap_or_default(), String::new()),
        Aim::Faster(times) => (faster.unwrap_or_default(), format!("≥ {times}")),
        Aim::Within(times) => (within.unwrap_or_default(), format!("≤ {times}")),
        Aim::Bytes(most) => (String::new(), format!("≤ {}", bytes(most))),
    }
}

/// A curve's points as a Markdown table.
pub fn curve(drawn: &Drawn) -> String {
    let who: Vec<&str> = drawn.lines.iter().map(|line| line.who).collect();
    let mut text = format!("| {}: {} | {} |\n", drawn.curve.title, drawn.curve.x, who.join(" | "));
    text += &"|---".repeat(who.len() + 1);
    text += "|\n";
    let points = drawn.lines.first().map(|line| &line.points[..]).unwrap_or_default();
    for (point, _) in points {
        let _ = write!(text, "| {point} |");
        for line in &drawn.lines {
            let cost = match line.points.iter().find(|(x, _)| x == point) {
                Some((_, Ok(cost))) => written((drawn.curve.unit)(*point), *cost),
                Some((_, Err(why))) => format!("can't: {why}"),
                None => String::new(),
            };
            let _ = write!(text, " {cost} |");
        }
        text += "\n";
    }
    text
}

fn written(unit: Unit, cost: Spread) -> String {
    let cost = if matches!(unit, Unit::Rate(_)) { cost.inverse() } else { cost };
    let one = match unit {
        Unit::Each(what) | Unit::MemoryEach(what) => format!(" a {what}"),
        Unit::Time | Unit::Rate(_) | Unit::Memory => String::new(),
    };
    let [median, min, max] = [cost.median, cost.min, cost.max].map(|cost| number(unit, cost));
    format!("{median}{one} ({min} – {max})")
}

/// A cost; for [`Unit::Rate`] what is done in a second.
pub fn number(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Each(_) | Unit::Time => {
            scaled(value, &[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")])
        }
        Unit::Rate(_) => bytes(value) + "/s",
        Unit::Memory | Unit::MemoryEach(_) => bytes(value),
    }
}

/// A round number, as it stands at an axis.
pub fn tick(number: String) -> String {
    number.replace(".00 ", " ").replace(".0 ", " ")
}

/// A number of bytes, or of anything else.
pub fn count(value: f64, is_bytes: bool) -> String {
    if is_bytes { bytes(value) } else { format!("{value:.0}") }
}

fn bytes(bytes: f64) -> String {
    let units =
        [(f64::from(1 << 30), "GiB"), (f64::from(1 << 20), "MiB"), (1024.0, "KiB"), (1.0, "B")];
    scaled(bytes, &units)
}

/// In the largest unit that gives 1 or more.
fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    // A power of ten may be computed as a little less.
    let fits = units.iter().find(|(unit, _)| value >= unit * 0.9999).or(units.last());
    fits.map_or(String::new(), |(unit, name)| format!("{} {name}", short(value / unit)))
}

/// Three digits that count.
fn short(number: f64) -> String {
    match number.abs() {
        n if n >= 99.5 => format!("{number:.0}"),
        n if n >= 9.95 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// Puts the table between its markers.
pub fn write(readme: &Path, table: &str) -> Done<()> {
    let text = fs::read_to_string(readme)?;
    let (before, rest) = text.split_once(START).ok_or("the README has lost its marker")?;
    let (_, after) = rest.split_once(END).ok_or("the README has lost its second marker")?;
    Ok(fs::write(readme, format!("{before}{START}\n{table}\n{END}{after}"))?)
}
