//! The shapes of a picture, as SVG; how they look says the stylesheet, by their classes.

use svg::node::Text;
use svg::node::element::{Element, Style};
use svg::{Document, Node};

pub const WIDTH: f64 = 760.0;
pub const MARGIN: f64 = 16.0;

#[derive(Clone, Copy)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Which part of a text stands at its x, as SVG calls it.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// Slanted lines for what waits. They stand on the lane's ground, so they are seen on any.
const HATCH: &str = "<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" \
    patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
    <line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\"/></pattern></defs>";

/// The whole picture. It has its own ground, for light and dark, and loads nothing.
pub fn document(title: &str, description: &str, height: f64, groups: Vec<Element>) -> String {
    let height = height.ceil();
    let ground = Area { x: 0.5, y: 0.5, width: WIDTH - 1.0, height: height - 1.0 };
    let named = |tag: &str, text: &str| {
        let mut element = element(tag, None, []);
        element.assign("id", tag);
        element.append(Text::new(text));
        element
    };
    let document = Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set("role", "img")
        .set("aria-labelledby", "title desc")
        .add(named("title", title))
        .add(named("desc", description))
        .add(Style::new(include_str!("style.css")))
        .add(svg::node::Blob::new(HATCH))
        .add(rectangle("ground", ground, 8.0));
    let add = |document: Document, group| document.add(group);
    format!("{}\n", groups.into_iter().fold(document, add))
}

/// Shapes that belong together; a title is a tooltip.
pub fn group(class: &str, title: &str) -> Element {
    titled(element("g", Some(class), []), title)
}

/// A rectangle, or where it is open, one whose right end has teeth.
pub fn bar(class: &str, area: Area, open: bool, title: &str) -> Element {
    if !open {
        return titled(rectangle(class, area, 3.0), title);
    }
    let deep = 5f64.min(area.width / 2.0);
    let [x, y, straight, deep, tooth] =
        [area.x, area.y, area.width - deep, deep, area.height / 6.0].map(short);
    let teeth = format!("l{deep} {tooth}l-{deep} {tooth}").repeat(3);
    path(class, format!("M{x} {y}h{straight}{teeth}h-{straight}z"), title)
}

pub fn rectangle(class: &str, area: Area, round: f64) -> Element {
    let Area { x, y, width, height } = area;
    let sides = [("x", x), ("y", y), ("width", width), ("height", height), ("rx", round)];
    element("rect", Some(class), sides)
}

pub fn mark(class: &str, (x, y): (f64, f64), title: &str) -> Element {
    let form = match class {
        "put" => "m0-5.5l5.5 10h-11z",
        "get" => "m0 5.5l5.5-10h-11z",
        "broken" => "m-5-5l10 10m0-10l-10 10",
        "fixed" => "m-5.5 0l4 5l8-10",
        _ => "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    };
    path(class, format!("M{} {}{form}", short(x), short(y)), title)
}

pub fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> Element {
    element("line", Some(class), [("x1", from.0), ("y1", from.1), ("x2", to.0), ("y2", to.1)])
}

pub fn text(class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) -> Element {
    let mut element = element("text", Some(class), [("x", x), ("y", y)]);
    match anchor {
        Anchor::Start => {}
        Anchor::Middle => element.assign("text-anchor", "middle"),
        Anchor::End => element.assign("text-anchor", "end"),
    }
    element.append(Text::new(text));
    element
}

fn path(class: &str, d: String, title: &str) -> Element {
    let mut path = element("path", Some(class), []);
    path.assign("d", d);
    titled(path, title)
}

fn titled(mut shape: Element, title: &str) -> Element {
    if !title.is_empty() {
        let mut element = element("title", None, []);
        element.append(Text::new(title));
        shape.append(element);
    }
    shape
}

fn element<const N: usize>(tag: &str, class: Option<&str>, places: [(&str, f64); N]) -> Element {
    let mut element = Element::new(tag);
    if let Some(class) = class {
        element.assign("class", class);
    }
    places.into_iter().for_each(|(name, value)| element.assign(name, short(value)));
    element
}

/// A tenth of a pixel is enough.
fn short(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
