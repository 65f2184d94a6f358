//! The plot beside the table: what we are compared with each contestant, and below it the curves.

use plotters::coord::combinators::WithKeyPoints;
use plotters::prelude::*;

use crate::Done;
use crate::jobs::Job;
use crate::rows::{CPYTHON, US};

mod curves;
mod ratios;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

const WIDTH: u32 = 1000;
const PANEL: u32 = 270;
const FONT: &str = "sans-serif";
const MOST_TICKS: usize = 10;

/// Returns an SVG.
pub fn draw(rows: &[&Job], curves: &[&[&Job]]) -> Done<String> {
    let mut svg = String::new();
    let measured = rows.iter().rev().filter(|job| job.speed.is_some()).copied().collect::<Vec<_>>();
    let above = ratios::height(measured.len());
    let panels = (curves.len() + 1).div_ceil(2); // two beside each other, and what the colours mean
    let size = (WIDTH, above + PANEL * u32::try_from(panels)?);
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        let (top, bottom) = root.split_vertically(above);
        ratios::draw(&top, &measured)?;
        let panels = bottom.split_evenly((panels, 2));
        for (panel, curve) in panels.iter().zip(curves) {
            curves::draw(panel, curve)?;
        }
        panels.get(curves.len()).map_or(Ok(()), legend)?;
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
        "procspawn" | "ipc-channel" | "ipc-channel String" | "duct" | "subprocess"
        | "shared_child" | "parking_lot" | "crossbeam" => RGBColor(0, 140, 100),
        _ => RGBColor(110, 110, 110), // the bare system
    }
}

type LogAxis = WithKeyPoints<LogCoord<f64>>;

/// A logarithmic axis that is wide enough for all values. Ticks stand at the powers of `base` and, where
/// there is room, at their multiples by `between`.
fn log_axis(values: impl Iterator<Item = f64> + Clone, base: f64, between: &[f64]) -> LogAxis {
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
    (least..most).log_scale().with_key_points(ticks)
}
