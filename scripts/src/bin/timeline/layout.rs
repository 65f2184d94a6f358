//! Where everything stands in a picture: runs in, shapes out.

use crate::axis::{self, Axis};
use crate::bars;
use crate::events::Story;
use crate::labels::MARK;
use crate::lanes::{self, Lane};
use crate::marks;
use crate::shapes::{Anchor, Area, Group, MARGIN, Picture, Shape, WIDTH};
use crate::{tell, text};

const MOST_FOR_NAMES: f64 = 170.0;
const BETWEEN: f64 = 3.0;
const PAD: f64 = 6.0;
const LINE: f64 = 20.0;
/// What a bold text of the usual size is as wide as.
const BOLD: f64 = text::SIZE * 1.1;

/// A run, to be drawn.
pub struct Panel {
    pub command: String,
    pub verdict: Option<String>,
    pub lanes: Vec<Lane>,
    pub events: usize,
    pub ended: f64,
}

impl Panel {
    /// Time runs from the first event: what a program takes to start is no part of its story.
    pub fn new(command: String, story: Story) -> Self {
        let story = story.since_first_event();
        let (lanes, events) = (lanes::lanes(&story), story.events.len());
        Panel { command, verdict: story.verdict, lanes, events, ended: story.ended }
    }
}

/// The panels under each other.
pub fn picture(name: &str, panels: &[Panel]) -> Picture {
    let names = panels.iter().flat_map(|panel| &panel.lanes);
    let widest = names.map(|lane| text::width(&lane.name, BOLD)).fold(0.0, f64::max);
    let left = MARGIN + widest.min(MOST_FOR_NAMES) + 2.0 * MARK;
    let mut page = Page { y: MARGIN, left, groups: Vec::new() };
    let ends = ends_of_axes(panels);
    let note = ends.windows(2).any(|two| two[0] != two[1]).then_some("a time scale of its own");
    for (panel, end) in panels.iter().zip(ends) {
        page.panel(panel, Axis { left, end }, panels.len(), note);
    }
    page.legend();
    Picture {
        title: tell::title(name, panels),
        description: tell::description(panels),
        height: page.y,
        groups: page.groups,
    }
}

/// How long each panel's axis is: the same, unless one run is much longer than the other.
fn ends_of_axes(panels: &[Panel]) -> Vec<f64> {
    const ALIKE: f64 = 5.0;
    let ends = panels.iter().map(|panel| panel.ended.max(1e-6));
    let most = ends.clone().fold(0.0, f64::max);
    let alike = ends.clone().all(|end| end * ALIKE >= most);
    ends.map(|end| if alike { most } else { end }).collect()
}

/// What is laid out so far, and where the next goes.
struct Page {
    y: f64,
    left: f64,
    groups: Vec<Group>,
}

impl Page {
    fn panel(&mut self, panel: &Panel, axis: Axis, panels: usize, note: Option<&str>) {
        let (lanes, thinned) = lanes::thinned(panel.lanes.clone(), panels);
        self.heading(panel, note.into_iter().chain(thinned.as_deref()));
        let (top, behind) = (self.y, self.groups.len());
        let mut bands = Vec::new();
        for lane in &lanes {
            let y = self.y;
            self.lane(lane, axis);
            let width = axis.x(panel.ended) - axis.left;
            bands.push(bar(Area { x: axis.left, y, width, height: self.y - y }, "band"));
            self.y += BETWEEN;
        }
        self.groups.insert(behind, Group::new("bands", bands));
        self.axis(axis, top, behind + 1);
    }

