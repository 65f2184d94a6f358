//! Text for a terminal: as wide as it is, in colours if it wants them, and no fault if it is closed.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter};

pub const BOLD: Style = Style::new().bold();
pub const CODE: Style = AnsiColor::Cyan.on_default();

const RESET: &str = "\x1b[0m";

/// Stands for a space at which no line may break.
pub const NO_BREAK: &str = "\u{a0}";

/// The columns there are: `COLUMNS`, what the terminal says, or 80.
pub fn columns() -> usize {
    let set = env::var("COLUMNS").ok().and_then(|set| set.parse().ok());
    let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(w, _)| w.0.into());
    set.or_else(terminal).filter(|&columns| columns > 0).unwrap_or(80).max(20)
}

/// Whether two things beside each other have no room.
pub fn is_narrow() -> bool {
    columns() < 60
}

/// A paragraph in lines that are read with ease; `first` begins the first of them, the others are
/// indented as far.
pub fn paragraph(first: &str, text: &str) -> String {
    let rest = " ".repeat(display_width(first));
    let options = options(columns().min(90)).initial_indent(first).subsequent_indent(&rest);
    textwrap::fill(text, options).replace(NO_BREAK, " ") + "\n"
}

/// A line of a program's output in lines of `columns`.
pub fn folded(line: &str, columns: usize) -> Vec<String> {
    textwrap::wrap(line, options(columns)).into_iter().map(String::from).collect()
}

/// `text` with spaces behind it, `columns` wide.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{:1$}", "", columns.saturating_sub(display_width(text)))
}

/// Colours are left out where stdout isn't a terminal, or NO_COLOR is set.
pub fn show(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// A line on stderr.
pub fn complain(line: impl Display) {
    scripts::complain("lessons", line);
}

/// What is going on now, for someone who watches.
pub fn doing(line: impl Display) {
    if io::stderr().is_terminal() {
        complain(line);
    }
}

fn options<'a>(columns: usize) -> Options<'a> {
    Options::new(columns)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation) // a command isn't divided at its `--`
}

/// Divides a line where it may break: after spaces, and between Chinese characters.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let (mut starts, mut before, mut colour, mut is_code) = (vec![0], None, None, false);
    for (at, char) in line.char_indices() {
        if is_code || char == '\x1b' {
            is_code = char != 'm'; // how a colour's code ends
            let begins = char == '\x1b' && !line[at..].starts_with(RESET);
            colour = colour.or(begins.then_some(at));
            continue;
        }
        if before.is_some_and(|before| may_break(before, char)) {
            starts.push(colour.unwrap_or(at)); // a colour stays with what it colours
        }
        (before, colour) = (Some(char), None);
    }
    let ends: Vec<_> = starts.iter().skip(1).copied().chain([line.len()]).collect();
    Box::new(starts.into_iter().zip(ends).map(|(start, end)| Word::from(&line[start..end])))
}

fn may_break(before: char, after: char) -> bool {
    match (before, after) {
        (_, ' ') => false,
        (' ', _) => true,
        // No line ends with what opens, or begins with what closes.
        ('（' | '《' | '「' | '【' | '“' | '‘', _) => false,
        (_, '，' | '。' | '、' | '；' | '：' | '！' | '？' | '）' | '》' | '」' | '】') => {
            false
        }
        (_, '”' | '’' | '…' | '—' | ',' | '.' | ';' | ':' | '!' | '?' | ')') => false,
        _ => is_wide(before) || is_wide(after),
    }
}

/// Whether it takes two columns, as Chinese does.
pub fn is_wide(char: char) -> bool {
    display_width(char.encode_utf8(&mut [0; 4])) == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(line: &str) -> Vec<String> {
        words(line).map(|word| word.word.to_string()).collect()
    }

    #[test]
    fn a_line_breaks_after_spaces_and_between_chinese_but_not_before_its_punctuation() {
        assert_eq!(words_of("the `--race` flag"), ["the", "`--race`", "flag"]);
        assert_eq!(words_of("锁，线程（GIL）"), ["锁，", "线", "程", "（GIL）"]);
    }

    #[test]
    fn a_colour_stays_with_what_it_colours() {
        assert_eq!(words_of("in \x1b[36m`x`\x1b[0m it"), ["in", "\x1b[36m`x`\x1b[0m", "it"]);
        assert_eq!(words_of("锁。\x1b[36m`x`\x1b[0m里"), ["锁。", "\x1b[36m`x`\x1b[0m", "里"]);
    }
}
