//! One panel: a curve for each contestant.

use plotters::prelude::*;

use super::{Area, FONT, colour, log_axis};
use crate::Done;
use crate::jobs::Job;
use crate::rows::Unit;
use crate::stats::Spread;
use crate::units::{bytes, number, tick};

/// A contestant's points, each with its cost, or for [`Unit::Rate`] with the bytes per second.
fn points(jobs: &[&Job], who: &str) -> Vec<(f64, Spread)> {
    let measured = jobs.iter().filter(|job| job.who == who).filter_map(|job| {
        let cost = job.spread()?;
        let is_rate = matches!(job.row.unit, Unit::Rate);
        Some((job.point as f64, if is_rate { cost.inverse() } else { cost }))
    });
    // Memory that didn't grow at all has no place on a logarithmic axis.
    measured.filter(|(_, spread)| spread.min > 0.0).collect()
}

pub fn draw(area: &Area, jobs: &[&Job]) -> Done<()> {
    let Some(row) = jobs.first().map(|job| job.row) else { return Ok(()) };
    let lines = row.contestants.keys().map(|who| (who, points(jobs, who)));
    let lines: Vec<_> = lines.collect();
    let (base, between): (_, &[f64]) = match row.unit {
        Unit::Rate | Unit::Memory | Unit::MemoryOf(_) => (4.0, &[1.0, 2.0]),
        Unit::TimeOf(_) | Unit::Time => (10.0, &[1.0, 2.0, 5.0]),
    };
    let all = lines.iter().flat_map(|(_, points)| points);
    let y = log_axis(all.flat_map(|(_, spread)| [spread.min, spread.max]), base, between);
    let ticks: Vec<f64> = row.points.iter().map(|&point| point as f64).collect();
    let x = (ticks[0] / 1.4..ticks[ticks.len() - 1] * 1.4).log_scale().with_key_points(ticks);

    let mut chart = ChartBuilder::on(area)
        .caption(&row.title, (FONT, 15))
        .margin(8)
        .margin_right(20)
        .x_label_area_size(38)
        .y_label_area_size(70)
        .build_cartesian_2d(x, y)?;
    let x_label = |x: &f64| match row.unit {
        Unit::Rate => tick(bytes(*x)),
        _ => format!("{x:.0}"),
    };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.1))
        .x_desc(&row.x)
        .x_label_formatter(&x_label)
        .y_label_formatter(&|y| tick(number(&row.unit, *y)))
        .label_style((FONT, 12))
        .draw()?;
    for (who, points) in lines {
        chart.draw_series(shapes(&points, colour(who)))?;
    }
    Ok(())
}

/// The line through the medians, with a circle and a whisker for each point.
fn shapes<'a>(
    points: &[(f64, Spread)],
    colour: RGBColor,
) -> Vec<DynElement<'static, SVGBackend<'a>, (f64, f64)>> {
    let medians: Vec<_> = points.iter().map(|(x, spread)| (*x, spread.median)).collect();
    let mut shapes = vec![PathElement::new(medians, colour.stroke_width(2)).into_dyn()];
    for (x, spread) in points {
        shapes.push(Circle::new((*x, spread.median), 3, colour.filled()).into_dyn());
        let whisker = [(*x, spread.min), (*x, spread.max)];
        shapes.push(PathElement::new(whisker, colour.stroke_width(1)).into_dyn());
    }
    shapes
}
