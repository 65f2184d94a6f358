//! Text for a terminal: as wide as it is, and in colours where it wants them.

use std::collections::HashMap;
use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_linebreak::linebreaks;

pub const BOLD: Style = Style::new().bold();
pub const CODE: Style = AnsiColor::Cyan.on_default();

/// A space at which no line is broken. It is printed as a plain one.
const NO_BREAK_SPACE: char = '\u{a0}';
/// What keeps a line from being broken between two characters. It isn't printed.
const WORD_JOINER: char = '\u{2060}';

/// A piece of code that stays on one line.
pub fn code(code: &str) -> String {
    let code = code.chars().map(|char| if char == ' ' { NO_BREAK_SPACE } else { char });
    let code: String = code.flat_map(|char| [char, WORD_JOINER]).collect();
    format!("{CODE}`{code}`{CODE:#}")
}

/// The columns there are: `COLUMNS`, what the terminal says, or 80.
pub fn columns() -> usize {
    let set = env::var("COLUMNS").ok().and_then(|set| set.parse().ok());
    let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(w, _)| w.0.into());
    set.or_else(terminal).filter(|&columns| columns > 0).unwrap_or(80).max(20)
}

/// A paragraph in lines that are easy to read; `first` begins the first of them, the others are
/// indented as far.
pub fn paragraph(first: &str, text: &str) -> String {
    let rest = " ".repeat(display_width(first));
    let options = options(columns().min(90)).initial_indent(first).subsequent_indent(&rest);
    textwrap::fill(text, options) + "\n"
}

/// A line in as many as it takes with so many columns.
pub fn folded(line: &str, columns: usize) -> Vec<String> {
    textwrap::wrap(line, options(columns)).into_iter().map(String::from).collect()
}

fn options<'a>(columns: usize) -> Options<'a> {
    Options::new(columns)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
}

/// Divides a line where it may break by the rules of Unicode, so also between Chinese characters. The codes
/// of colours aren't text: they belong to what follows.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let (mut text, mut ends, mut is_code) = (String::new(), HashMap::new(), false);
    for (at, char) in line.char_indices() {
        is_code |= char == '\x1b';
        if !is_code {
            text.push(char);
            ends.insert(text.len(), at + char.len_utf8());
        }
        is_code &= char != 'm'; // how a code ends
    }
    let breaks = linebreaks(&text).filter(|(at, _)| *at < text.len()).map(|(at, _)| ends[&at]);
    let mut places: Vec<_> = breaks.chain([line.len()]).collect();
    places.insert(0, 0);
    let words: Vec<_> = places.windows(2).map(|two| Word::from(&line[two[0]..two[1]])).collect();
    Box::new(words.into_iter())
}

/// `text` with spaces behind it, `columns` wide.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{:1$}", "", columns.saturating_sub(display_width(text)))
}

/// Writes to stdout. Colours are left out where it isn't a terminal, or NO_COLOR is set.
pub fn show(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout();
    let text = text.replace(NO_BREAK_SPACE, " ").replace(WORD_JOINER, "");
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes a line to stderr.
pub fn complain(line: impl Display) {
    scripts::complain("lessons", line);
}

/// Writes a line to stderr if that is a terminal, for someone who waits.
pub fn doing(line: impl Display) {
    if io::stderr().is_terminal() {
        complain(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(line: &str) -> Vec<String> {
        words(line).map(|word| word.word.to_string()).collect()
    }

    #[test]
    fn a_line_breaks_after_spaces_and_between_chinese_but_not_before_its_punctuation() {
        assert_eq!(words_of("who takes part"), ["who", "takes", "part"]);
        assert_eq!(words_of("锁，线程（GIL）"), ["锁，", "线", "程", "（GIL）"]);
    }

    #[test]
    fn code_is_one_word_and_a_colour_stays_with_what_it_colours() {
        let code = code("cargo run -- --race");
        assert_eq!(words_of(&format!("锁。{code} it")), ["锁。", code.as_str(), "it"]);
    }
}
