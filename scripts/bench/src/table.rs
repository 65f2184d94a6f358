//! The table in the README, and how numbers are written in it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::Done;
use crate::curves::Drawn;
use crate::rows::{Aim, Compared, Contestant, US, Unit};
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
            let title = if contestant.who == US { format!("**{}**", row.title) } else { "".into() };
            let (speed, aim) = against(contestant);
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
fn against(contestant: &Contestant) -> (String, String) {
    let told = |ratio: Spread, what| {
        format!("{} {what} ({} – {})", short(ratio.median), short(ratio.min), short(ratio.max))
    };
    let faster = contestant.speed.map(|speed| told(speed, "× as fast"));
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
    let who: Vec<&str> = drawn.lines.iter().map(|(who, _)| *who).collect();
    let mut text = format!("| {}: {} | {} |\n", drawn.curve.title, drawn.curve.x, who.join(" | "));
    text += &"|---".repeat(who.len() + 1);
    text += "|\n";
    let points = drawn.lines.first().map(|(_, points)| &points[..]).unwrap_or_default();
    for (point, _) in points {
        let _ = write!(text, "| {point} |");
        for (_, line) in &drawn.lines {
            let cost = match line.iter().find(|(x, _)| x == point) {
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
    let (number, one): (fn(f64) -> String, _) = match unit {
        Unit::Each(what) => (seconds, format!(" a {what}")),
        Unit::Time => (seconds, String::new()),
        Unit::Rate(_) => (|per_second| bytes(per_second) + "/s", String::new()),
        Unit::Memory => (bytes, String::new()),
        Unit::MemoryEach(what) => (bytes, format!(" a {what}")),
    };
    let cost = if matches!(unit, Unit::Rate(_)) { cost.inverse() } else { cost };
    format!("{}{one} ({} – {})", number(cost.median), number(cost.min), number(cost.max))
}

fn seconds(seconds: f64) -> String {
    let (unit, name) = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")]
        .into_iter()
        .find(|(unit, _)| seconds >= *unit)
        .unwrap_or((1e-9, "ns"));
    format!("{} {name}", short(seconds / unit))
}

fn bytes(bytes: f64) -> String {
    let (unit, name) = [(f64::from(1 << 30), "GiB"), (f64::from(1 << 20), "MiB"), (1024.0, "KiB")]
        .into_iter()
        .find(|(unit, _)| bytes >= *unit)
        .unwrap_or((1.0, "B"));
    format!("{} {name}", short(bytes / unit))
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
