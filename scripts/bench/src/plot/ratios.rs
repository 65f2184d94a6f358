//! A line for each contestant: how many times as fast we are, and what was aimed at.

use plotters::prelude::*;

use super::{Area, FONT, colour, log_axis};
use crate::Done;
use crate::jobs::Job;
use crate::rows::Aim;

const LINE: u32 = 17;
const AROUND: u32 = 90;

pub fn height(lines: usize) -> u32 {
    AROUND + LINE * u32::try_from(lines).unwrap_or_default()
}

/// An aim as how many times as fast we want to be.
fn wanted(aim: Option<Aim>) -> Option<f64> {
    match aim? {
        Aim::Faster(times) => Some(times),
        Aim::Within(times) => Some(1.0 / times),
        Aim::AtMost(_) => None,
    }
}

pub fn draw(area: &Area, jobs: &[&Job]) -> Done<()> {
    let all = jobs.iter().flat_map(|job| {
        let speed = job.speed.map(|speed| [speed.min, speed.max]);
        speed.into_iter().flatten().chain(wanted(job.aim))
    });
    let lines = i32::try_from(jobs.len())?;
    let (bottom, top) = (-7, 10 * lines - 3); // in tenths of a line
    let y = (bottom..top).with_key_points((0..lines).map(|line| 10 * line).collect());
    let name = |y: &i32| {
        let job = jobs[*y as usize / 10];
        format!("{}: {}", job.row.name, job.who)
    };
    let title = "how many times as fast we are (min – median – max; the bar is the aim)";
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 18))
        .margin(8)
        .margin_right(24)
        .x_label_area_size(28)
        .y_label_area_size(250)
        .build_cartesian_2d(log_axis(all, 10.0, &[1.0]), y)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.1))
        .x_label_formatter(&|x| format!("{x}"))
        .y_label_formatter(&name)
        .label_style((FONT, 13))
        .draw()?;
    chart.draw_series([PathElement::new([(1.0, bottom), (1.0, top)], BLACK.mix(0.6))])?;
    let lines = (0..).step_by(10).zip(jobs);
    chart.draw_series(lines.flat_map(|(y, job)| shapes(y, job)))?;
    Ok(())
}

/// The median with its whisker, a circle around it if the aim isn't met, and the aim.
fn shapes<'a>(y: i32, job: &Job) -> Vec<DynElement<'static, SVGBackend<'a>, (f64, i32)>> {
    let (Some(speed), colour) = (job.speed, colour(job.who)) else { return Vec::new() };
    let whisker = [(speed.min, y), (speed.max, y)];
    let mut shapes = vec![
        PathElement::new(whisker, colour.stroke_width(2)).into_dyn(),
        Circle::new((speed.median, y), 4, colour.filled()).into_dyn(),
    ];
    if job.is_met() == Some(false) {
        shapes.push(Circle::new((speed.median, y), 7, RED.stroke_width(2)).into_dyn());
    }
    if let Some(aim) = wanted(job.aim) {
        let bar = [(aim, y - 4), (aim, y + 4)];
        shapes.push(PathElement::new(bar, BLACK.stroke_width(2)).into_dyn());
    }
    shapes
}
