//! Where everything stands in a picture: runs in, SVG out.

use svg::Node;
use svg::node::element::Element;

use crate::axis::{self, Axis};
use crate::labels::MARK;
use crate::lanes::Lane;
use crate::runs::Run;
use crate::shapes::{self, Anchor, Area, MARGIN, WIDTH};
use crate::text::SMALL;
use crate::{bars, legend, marks, summary, text};

const MOST_FOR_NAMES: f64 = 170.0;
const BETWEEN: f64 = 3.0;
const PAD: f64 = 6.0;
const LINE: f64 = 20.0;
/// The sizes that the stylesheet has for other texts; a bold one is as wide as a larger one.
const BOLD: f64 = text::SIZE * 1.1;
const HEAD: f64 = 14.0 * 1.1;

/// The runs under each other.
pub fn draw(name: &str, runs: &[Run]) -> String {
    let names = runs.iter().flat_map(|run| &run.lanes);
    let widest = names.map(|lane| text::width(&lane.name, BOLD)).fold(0.0, f64::max);
    let left = MARGIN + widest.min(MOST_FOR_NAMES) + 2.0 * MARK;
    let mut page = Page { y: MARGIN, groups: Vec::new() };
    let ends = ends_of_axes(runs);
    let note = ends.windows(2).any(|two| two[0] != two[1]).then_some("a time scale of its own");
    for (run, end) in runs.iter().zip(ends) {
        page.run(run, Axis { left, end }, runs.len(), note);
    }
    let (legend, height) = legend::draw(runs, left, page.y);
    page.groups.push(legend);
    page.y += height;
    shapes::document(&summary::title(name, runs), &summary::description(runs), page.y, page.groups)
}

/// How long each run's axis is: the same, unless one run is much longer than the other.
fn ends_of_axes(runs: &[Run]) -> Vec<f64> {
    const ALIKE: f64 = 5.0;
    let ends = runs.iter().map(|run| run.ended.max(1e-6));
    let most = ends.clone().fold(0.0, f64::max);
    let alike = ends.clone().all(|end| end * ALIKE >= most);
    ends.map(|end| if alike { most } else { end }).collect()
}

/// What is laid out so far, from back to front, and where the next goes.
struct Page {
    y: f64,
    groups: Vec<Element>,
}

impl Page {
    fn run(&mut self, run: &Run, axis: Axis, runs: usize, note: Option<&str>) {
        let (lanes, thinned) = run.thinned(runs);
        self.heading(run, note.into_iter().chain(thinned.as_deref()));
        let (top, mut bands, mut drawn) = (self.y, shapes::group("bands", ""), Vec::new());
        for lane in &lanes {
            let y = self.y;
            drawn.push(self.lane(lane, axis));
            let width = axis.x(run.ended) - axis.left;
            let area = Area { x: axis.left, y, width, height: self.y - y };
            bands.append(shapes::rectangle("band", area, 4.0));
            self.y += BETWEEN;
        }
        self.groups.push(bands);
        self.axis(axis, top);
        self.groups.append(&mut drawn);
    }

