//! A README's parts by their place, whatever their words are: so it is the same in each language.

use std::fmt::Write;
use std::mem::take;

use anstyle::Style;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::screen::{BOLD, CODE, NO_BREAK, is_wide};

#[derive(Default)]
pub struct Article {
    pub title: Option<String>,
    /// The first paragraph that isn't the link to the other language.
    pub opening: Option<String>,
    pub sections: Vec<Section>,
    /// The rows of all tables.
    pub rows: Vec<Vec<String>>,
}

/// An H2, the first list under it, and the first paragraph.
#[derive(Default)]
pub struct Section {
    pub title: String,
    pub bullets: Vec<String>,
    pub text: Option<String>,
}

pub fn read(markdown: &str) -> Article {
    let mut reader = Reader::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        reader.take(event);
    }
    reader.article
}

#[derive(Default)]
struct Reader {
    article: Article,
    text: Text,
    /// How many lists the place is in.
    depth: usize,
    items: Vec<String>,
    row: Vec<String>,
}

impl Reader {
    fn take(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(words) => self.text.add(&words),
            Event::Code(code) => self.text.add_code(&code),
            Event::SoftBreak | Event::HardBreak => self.text.gap = true,
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag) {
        match tag {
            Tag::List(_) => self.depth += 1,
            // What else stands in an item of a list is a part of its text.
            Tag::Item if self.depth > 1 => self.text.gap = true,
            Tag::Paragraph if self.depth > 0 => self.text.gap = true,
            Tag::Paragraph | Tag::Item | Tag::Heading { .. } | Tag::TableCell => {
                self.text = Text::default();
            }
            Tag::Link { dest_url, .. } => self.text.is_link |= dest_url.starts_with("README."),
            Tag::CodeBlock(_) => self.text.is_left_out = true,
            Tag::Strong => _ = write!(self.text.styled, "{BOLD}"),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::Paragraph if self.depth == 0 => self.paragraph(),
            TagEnd::Item if self.depth == 1 => self.items.push(take(&mut self.text).styled),
            TagEnd::List(_) => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.list();
                }
            }
            TagEnd::TableCell => self.row.push(take(&mut self.text).styled),
            TagEnd::TableHead | TagEnd::TableRow => self.article.rows.push(take(&mut self.row)),
            TagEnd::CodeBlock => self.text.is_left_out = false,
            TagEnd::Strong => _ = write!(self.text.styled, "{BOLD:#}"),
            _ => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let title = take(&mut self.text).styled;
        match level {
            HeadingLevel::H1 => _ = self.article.title.get_or_insert(title),
            HeadingLevel::H2 => self.article.sections.push(Section { title, ..Section::default() }),
            _ => {}
        }
    }

    fn paragraph(&mut self) {
        let text = take(&mut self.text);
        match self.article.sections.last_mut() {
            Some(section) => _ = section.text.get_or_insert(text.styled),
            None if !text.is_link => _ = self.article.opening.get_or_insert(text.styled),
            None => {}
        }
    }

    fn list(&mut self) {
        let items = take(&mut self.items);
        if let Some(section) = self.article.sections.last_mut()
            && section.bullets.is_empty()
        {
            section.bullets = items;
        }
    }
}

/// A paragraph as it grows.
#[derive(Default)]
struct Text {
    styled: String,
    last: Option<char>,
    /// Whether a line has ended since.
    gap: bool,
    /// Whether it links a README, which is the line that leads to the other language.
    is_link: bool,
    is_left_out: bool,
}

impl Text {
    fn add(&mut self, words: &str) {
        self.add_styled(words, Style::new());
    }

    fn add_code(&mut self, code: &str) {
        self.add_styled(&format!("`{}`", code.replace(' ', NO_BREAK)), CODE);
    }

    fn add_styled(&mut self, words: &str, style: Style) {
        let (Some(next), Some(last)) = (words.chars().next(), words.chars().next_back()) else {
            return;
        };
        if self.is_left_out {
            return;
        }
        if take(&mut self.gap) && self.last.is_some_and(|last| is_space_between(last, next)) {
            self.styled.push(' ');
        }
        let _ = write!(self.styled, "{style}{words}{style:#}");
        self.last = Some(last);
    }
}

/// Chinese has no spaces: where a line ended between its characters, or beside its punctuation, there
/// is none.
fn is_space_between(before: char, after: char) -> bool {
    let is_mark = |char: char| is_wide(char) && !char.is_alphanumeric();
    !(is_wide(before) && is_wide(after) || is_mark(before) || is_mark(after))
}