    /// What the panel shows: its verdict, or else the command.
    fn heading<'a>(&mut self, panel: &'a Panel, notes: impl Iterator<Item = &'a str>) {
        let mut shapes = Vec::new();
        let mut x = MARGIN;
        if let Some(verdict) = &panel.verdict {
            let class = if verdict.starts_with("fixed") { "fixed" } else { "broken" };
            shapes.push(Shape::Mark { class, x: x + MARK, y: self.y + 8.0, title: None });
            x += 2.0 * MARK + 8.0;
        }
        let head = panel.verdict.as_ref().unwrap_or(&panel.command);
        self.lines(&mut shapes, "head", x, head);
        let command = panel.verdict.is_some().then_some(panel.command.as_str());
        let notes = command.into_iter().chain(notes).collect::<Vec<_>>().join(" · ");
        if !notes.is_empty() {
            self.lines(&mut shapes, "note", x, &notes);
        }
        self.y += PAD;
        self.groups.push(Group::new("heading", shapes));
    }

    fn lines(&mut self, shapes: &mut Vec<Shape>, class: &'static str, x: f64, text: &str) {
        for line in text::wrapped(text, text::size(class), WIDTH - MARGIN - x) {
            shapes.push(Shape::start(class, x, self.y + 13.0, line));
            self.y += LINE;
        }
    }

    /// Its marks with their labels, and below them its bars.
    fn lane(&mut self, lane: &Lane, axis: Axis) {
        let top = self.y;
        let mut shapes = Vec::new();
        self.y += PAD;
        self.y += marks::draw(&lane.marks, axis, self.y, &mut shapes);
        self.y += bars::draw(lane, axis, self.y, &mut shapes);
        self.y += PAD;
        if let Some(name) = text::shortened(&lane.name, BOLD, MOST_FOR_NAMES) {
            shapes.push(Shape::start("name", MARGIN, (top + self.y) / 2.0 + 4.5, name));
        }
        self.groups.push(Group { class: "lane", title: Some(lane.name.clone()), shapes });
    }

    /// The ticks and, behind the lanes, their lines.
    fn axis(&mut self, axis: Axis, top: f64, behind: usize) {
        let room = Axis::RIGHT - axis.left;
        let (mut lines, mut labels) = (Vec::new(), Vec::new());
        for (at, label) in axis::ticks(axis.end, (room / 65.0) as u32) {
            let x = axis.x(at);
            lines.push(Shape::Line { class: "grid", from: (x, top), to: (x, self.y + 3.0) });
            let half = text::width(&label, text::size("tick")) / 2.0;
            let (x, anchor) = match x + half > WIDTH - MARK {
                true => (WIDTH - MARK, Anchor::End),
                false => (x, Anchor::Middle),
            };
            labels.push(Shape::Text { class: "tick", x, y: self.y + 16.0, anchor, text: label });
        }
        self.groups.insert(behind, Group::new("grid", lines));
        self.groups.push(Group::new("axis", labels));
        self.y += 16.0 + MARGIN;
    }

    /// What the forms mean that are there.
    fn legend(&mut self) {
        const MEANINGS: [(&str, &str); 6] = [
            ("task", "runs"),
            ("holds", "holds"),
            ("waits", "waits"),
            ("torn", "hasn't ended"),
            ("put", "puts or writes"),
            ("get", "gets or reads"),
        ];
        let all = self.groups.iter().flat_map(|group| &group.shapes);
        let classes: Vec<_> = all.flat_map(Shape::meanings).collect();
        let (mut shapes, mut x) = (Vec::new(), self.left);
        for (class, meaning) in MEANINGS.into_iter().filter(|(class, _)| classes.contains(class)) {
            let width = if matches!(class, "put" | "get") { 2.0 * MARK } else { 22.0 };
            let area = Area { x, y: self.y, width, height: 13.0 };
            shapes.push(match class {
                "put" | "get" => Shape::Mark { class, x: x + MARK, y: self.y + 6.0, title: None },
                "torn" => Shape::Torn { class: "waits", area, title: None },
                _ => bar(area, class),
            });
            x += width + 6.0;
            shapes.push(Shape::start("note", x, self.y + 10.0, meaning.into()));
            x += text::width(meaning, text::size("note")) + 16.0;
        }
        self.y += if shapes.is_empty() { 0.0 } else { 13.0 + MARGIN };
        self.groups.push(Group::new("legend", shapes));
    }
}

