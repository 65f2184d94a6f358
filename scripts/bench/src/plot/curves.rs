//! One panel: a curve for each contestant.

use plotters::prelude::*;

use super::{Area, Axis, FONT, colour};
use crate::Done;
use crate::curves::Drawn;
use crate::rows::Unit;
use crate::stats::Spread;
use crate::table;

pub fn draw(area: &Area, drawn: &Drawn) -> Done<()> {
    let curve = drawn.curve;
    // A cost, or for bytes what is done in a second, which is what one wants to see there.
    let shown = |point, cost: &Spread| match (curve.unit)(point) {
        Unit::Rate(_) => cost.inverse(),
        _ => *cost,
    };
    let measured = drawn.lines.iter().map(|line| {
        let points = line.points.iter().filter_map(|(x, cost)| {
            let cost = cost.as_ref().ok()?;
            // Memory that didn't grow at all has no place on this axis.
            Some((*x as f64, shown(*x, cost))).filter(|(_, spread)| spread.min > 0.0)
        });
        (line.who, points.collect::<Vec<_>>())
    });
    let measured: Vec<_> = measured.collect();
    let unit = (curve.unit)(1);
    let (base, between): (_, &[f64]) = match unit {
        Unit::Rate(_) | Unit::Memory | Unit::MemoryEach(_) => (4.0, &[1.0, 2.0]),
        Unit::Each(_) | Unit::Time => (10.0, &[1.0, 2.0, 5.0]),
    };
    let all = measured.iter().flat_map(|(_, points)| points.iter().map(|(_, spread)| spread));
    let y = Axis::of_factors(all.flat_map(|spread| [spread.min, spread.max]), base, between);
    let points = curve.points.iter().map(|&point| point as f64);
    let x = Axis { ticks: points.clone().collect(), ..Axis::of_factors(points, base, between) };

    let mut chart = ChartBuilder::on(area)
        .caption(curve.title, (FONT, 15))
        .margin(8)
        .margin_right(20)
        .x_label_area_size(38)
        .y_label_area_size(70)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.1))
        .x_desc(curve.x)
        .x_label_formatter(&|x| table::tick(table::count(*x, matches!(unit, Unit::Rate(_)))))
        .y_label_formatter(&|y| table::tick(table::number(unit, *y)))
        .label_style((FONT, 12))
        .draw()?;
    for (who, points) in measured {
        let colour = colour(who);
        let line = points.iter().map(|(x, spread)| (*x, spread.median));
        chart.draw_series(LineSeries::new(line.clone(), colour.stroke_width(2)))?;
        chart.draw_series(line.map(|point| Circle::new(point, 3, colour.filled())))?;
        let whiskers = points.iter().map(|(x, spread)| {
            let ends = [(*x, spread.min), (*x, spread.max)];
            PathElement::new(ends, colour.stroke_width(1))
        });
        chart.draw_series(whiskers)?;
    }
    Ok(())
}
