//! What the forms mean that are there.

use svg::Node;
use svg::node::element::Element;

use crate::lanes::Lane;
use crate::runs::Run;
use crate::shapes::{self, Anchor, Area, MARGIN};
use crate::text::{SMALL, width};

const HEIGHT: f64 = 13.0;

const MEANINGS: [(&str, &str); 6] = [
    ("task", "runs"),
    ("holds", "holds"),
    ("waits", "waits"),
    ("open", "hasn't ended"),
    ("put", "puts or writes"),
    ("get", "gets or reads"),
];

/// Returns the legend and how high it is.
pub fn draw(runs: &[Run], left: f64, y: f64) -> (Element, f64) {
    let classes: Vec<_> = runs.iter().flat_map(|run| &run.lanes).flat_map(Lane::classes).collect();
    let (mut group, mut x) = (shapes::group("legend", ""), left);
    for (class, meaning) in MEANINGS.into_iter().filter(|(class, _)| classes.contains(class)) {
        let area = Area { x, y, width: 22.0, height: HEIGHT };
        group.append(match class {
            "put" | "get" => shapes::mark(class, (x + 11.0, y + 6.0), ""),
            "open" => shapes::bar("waits", area, true, ""),
            _ => shapes::bar(class, area, false, ""),
        });
        x += 28.0;
        group.append(shapes::text("note", (x, y + 10.0), Anchor::Start, meaning));
        x += width(meaning, SMALL) + 16.0;
    }
    (group, if x > left { HEIGHT + MARGIN } else { 0.0 })
}
