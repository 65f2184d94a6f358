//! Two texts side by side where the terminal has room, otherwise one under the other.

use textwrap::core::display_width;

use crate::screen::{BOLD, columns, folded, padded};

/// A title and the lines under it.
pub struct Column {
    pub title: String,
    pub lines: Vec<String>,
}

impl Column {
    pub fn of_code(title: String, code: &str) -> Self {
        Self { title, lines: code.lines().map(str::to_string).collect() }
    }

    /// A program's output: tabs become spaces, colours and other control characters are left out.
    pub fn of_output(title: String, output: &[u8]) -> Self {
        let text = String::from_utf8_lossy(output);
        let plain = anstream::adapter::strip_str(&text).to_string();
        Self { title, lines: plain.lines().map(without_tabs).collect() }
    }

    /// The title and the lines, folded where they are wider than the terminal.
    pub fn show(&self) -> String {
        let line = "-".repeat(display_width(&self.title));
        let folded = self.lines.iter().flat_map(|line| folded(line, columns()));
        let folded: String = folded.map(|line| format!("{line}\n")).collect();
        format!("{BOLD}{}{BOLD:#}\n{line}\n{folded}", self.title)
    }

    fn width(&self) -> usize {
        self.lines.iter().chain([&self.title]).map(|line| display_width(line)).max().unwrap_or(0)
    }
}

pub fn show(left: &Column, right: &Column) -> String {
    let (width, rest) = (left.width(), right.width());
    if width + " | ".len() + rest > columns() {
        return left.show() + "\n" + &right.show();
    }
    let mut page =
        format!("{BOLD}{}{BOLD:#} | {BOLD}{}{BOLD:#}\n", padded(&left.title, width), right.title);
    page += &format!("{}-+-{}\n", "-".repeat(width), "-".repeat(rest));
    for number in 0..left.lines.len().max(right.lines.len()) {
        let line = |column: &Column| column.lines.get(number).cloned().unwrap_or_default();
        let both = format!("{} | {}", padded(&line(left), width), line(right));
        page += &format!("{}\n", both.trim_end());
    }
    page
}

fn without_tabs(line: &str) -> String {
    let mut parts = line.split('\t').map(|part| part.replace(char::is_control, ""));
    let mut spaced = parts.next().unwrap_or_default();
    for part in parts {
        let stop = (display_width(&spaced) / 8 + 1) * 8;
        spaced = padded(&spaced, stop) + &part;
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_go_to_the_next_stop_and_control_characters_go_away() {
        let output = "a\tb\x07\r\n进程\t\x1b[1mc\x1b[0m";
        let column = Column::of_output(String::new(), output.as_bytes());
        assert_eq!(column.lines, ["a       b", "进程    c"]);
    }
}
