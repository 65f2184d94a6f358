//! A line for each contestant: how many times as fast we are, and what was aimed at.

use plotters::prelude::*;

use super::{Area, Axis, FONT, colour};
use crate::Done;
use crate::compare::{Compared, Contestant};
use crate::rows::Aim;

const LINE: u32 = 17;
const AROUND: u32 = 90;

/// The contestants of all rows that have been measured, the last one first.
fn lines(compared: &[Compared]) -> Vec<(&'static str, &Contestant)> {
    let mut lines = Vec::new();
    for row in compared.iter().rev() {
        let measured = row.contestants.iter().rev().filter(|contestant| contestant.speed.is_some());
        lines.extend(measured.map(|contestant| (row.row.name, contestant)));
    }
    lines
}

pub fn height(compared: &[Compared]) -> u32 {
    AROUND + LINE * u32::try_from(lines(compared).len()).unwrap_or_default()
}

/// An aim as how many times as fast we want to be.
fn wanted(aim: Aim) -> Option<f64> {
    match aim {
        Aim::Faster(times) => Some(times),
        Aim::Within(times) => Some(1.0 / times),
        Aim::Bytes(_) | Aim::None => None,
    }
}

pub fn draw(area: &Area, compared: &[Compared]) -> Done<()> {
    let lines = lines(compared);
    let all = lines.iter().flat_map(|(_, contestant)| {
        let speed = contestant.speed.map(|speed| [speed.min, speed.max]);
        speed.into_iter().flatten().chain(wanted(contestant.aim))
    });
    let (x, y) = (Axis::of_factors(all, 10.0, &[1.0]), Axis::of_lines(lines.len()));
    let (bottom, top) = (y.range.start, y.range.end);
    let title = "how many times as fast we are (min – median – max; the bar is the aim)";
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 18))
        .margin(8)
        .margin_right(24)
        .x_label_area_size(28)
        .y_label_area_size(250)
        .build_cartesian_2d(x, y)?;
    let name = |y: &f64| {
        let (name, contestant) = lines[*y as usize];
        format!("{name}: {}", contestant.who)
    };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.1))
        .x_label_formatter(&|x| format!("{x}"))
        .y_label_formatter(&name)
        .label_style((FONT, 13))
        .draw()?;
    chart.draw_series([PathElement::new([(1.0, bottom), (1.0, top)], BLACK.mix(0.6))])?;
    for (i, (_, contestant)) in lines.iter().enumerate() {
        let (Some(speed), y) = (contestant.speed, i as f64) else { continue };
        let colour = colour(contestant.who);
        let whisker = [(speed.min, y), (speed.max, y)];
        chart.draw_series([PathElement::new(whisker, colour.stroke_width(2))])?;
        chart.draw_series([Circle::new((speed.median, y), 4, colour.filled())])?;
        if contestant.met() == Some(false) {
            chart.draw_series([Circle::new((speed.median, y), 7, RED.stroke_width(2))])?;
        }
        if let Some(aim) = wanted(contestant.aim) {
            let bar = [(aim, y - 0.4), (aim, y + 0.4)];
            chart.draw_series([PathElement::new(bar, BLACK.stroke_width(2))])?;
        }
    }
    Ok(())
}
