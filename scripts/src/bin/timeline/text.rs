//! How wide a text gets. Nobody knows the reader's font, so it is taken for a wide one.

/// What has no size of its own.
pub const SIZE: f64 = 13.0;

/// As the stylesheet has it.
pub fn size(class: &str) -> f64 {
    match class {
        "head" => 14.0,
        "note" | "tick" => 12.0,
        _ => SIZE,
    }
}

/// About the width in DejaVu Sans and Verdana; Helvetica and its like need a tenth less.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(of_char).sum::<f64>() * size
}

fn of_char(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.28,
        ' ' | '.' | ',' | ':' | ';' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' => 0.40,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '>' | '<' | '=' | '+' | '~' | '#' => 0.98,
        'a'..='z' | '0'..='9' | '_' | '$' | '"' | '*' => 0.64,
        'A'..='Z' | '&' => 0.76,
        c if c.is_ascii() => 0.7,
        c if c < '\u{1100}' => 0.75,
        _ => 1.05, // Chinese, and what else has a square of its own
    }
}

/// The text, or its beginning and `…`; none if not even a few letters have room.
pub fn shortened(text: &str, size: f64, room: f64) -> Option<String> {
    const FEWEST: usize = 3;
    if width(text, size) <= room {
        return Some(text.into());
    }
    let mut short = String::new();
    for c in text.chars() {
        if width(&short, size) + of_char(c) * size + of_char('…') * size > room {
            break;
        }
        short.push(c);
    }
    let short = short.trim_end();
    (short.chars().count() >= FEWEST).then(|| format!("{short}…"))
}

/// Lines of whole words; one that is wider than all the room has a line for itself, shortened.
pub fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shortened(word, size, room).unwrap_or_default()),
        }
    }
    lines
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
