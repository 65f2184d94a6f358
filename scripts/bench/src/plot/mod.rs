//! The plot beside the table: what we are against each contestant, and below it the curves.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;

use crate::Done;
use crate::compare::Compared;
use crate::curves::Drawn;
use crate::rows::{CPYTHON, US};

mod curves;
mod ratios;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

const WIDTH: u32 = 1000;
const PANEL: u32 = 270;
const FONT: &str = "sans-serif";
const MOST_TICKS: usize = 10;

/// Answers an SVG.
pub fn draw(compared: &[Compared], drawn: &[Drawn]) -> Done<String> {
    let mut svg = String::new();
    let above = ratios::height(compared);
    let panels = (drawn.len() + 1).div_ceil(2); // two beside each other, and what the colours mean
    let size = (WIDTH, above + PANEL * u32::try_from(panels)?);
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        let (top, bottom) = root.split_vertically(above);
        ratios::draw(&top, compared)?;
        let panels = bottom.split_evenly((panels, 2));
        for (panel, drawn) in panels.iter().zip(drawn) {
            curves::draw(panel, drawn)?;
        }
        panels.get(drawn.len()).map_or(Ok(()), legend)?;
        root.present()?;
    }
    Ok(svg)
}

fn legend(panel: &Area) -> Done<()> {
    let colours = [US, CPYTHON, "procspawn", "pipe"].map(colour);
    let meanings = [US, CPYTHON, "other crates", "the bare system"];
    for ((colour, meaning), y) in colours.into_iter().zip(meanings).zip((60..).step_by(24)) {
        panel.draw(&Circle::new((90, y), 5, colour.filled()))?;
        panel.draw(&Text::new(meaning, (108, y - 7), (FONT, 15)))?;
    }
    panel.draw(&Circle::new((90, 156), 7, RED.stroke_width(2)))?;
    panel.draw(&Text::new("the aim, a bar, is not met", (108, 149), (FONT, 15)))?;
    Ok(())
}

/// The same colour for a contestant everywhere.
fn colour(who: &str) -> RGBColor {
    match who {
        US => RGBColor(0, 90, 181),
        CPYTHON => RGBColor(230, 140, 0),
        "procspawn" | "ipc-channel" | "duct" | "subprocess" | "shared_child" | "parking_lot"
        | "crossbeam" => RGBColor(0, 140, 100),
        _ => RGBColor(110, 110, 110), // the bare system
    }
}

/// An axis with ticks where we want them.
struct Axis {
    scale: fn(f64) -> f64,
    range: Range<f64>,
    ticks: Vec<f64>,
}

impl Axis {
    /// Wide enough for all values, equal factors being equal steps. Ticks stand at the powers of
    /// `base` and, where there is room, at their multiples by `between`.
    fn of_factors(values: impl Iterator<Item = f64> + Clone, base: f64, between: &[f64]) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min) / 1.4;
        let most = values.fold(f64::NEG_INFINITY, f64::max) * 1.4;
        let powers = least.log(base).floor() as i32..=most.log(base).ceil() as i32;
        let ticks = |factors: &[f64]| -> Vec<f64> {
            let all = powers.clone().map(|power| base.powi(power));
            let all = all.flat_map(|power| factors.iter().map(move |factor| power * factor));
            all.filter(|tick| (least..=most).contains(tick)).collect()
        };
        let fine = ticks(between);
        let ticks = if fine.len() > MOST_TICKS { ticks(&[1.0]) } else { fine };
        Axis { scale: f64::log10, range: least..most, ticks }
    }

    /// A place for each of `count` lines, the first at 0.
    fn of_lines(count: usize) -> Self {
        let ticks: Vec<f64> = (0..count).map(|i| i as f64).collect();
        Axis { scale: |line| line, range: -0.7..count as f64 - 0.3, ticks }
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let [value, from, to] = [*value, self.range.start, self.range.end].map(self.scale);
        start + (f64::from(end - start) * (value - from) / (to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}
