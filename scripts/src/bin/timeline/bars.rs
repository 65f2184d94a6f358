//! The bars of a lane, each in its row, and their labels.

use crate::axis::Axis;
use crate::lanes::{Bar, BarKind, Lane};
use crate::shapes::{Area, Shape};
use crate::{tell, text};

const HEIGHT: f64 = 22.0;
const BETWEEN: f64 = 3.0;

/// Answers how high all rows are.
pub fn draw(lane: &Lane, axis: Axis, y: f64, shapes: &mut Vec<Shape>) -> f64 {
    let rows = lane.rows();
    for (index, (bar, row)) in lane.bars.iter().zip(&rows).enumerate() {
        if bar.kind == BarKind::Waits && axis.x(bar.to) - axis.x(bar.from) < 1.0 {
            continue; // it got at once what it waited for
        }
        let next = (index + 1..rows.len()).find(|next| rows[*next] == *row);
        let free = next.map_or(Axis::RIGHT, |next| axis.x(lane.bars[next].from));
        let (x, end) = (axis.x(bar.from), axis.x(bar.to));
        let y = y + *row as f64 * (HEIGHT + BETWEEN);
        let area = Area { x, y, width: (end - x).max(2.0), height: HEIGHT };
        shapes.push(shape(bar, area));
        shapes.extend(inside(bar, area).or_else(|| beside(bar, area, lane, free)));
    }
    let rows = rows.into_iter().max().map_or(0, |last| last + 1);
    (rows as f64 * (HEIGHT + BETWEEN) - BETWEEN).max(0.0)
}

fn shape(bar: &Bar, area: Area) -> Shape {
    let class = match bar.kind {
        BarKind::Task => "task",
        BarKind::Holds => "holds",
        BarKind::Waits => "waits",
    };
    let title = Some(tell::bar(bar));
    match bar.open {
        true => Shape::Torn { class, area, title },
        false => Shape::Bar { class, area, title },
    }
}

/// The label, as much of it as there is room for. Whether it waits or holds can be left to the look.
fn inside(bar: &Bar, area: Area) -> Option<Shape> {
    let class = match bar.kind {
        BarKind::Task => "on-task",
        BarKind::Holds => "on-holds",
        BarKind::Waits => "on-waits",
    };
    let [long, short] = bar.labels();
    let room = area.width - if bar.open { 16.0 } else { 10.0 };
    let has_room = |text: &&String| text::width(text, text::SIZE) <= room;
    let whole = [&long, &short].into_iter().find(has_room).cloned();
    let text = match bar.kind {
        BarKind::Task => whole.or_else(|| text::shortened(&long, text::SIZE, room)),
        _ => whole,
    };
    text.filter(|text| !text.is_empty()).map(|text| label(class, area.x + 5.0, area, text))
}

/// A bar too narrow for any text has it on its right, up to `free`; not if there are more like it.
fn beside(bar: &Bar, area: Area, lane: &Lane, free: f64) -> Option<Shape> {
    const NARROW: f64 = 24.0;
    let [text, _] = bar.labels();
    let x = area.x + area.width + 5.0;
    let has_room = area.width < NARROW && x + text::width(&text, text::SIZE) + 5.0 <= free;
    let alike = lane.bars.iter().filter(|other| other.kind == bar.kind && other.what == bar.what);
    (has_room && alike.count() == 1).then(|| label("label", x, area, text))
}

fn label(class: &'static str, x: f64, area: Area, text: String) -> Shape {
    Shape::start(class, x, area.y + 15.5, text)
}
