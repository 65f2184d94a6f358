//! Two programs' output in two columns, or one under the other where there is no room.

use textwrap::core::display_width;

use crate::screen::{BOLD, columns, folded, is_narrow, padded};

/// A title and the lines under it.
pub type Column<'a> = (&'a str, &'a [String]);

pub fn show(left: Column, right: Column) -> String {
    if is_narrow() { one_after_the_other(left, right) } else { beside(left, right, columns()) }
}

/// The same for code, whose lines aren't folded where they can stand one under the other.
pub fn show_code(left: Column, right: Column) -> String {
    let fits = longest(left) + 3 + longest(right) <= columns();
    if fits { beside(left, right, columns()) } else { one_after_the_other(left, right) }
}

fn one_after_the_other(left: Column, right: Column) -> String {
    stacked(left) + "\n" + &stacked(right)
}

pub fn stacked((title, lines): Column) -> String {
    let folded = lines.iter().flat_map(|line| folded(line, columns()));
    format!("{BOLD}{title}{BOLD:#}\n{}\n", "-".repeat(display_width(title)))
        + &folded.map(|line| line + "\n").collect::<String>()
}

fn beside(left: Column, right: Column, columns: usize) -> String {
    let width = longest(left).min((columns - 3) / 2);
    let rest = longest(right).min(columns - 3 - width);
    let mut page = format!("{BOLD}{}{BOLD:#} | {BOLD}{}{BOLD:#}\n", padded(left.0, width), right.0);
    page += &format!("{}-+-{}\n", "-".repeat(width), "-".repeat(rest));
    for number in 0..left.1.len().max(right.1.len()) {
        let part = |lines: &[String], width| {
            lines.get(number).map_or_else(Vec::new, |line| folded(line, width))
        };
        let (left, right) = (part(left.1, width), part(right.1, rest));
        for row in 0..left.len().max(right.len()) {
            let text = |rows: &[String]| rows.get(row).cloned().unwrap_or_default();
            let line = format!("{} | {}", padded(&text(&left), width), text(&right));
            page += &(line.trim_end().to_string() + "\n");
        }
    }
    page
}

fn longest((title, lines): Column) -> usize {
    lines.iter().map(String::as_str).chain([title]).map(display_width).max().unwrap_or(0)
}

/// The lines of a program's output: tabs as spaces, without colours and other control characters.
pub fn lines(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let plain = anstream::adapter::strip_str(&text).to_string();
    plain.lines().map(without_tabs).collect()
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

    fn lines_of(text: &str) -> Vec<String> {
        lines(text.as_bytes())
    }

    #[test]
    fn tabs_go_to_the_next_stop_and_control_characters_go_away() {
        assert_eq!(lines_of("a\tb\x07\r\n进程\t\x1b[1mc\x1b[0m"), ["a       b", "进程    c"]);
    }

    #[test]
    fn a_long_line_stays_in_its_column() {
        let (left, right) = (lines_of("进程和线程进程和线程进程和线程"), lines_of("short\nline"));
        let page = beside(("Python", &left), ("Rust", &right), 23);
        let rows: Vec<_> = page.lines().skip(2).collect();
        assert_eq!(
            rows,
            ["进程和线程 | short", "进程和线程 |", "进程和线程 |", "           | line"]
        );
    }
}