    /// What the run shows: its verdict, or else the command.
    fn heading<'a>(&mut self, run: &'a Run, notes: impl Iterator<Item = &'a str>) {
        let (mut group, mut x) = (shapes::group("heading", ""), MARGIN);
        if let Some(verdict) = &run.verdict {
            let class = if verdict.starts_with("fixed") { "fixed" } else { "broken" };
            group.append(shapes::mark(class, (x + MARK, self.y + 8.0), ""));
            x += 2.0 * MARK + 8.0;
        }
        let command = run.verdict.is_some().then_some(run.command.as_str());
        let notes = command.into_iter().chain(notes).collect::<Vec<_>>().join(" · ");
        let head = run.verdict.as_ref().unwrap_or(&run.command);
        for (class, text, size) in [("head", head, HEAD), ("note", &notes, SMALL)] {
            let lines = text::wrapped(text, size, WIDTH - MARGIN - x);
            for line in lines.iter().filter(|line| !line.is_empty()) {
                group.append(shapes::text(class, (x, self.y + 13.0), Anchor::Start, line));
                self.y += LINE;
            }
        }
        self.y += PAD;
        self.groups.push(group);
    }

    /// Its marks with their labels, and below them its bars.
    fn lane(&mut self, lane: &Lane, axis: Axis) -> Element {
        let (top, mut group) = (self.y, shapes::group("lane", &lane.name));
        self.y += PAD;
        self.y += marks::draw(&lane.marks, axis, self.y, &mut group);
        self.y += bars::draw(lane, axis, self.y, &mut group);
        self.y += PAD;
        if let Some(name) = text::shortened(&lane.name, BOLD, MOST_FOR_NAMES) {
            let place = (MARGIN, (top + self.y) / 2.0 + 4.5);
            group.append(shapes::text("name", place, Anchor::Start, &name));
        }
        group
    }

    /// The ticks and their lines, which the lanes are drawn over.
    fn axis(&mut self, axis: Axis, top: f64) {
        let room = Axis::RIGHT - axis.left;
        let mut group = shapes::group("axis", "");
        for (at, label) in axis::ticks(axis.end, (room / 65.0) as u32) {
            let x = axis.x(at);
            group.append(shapes::line("grid", (x, top), (x, self.y + 3.0)));
            let (x, anchor) = match x + text::width(&label, SMALL) / 2.0 > WIDTH - MARK {
                true => (WIDTH - MARK, Anchor::End),
                false => (x, Anchor::Middle),
            };
            group.append(shapes::text("tick", (x, self.y + 16.0), anchor, &label));
        }
        self.groups.push(group);
        self.y += 16.0 + MARGIN;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // how a test says what must hold

    use roxmltree::{Document, Node};

    use super::*;
    use crate::runs::tests::run;

    fn number(node: &Node, name: &str) -> f64 {
        node.attribute(name).and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
    }

    /// A text's left and right end, its top and its bottom.
    fn area(node: &Node) -> (f64, f64, f64, f64) {
        let size = match node.attribute("class") {
            Some("head") => HEAD,
            Some("name") => BOLD,
            Some("note" | "tick") => SMALL,
            _ => text::SIZE,
        };
        let width = text::width(node.text().unwrap_or_default(), size);
        let left = number(node, "x")
            - match node.attribute("text-anchor") {
                None => 0.0,
                Some("middle") => width / 2.0,
                Some(_) => width,
            };
        let y = number(node, "y");
        (left, left + width, y - size * 0.8, y + size * 0.2)
    }

    fn assert_no_text_covers_another(picture: &str) {
        let document = Document::parse(picture).unwrap();
        let height = number(&document.root_element(), "height");
        let texts: Vec<_> =
            document.descendants().filter(|node| node.has_tag_name("text")).collect();
        assert!(!texts.is_empty() && height > 0.0);
        for (i, one) in texts.iter().enumerate() {
            let (left, right, top, bottom) = area(one);
            let inside = left >= 0.0 && right <= WIDTH && top >= 0.0 && bottom <= height;
            assert!(inside, "{one:?}: {:?}", area(one));
            for other in &texts[i + 1..] {
                let its = area(other);
                let apart = right <= its.0 || its.1 <= left || bottom <= its.2 || its.3 <= top;
                assert!(apart, "{:?} covers {:?}", one.text(), other.text());
            }
        }
    }

    #[test]
    fn no_text_covers_another_in_a_crowd() {
        let mut lines = Vec::new();
        for i in 0..120 {
            let at = f64::from(i * i) * 1e-4;
            let first = ["a: puts 1", "b: gets a longer thing", "c: begins some work"];
            let second = ["a: waits for b", "b: holds the lock", "c: ends some work"];
            lines.push((at, first[i as usize % 3]));
            lines.push((at + 3e-5, second[i as usize % 3]));
        }
        lines.push((1.44, "broken: each of the two waits for the other, and so on and on, until someone ends it for want of time"));
        let crowd = [run(&lines, 1.45), run(&lines[..90], 1.45)];
        assert_no_text_covers_another(&draw("crowd", &crowd));
    }

    #[test]
    fn an_open_bar_has_teeth_and_reaches_the_runs_end() {
        let broken = run(&[(0.0, "a: holds A"), (0.2, "a: waits for B")], 0.5);
        let fixed = run(&[(0.0, "a: holds A"), (0.2, "a: releases A")], 1.0);
        let picture = draw("pair", &[broken, fixed]);
        let left = MARGIN + text::width("a", BOLD) + 2.0 * MARK;
        let axis = Axis { left, end: 1.0 };
        // A path from its left end, a straight line, the teeth.
        for (class, from) in [("holds", 0.0), ("waits", 0.2)] {
            let (x, width) = (axis.x(from), axis.x(0.5) - axis.x(from) - 5.0);
            let start = format!("class=\"{class}\" d=\"M{:.1} ", x).replace(".0 ", " ");
            let straight = format!("h{width:.1}l5 ").replace(".0l", "l");
            let line = picture.lines().find(|line| line.contains(&start));
            assert!(
                line.is_some_and(|line| line.contains(&straight)),
                "{start} {straight}: {picture}"
            );
        }
    }

    #[test]
    fn two_runs_share_a_scale_unless_one_is_much_longer() {
        let of = |ended| run(&[(0.0, "a: puts 1")], ended);
        assert_eq!(ends_of_axes(&[of(1.0), of(0.3)]), [1.0, 1.0]);
        assert_eq!(ends_of_axes(&[of(1.0), of(0.1)]), [1.0, 0.1]);
    }

    #[test]
    fn a_run_of_microseconds_has_ticks_of_microseconds() {
        let picture = draw("fast", &[run(&[(0.0, "a: puts 1"), (4e-5, "a: puts 2")], 4e-5)]);
        assert!(picture.contains("\n5 µs\n") || picture.contains(">5 µs<"), "{picture}");
    }

    #[test]
    fn a_run_in_no_time_can_be_drawn() {
        assert_no_text_covers_another(&draw(
            "none",
            &[run(&[(0.0, "a: begins"), (0.0, "a: ends")], 0.0)],
        ));
    }
}
