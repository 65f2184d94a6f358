//! The marks of a lane, all at one height, with their labels beside and above them.

use svg::Node;
use svg::node::element::Element;

use crate::axis::{Axis, time};
use crate::labels::{self, MARK};
use crate::lanes::Mark;
use crate::shapes::{self, Anchor, WIDTH};

const ROW: f64 = 18.0;
const BELOW: f64 = 3.0;

/// Returns how high all of it is.
pub fn draw(marks: &[Mark], axis: Axis, y: f64, group: &mut Element) -> f64 {
    if marks.is_empty() {
        return 0.0;
    }
    let places: Vec<_> = marks.iter().map(|mark| (axis.x(mark.at), mark.labels())).collect();
    let labels = labels::place(&places, (axis.left, WIDTH - MARK));
    let above = labels.iter().flatten().map(|label| label.row).max().unwrap_or(0);
    let y = y + above as f64 * ROW + ROW / 2.0;
    for label in labels.iter().flatten() {
        let top = y - label.row as f64 * ROW;
        if label.row > 0 {
            group.append(shapes::line("pole", (label.mark, y), (label.mark, top - 7.0)));
        }
        let (x, anchor) = match label.from > label.mark {
            true => (label.from, Anchor::Start),
            false => (label.to, Anchor::End),
        };
        group.append(shapes::text("label", (x, top + 4.5), anchor, &label.text));
    }
    for (mark, (x, _)) in marks.iter().zip(places) {
        let title = format!("{}, at {}", mark.what, time(mark.at));
        group.append(shapes::mark(mark.class, (x, y), &title));
    }
    (above + 1) as f64 * ROW + BELOW
}
