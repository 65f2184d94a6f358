//! The picture as an SVG that looks after itself: its own ground, for light and dark.

use svg::node::element::{
    Definitions, Description, Element, Group as G, Line, Path, Pattern, Rectangle, Style, Text,
    Title,
};
use svg::{Document, Node};

use crate::shapes::{Anchor, Area, Group, Picture, Shape, WIDTH};

/// Okabe and Ito's colours, which colour-blind people can tell apart, darker or lighter where text
/// or a small form needs it.
const STYLE: &str = "
text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;fill:#1f2328}
.ground{fill:#fff;stroke:#d0d7de}.band{fill:#f3f5f7}.grid{stroke:#dce1e6}.pole{stroke:#8c959f}
text.head{font-size:14px;font-weight:600}.note,.tick{font-size:12px;fill:#57606a}.name{font-weight:600}
.task{fill:#0072b2}.on-task{fill:#fff}.holds{fill:#e69f00}.on-holds{fill:#1f2328}
.waits{fill:url(#hatch);stroke:#6e7781}.hatch{stroke:#8c959f;stroke-width:2}.on-waits{paint-order:stroke;stroke:#f3f5f7;stroke-width:5px;stroke-linejoin:round}
.put{fill:#00795c}.get{fill:#a3417f}.other{fill:#57606a}
.broken,.fixed{fill:none;stroke:#c04a00;stroke-width:3;stroke-linecap:round}.fixed{stroke:#00795c}
@media(prefers-color-scheme:dark){text,.on-waits{fill:#e6edf3}
.ground{fill:#161b22;stroke:#30363d}.band{fill:#1f262e}.grid{stroke:#313943}.pole{stroke:#6e7681}
.note,.tick{fill:#9aa4af}.task{fill:#56b4e9}.on-task,.on-holds{fill:#0d1117}
.waits{stroke:#8b949e}.hatch{stroke:#6e7681}.on-waits{stroke:#1f262e}
.put{fill:#2fcb9e}.get{fill:#e59ac8}.other{fill:#9aa4af}.broken{stroke:#ff8a4c}.fixed{stroke:#2fcb9e}}
";

pub fn draw(picture: &Picture) -> String {
    let height = picture.height.ceil();
    let ground = Area { x: 0.5, y: 0.5, width: WIDTH - 1.0, height: height - 1.0 };
    let mut document = Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set("role", "img")
        .set("aria-labelledby", "title desc")
        .add(Title::new(picture.title.as_str()).set("id", "title"))
        .add(Description::new().set("id", "desc").add(svg::node::Text::new(&picture.description)))
        .add(Style::new(STYLE))
        .add(Definitions::new().add(hatch()))
        .add(rectangle("ground", &ground).set("rx", 8));
    for group in &picture.groups {
        document.append(drawn_group(group));
    }
    format!("{document}\n")
}

/// Slanted lines. They stand on the lane's ground, so they are seen on any.
fn hatch() -> Pattern {
    let line =
        Line::new().set("class", "hatch").set("x1", 0).set("y1", 0).set("x2", 0).set("y2", 7);
    Pattern::new()
        .set("id", "hatch")
        .set("width", 7)
        .set("height", 7)
        .set("patternUnits", "userSpaceOnUse")
        .set("patternTransform", "rotate(45)")
        .add(line)
}

fn drawn_group(group: &Group) -> G {
    let mut drawn = G::new().set("class", group.class);
    if let Some(title) = &group.title {
        drawn.append(Title::new(title.as_str()));
    }
    for shape in &group.shapes {
        drawn.append(drawn_shape(shape));
    }
    drawn
}

fn drawn_shape(shape: &Shape) -> Element {
    match shape {
        Shape::Bar { class, area, title } => {
            titled(rectangle(class, area).set("rx", if *class == "band" { 4 } else { 3 }), title)
        }
        Shape::Torn { class, area, title } => titled(path(class, torn(area)), title),
        Shape::Mark { class, x, y, title } => titled(path(class, mark(class, *x, *y)), title),
        Shape::Line { class, from, to } => Line::new()
            .set("class", *class)
            .set("x1", short(from.0))
            .set("y1", short(from.1))
            .set("x2", short(to.0))
            .set("y2", short(to.1))
            .into(),
        Shape::Text { class, x, y, anchor, text } => {
            let drawn = Text::new(text.as_str());
            let drawn = drawn.set("class", *class).set("x", short(*x)).set("y", short(*y));
            match anchor {
                Anchor::Start => drawn.into(),
                Anchor::Middle => drawn.set("text-anchor", "middle").into(),
                Anchor::End => drawn.set("text-anchor", "end").into(),
            }
        }
    }
}

fn titled(shape: impl Into<Element>, title: &Option<String>) -> Element {
    let mut shape = shape.into();
    if let Some(title) = title {
        shape.append(Title::new(title.as_str()));
    }
    shape
}

fn rectangle(class: &str, area: &Area) -> Rectangle {
    Rectangle::new()
        .set("class", class)
        .set("x", short(area.x))
        .set("y", short(area.y))
        .set("width", short(area.width))
        .set("height", short(area.height))
}

fn path(class: &str, d: String) -> Path {
    Path::new().set("class", class).set("d", d)
}

/// A bar whose right end has teeth.
fn torn(area: &Area) -> String {
    let deep = 5f64.min(area.width / 2.0);
    let tooth = area.height / 6.0;
    let teeth = format!("l{0} {1}l-{0} {1}", short(deep), short(tooth));
    let (x, y) = (short(area.x), short(area.y));
    let straight = short(area.width - deep);
    format!("M{x} {y}h{straight}{0}{0}{0}h-{straight}z", teeth)
}

fn mark(class: &str, x: f64, y: f64) -> String {
    let (x, y) = (short(x), short(y));
    match class {
        "put" => format!("M{x} {y}m0-5.5l5.5 10h-11z"),
        "get" => format!("M{x} {y}m0 5.5l5.5-10h-11z"),
        "broken" => format!("M{x} {y}m-5-5l10 10m0-10l-10 10"),
        "fixed" => format!("M{x} {y}m-5.5 0l4 5l8-10"),
        _ => format!("M{x} {y}m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"),
    }
}

/// A tenth of a pixel is enough.
fn short(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
