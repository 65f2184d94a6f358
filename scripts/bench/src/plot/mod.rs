//! The plot beside the table: what we are against each contestant, and below it the curves.

#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // pixels

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;

use crate::Done;
use crate::curves::Drawn;
use crate::rows::{CPYTHON, Compared, US};

mod curves;
mod ratios;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

const WIDTH: u32 = 1000;
const PANEL: u32 = 270;
const FONT: &str = "sans-serif";

/// Answers an SVG.
pub fn draw(compared: &[Compared], drawn: &[Drawn]) -> Done<String> {
    let mut svg = String::new();
    let above = ratios::height(compared);
    let below = u32::try_from(drawn.len().div_ceil(2))? * PANEL;
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, above + below)).into_drawing_area();
        root.fill(&WHITE)?;
        let (top, bottom) = root.split_vertically(above);
        ratios::draw(&top, compared)?;
        let panels = bottom.split_evenly((drawn.len().div_ceil(2), 2));
        for (panel, drawn) in panels.iter().zip(drawn) {
            curves::draw(panel, drawn)?;
        }
        root.present()?;
    }
    Ok(svg)
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
    /// Wide enough for all values, equal factors being equal steps, with ticks at the powers of
    /// `base`.
    fn of_factors(values: impl Iterator<Item = f64> + Clone, base: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min) / 1.4;
        let most = values.fold(f64::NEG_INFINITY, f64::max) * 1.4;
        let first = base.powf(least.log(base).ceil());
        let ticks = std::iter::successors(Some(first), |tick| Some(tick * base));
        let ticks = ticks.take_while(|&tick| tick <= most).collect();
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
