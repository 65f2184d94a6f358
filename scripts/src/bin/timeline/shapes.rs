//! What a picture consists of.

pub const WIDTH: f64 = 760.0;
pub const MARGIN: f64 = 16.0;

pub struct Picture {
    pub title: String,
    pub description: String,
    pub height: f64,
    /// From back to front.
    pub groups: Vec<Group>,
}

/// Shapes that belong together.
pub struct Group {
    pub class: &'static str,
    pub title: Option<String>,
    pub shapes: Vec<Shape>,
}

/// Their classes say how they look; a title is a tooltip.
#[derive(Debug, PartialEq)]
pub enum Shape {
    Bar {
        class: &'static str,
        area: Area,
        title: Option<String>,
    },
    /// A bar that has no right edge.
    Torn {
        class: &'static str,
        area: Area,
        title: Option<String>,
    },
    Mark {
        class: &'static str,
        x: f64,
        y: f64,
        title: Option<String>,
    },
    Line {
        class: &'static str,
        from: (f64, f64),
        to: (f64, f64),
    },
    Text {
        class: &'static str,
        x: f64,
        y: f64,
        anchor: Anchor,
        text: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Which part of a text stands at its x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Group {
    pub fn new(class: &'static str, shapes: Vec<Shape>) -> Self {
        Group { class, title: None, shapes }
    }
}

impl Shape {
    /// A text that starts at x.
    pub fn start(class: &'static str, x: f64, y: f64, text: String) -> Self {
        Shape::Text { class, x, y, anchor: Anchor::Start, text }
    }

    /// What a legend has to explain of it.
    pub fn meanings(&self) -> Vec<&'static str> {
        match self {
            Shape::Bar { class, .. } | Shape::Mark { class, .. } => vec![class],
            Shape::Torn { class, .. } => vec![class, "torn"],
            _ => Vec::new(),
        }
    }

    #[cfg(test)]
    pub fn text_area(&self) -> Option<Area> {
        let Shape::Text { class, x, y, anchor, text } = self else { return None };
        let size = crate::text::size(class);
        let width = crate::text::width(text, size);
        let x = match anchor {
            Anchor::Start => *x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        Some(Area { x, y: y - size * 0.85, width, height: size * 1.1 })
    }
}
