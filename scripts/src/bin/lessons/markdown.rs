//! What `cargo lessons` shows of a README, found by its place and not by its words: so it is the same in
//! each language.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use textwrap::core::display_width;

use crate::screen::{BOLD, code};

#[derive(Default)]
pub struct Article {
    pub title: String,
    /// The paragraphs above the first section, without the link to the other language.
    pub opening: Vec<String>,
    pub sections: Vec<Section>,
    /// The cells of all tables.
    pub cells: Vec<String>,
}

/// What is under an H2.
#[derive(Default)]
pub struct Section {
    pub title: String,
    pub paragraphs: Vec<String>,
    /// The items of its lists, each with the lists within it.
    pub items: Vec<String>,
}

pub fn read(markdown: &str) -> Article {
    let mut article = Article::default();
    let mut depth = 0; // of lists
    for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
        let text = || inline(&markdown[range.clone()]);
        match (event, article.sections.last_mut()) {
            (Event::Start(Tag::List(_)), _) => depth += 1,
            (Event::End(TagEnd::List(_)), _) => depth -= 1,
            (Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }), _) => {
                article.title = text();
            }
            (Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }), _) => {
                article.sections.push(Section { title: text(), ..Section::default() });
            }
            (Event::Start(Tag::Item), Some(section)) if depth == 1 => section.items.push(text()),
            (Event::Start(Tag::Paragraph), Some(section)) if depth == 0 => {
                section.paragraphs.push(text());
            }
            (Event::Start(Tag::Paragraph), None)
                if !markdown[range.clone()].contains("](README.") =>
            {
                article.opening.push(text());
            }
            (Event::Start(Tag::TableCell), _) => article.cells.push(text()),
            _ => {}
        }
    }
    article
}

/// A part of a text without its marks, in colours, on one line; blocks of code are left out.
fn inline(markdown: &str) -> String {
    let (mut text, mut is_block) = (String::new(), false);
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_block = true,
            Event::End(TagEnd::CodeBlock) => is_block = false,
            Event::Text(words) if !is_block => text += &words,
            Event::Code(words) => text += &code(&words),
            Event::Start(Tag::Strong) => text += &format!("{BOLD}"),
            Event::End(TagEnd::Strong) => text += &format!("{BOLD:#}"),
            Event::SoftBreak | Event::HardBreak | Event::Start(Tag::Item | Tag::Paragraph) => {
                text += "\n";
            }
            _ => {}
        }
    }
    let lines = text.lines().filter(|line| !line.is_empty()).map(str::to_string);
    lines.reduce(joined).unwrap_or_default()
}

/// Two lines as one. Chinese has no spaces: where a line ended between its characters, or beside its
/// punctuation, there is none.
fn joined(first: String, second: String) -> String {
    let [before, after] =
        [&first, &second].map(|line| anstream::adapter::strip_str(line).to_string());
    let (before, after) = (before.chars().next_back(), after.chars().next());
    let is_mark = |char: Option<char>| is_wide(char) && !char.is_some_and(char::is_alphanumeric);
    let is_chinese = is_wide(before) && is_wide(after) || is_mark(before) || is_mark(after);
    first + if is_chinese { "" } else { " " } + &second
}

/// Whether it takes two columns, as Chinese does.
fn is_wide(char: Option<char>) -> bool {
    char.is_some_and(|char| display_width(char.encode_utf8(&mut [0; 4])) == 2)
}
