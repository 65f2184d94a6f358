//! The marks of a lane, all at one height, with their labels beside and above them.

use crate::axis::{Axis, time};
use crate::labels::{self, Label, MARK};
use crate::lanes::{Mark, MarkKind};
use crate::shapes::{Anchor, Shape, WIDTH};

const ROW: f64 = 18.0;
const BELOW: f64 = 3.0;

/// Answers how high all of it is.
pub fn draw(marks: &[Mark], axis: Axis, y: f64, shapes: &mut Vec<Shape>) -> f64 {
    if marks.is_empty() {
        return 0.0;
    }
    let places: Vec<_> = marks.iter().map(|mark| (axis.x(mark.at), mark.labels())).collect();
    let labels = labels::place(&places, (axis.left, WIDTH - MARK));
    let above = labels.iter().flatten().map(|label| label.row).max().unwrap_or(0);
    let y = y + above as f64 * ROW + ROW / 2.0;
    for label in labels.iter().flatten() {
        shapes.extend(label_and_pole(label, y));
    }
    shapes.extend(marks.iter().zip(places).map(|(mark, (x, _))| {
        let class = match mark.kind {
            MarkKind::Put => "put",
            MarkKind::Get => "get",
            MarkKind::Other => "other",
        };
        let title = Some(format!("{}, at {}", mark.what, time(mark.at)));
        Shape::Mark { class, x, y, title }
    }));
    (above + 1) as f64 * ROW + BELOW
}

fn label_and_pole(label: &Label, y: f64) -> impl Iterator<Item = Shape> {
    let top = y - label.row as f64 * ROW;
    let pole = Shape::Line { class: "pole", from: (label.mark, y), to: (label.mark, top - 7.0) };
    let (x, anchor) = match label.from > label.mark {
        true => (label.from, Anchor::Start),
        false => (label.to, Anchor::End),
    };
    let text = Shape::Text { class: "label", x, y: top + 4.5, anchor, text: label.text.clone() };
    (label.row > 0).then_some(pole).into_iter().chain([text])
}
