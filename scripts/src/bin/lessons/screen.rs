//! Text for a terminal: as wide as it is, and in colours where it wants them.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

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
    let options = Options::new(columns().min(90))
        .initial_indent(first)
        .subsequent_indent(&rest)
        .word_splitter(WordSplitter::NoHyphenation); // a command isn't divided at its `--`
    textwrap::fill(text, options) + "\n"
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
