//! The bars of a lane, each in its row, and their labels.

use svg::Node;
use svg::node::element::Element;

use crate::axis::Axis;
use crate::lanes::{Bar, Lane};
use crate::shapes::{self, Anchor, Area};
use crate::{summary, text};

const HEIGHT: f64 = 22.0;
const BETWEEN: f64 = 3.0;

/// Returns how high all rows are.
pub fn draw(lane: &Lane, axis: Axis, y: f64, group: &mut Element) -> f64 {
    let rows = lane.rows();
    for (index, (bar, row)) in lane.bars.iter().zip(&rows).enumerate() {
        let (x, end) = (axis.x(bar.from), axis.x(bar.to));
        if bar.class == "waits" && end - x < 1.0 {
            continue; // it got at once what it waited for
        }
        let y = y + *row as f64 * (HEIGHT + BETWEEN);
        let area = Area { x, y, width: (end - x).max(2.0), height: HEIGHT };
        group.append(shapes::bar(bar.class, area, bar.open, &summary::bar(bar)));
        let next = (index + 1..rows.len()).find(|next| rows[*next] == *row);
        let free = next.map_or(Axis::RIGHT, |next| axis.x(lane.bars[next].from));
        let label = inside(bar, area).or_else(|| beside(bar, area, lane, free));
        if let Some((class, x, text)) = label {
            group.append(shapes::text(&class, (x, y + 15.5), Anchor::Start, &text));
        }
    }
    let rows = rows.into_iter().max().map_or(0, |last| last + 1);
    (rows as f64 * (HEIGHT + BETWEEN) - BETWEEN).max(0.0)
}

type Label = (String, f64, String);

/// As much of the label as there is room for. Whether it waits or holds can be left to the look.
fn inside(bar: &Bar, area: Area) -> Option<Label> {
    let [long, short] = bar.labels();
    let room = area.width - if bar.open { 16.0 } else { 10.0 };
    let has_room = |text: &&String| text::width(text, text::SIZE) <= room;
    let text = match bar.class {
        "task" => text::shortened(&long, text::SIZE, room),
        _ => [&long, &short].into_iter().find(has_room).cloned(),
    };
    text.filter(|text| !text.is_empty())
        .map(|text| (format!("on-{}", bar.class), area.x + 5.0, text))
}

/// A bar too narrow for any text has it on its right, up to `free`; not if there are more like it.
fn beside(bar: &Bar, area: Area, lane: &Lane, free: f64) -> Option<Label> {
    const NARROW: f64 = 24.0;
    let [text, _] = bar.labels();
    let x = area.x + area.width + 5.0;
    let has_room = area.width < NARROW && x + text::width(&text, text::SIZE) + 5.0 <= free;
    let alike = lane.bars.iter().filter(|other| other.class == bar.class && other.what == bar.what);
    (has_room && alike.count() == 1).then(|| ("label".into(), x, text))
}
