//! How wide a text gets. Nobody knows the reader's font, so it is taken for a wide one.

use textwrap::core::display_width;

/// The size of what has no other in the stylesheet.
pub const SIZE: f64 = 13.0;
/// The size of notes and ticks.
pub const SMALL: f64 = 12.0;
/// The width of a column, for a size of 1: about that of DejaVu Sans and Verdana.
const COLUMN: f64 = 0.65;

pub fn width(text: &str, size: f64) -> f64 {
    display_width(text) as f64 * COLUMN * size
}

/// The text, or its beginning and `…`; none if not even a few letters have room.
pub fn shortened(text: &str, size: f64, room: f64) -> Option<String> {
    const FEWEST: usize = 4;
    if width(text, size) <= room {
        return Some(text.into());
    }
    let mut short = text.to_string();
    while width(&short, size) + COLUMN * size > room && short.pop().is_some() {}
    let short = short.trim_end().to_string() + "…";
    (display_width(&short) >= FEWEST).then_some(short)
}

/// Lines of whole words, as far as they have room.
pub fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let columns = (room / (COLUMN * size)) as usize;
    textwrap::wrap(text, columns).into_iter().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shortened_to_its_room_or_left_out() {
        assert_eq!(shortened("task 3", 13.0, 100.0).as_deref(), Some("task 3"));
        let short = shortened("a rather long label", 13.0, 80.0).unwrap_or_default();
        assert!(short.ends_with('…') && width(&short, 13.0) <= 80.0, "{short}");
        assert_eq!(shortened("a rather long label", 13.0, 20.0), None);
    }

    #[test]
    fn words_are_wrapped() {
        let lines = wrapped("each of the two waits for the other", 14.0, 120.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line, 14.0) <= 120.0));
        assert_eq!(lines.join(" "), "each of the two waits for the other");
    }
}