fn bar(area: Area, class: &'static str) -> Shape {
    Shape::Bar { class, area, title: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Line;
    use crate::grammar;

    fn panel(lines: &[(f64, &str)], ended: f64) -> Panel {
        let line = |&(at, text): &(f64, &str)| Line { at, text: text.into() };
        let lines: Vec<_> = lines.iter().map(line).collect();
        Panel::new("cargo run -p example".into(), grammar::read(&lines, ended))
    }

    fn shapes(picture: &Picture) -> Vec<&Shape> {
        picture.groups.iter().flat_map(|group| &group.shapes).collect()
    }

    fn assert_no_text_covers_another(picture: &Picture) {
        let shapes = shapes(picture);
        let texts: Vec<_> = shapes.iter().filter_map(|s| s.text_area().map(|a| (s, a))).collect();
        for (i, (one, area)) in texts.iter().enumerate() {
            assert!(area.x >= 0.0 && area.x + area.width <= WIDTH, "{one:?}");
            assert!(area.y >= 0.0 && area.y + area.height <= picture.height, "{one:?}");
            for (other, its) in &texts[i + 1..] {
                let apart = area.x + area.width <= its.x
                    || its.x + its.width <= area.x
                    || area.y + area.height <= its.y
                    || its.y + its.height <= area.y;
                assert!(apart, "{one:?} covers {other:?}");
            }
        }
    }

    #[test]
    fn no_text_covers_another_in_a_crowd() {
        let mut lines = Vec::new();
        for i in 0..120 {
            let at = f64::from(i * i) * 1e-4;
            lines.push((
                at,
                ["a: puts 1", "b: gets a longer thing", "c: begins some work"][i as usize % 3],
            ));
            lines.push((
                at + 3e-5,
                ["a: waits for b", "b: holds the lock", "c: ends some work"][i as usize % 3],
            ));
        }
        lines.push((1.44, "broken: each of the two waits for the other, and so on and on, until someone ends it for want of time"));
        let crowd = [panel(&lines, 1.45), panel(&lines[..90], 1.45)];
        assert_no_text_covers_another(&picture("crowd", &crowd));
    }

    #[test]
    fn an_open_bar_is_torn_and_reaches_the_runs_end() {
        let broken = panel(&[(0.0, "a: holds A"), (0.2, "a: waits for B")], 0.5);
        let fixed = panel(&[(0.0, "a: holds A"), (0.2, "a: releases A")], 1.0);
        let picture = picture("pair", &[broken, fixed]);
        let ends = |shape: &&Shape| match shape {
            Shape::Torn { area, title: Some(_), .. } => Some(area.x + area.width),
            _ => None,
        };
        let ends: Vec<_> = shapes(&picture).iter().filter_map(ends).collect();
        let left = MARGIN + text::width("a", BOLD) + 2.0 * MARK;
        let half = Axis { left, end: 1.0 }.x(0.5);
        assert_eq!(ends, [half, half]);
    }

    #[test]
    fn two_runs_share_a_scale_unless_one_is_much_longer() {
        let of = |ended| panel(&[(0.0, "a: puts 1")], ended);
        assert_eq!(ends_of_axes(&[of(1.0), of(0.3)]), [1.0, 1.0]);
        assert_eq!(ends_of_axes(&[of(1.0), of(0.1)]), [1.0, 0.1]);
    }

    #[test]
    fn a_run_of_microseconds_has_ticks_of_microseconds() {
        let lines = [(0.0, "@0.000002 a: puts 1"), (0.1, "@0.000042 a: puts 2")];
        let picture = picture("fast", &[panel(&lines, 3.0)]);
        let tick = |shape: &&Shape| matches!(shape, Shape::Text { class: "tick", text, .. } if text == "5 µs");
        assert!(shapes(&picture).iter().any(tick));
    }

    #[test]
    fn a_run_in_no_time_can_be_drawn() {
        let picture = picture("none", &[panel(&[(0.0, "a: begins"), (0.0, "a: ends")], 0.0)]);
        assert!(picture.height.is_finite());
        assert_no_text_covers_another(&picture);
    }
}
