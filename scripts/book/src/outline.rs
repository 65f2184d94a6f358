//! Where in a Markdown text its headings, blocks of code and links are.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The places of a text that the book changes.
#[derive(Default)]
pub struct Outline {
    pub headings: Vec<Heading>,
    /// The blocks of code, each with what stands behind its opening fence.
    pub blocks: Vec<(String, Range<usize>)>,
    /// What the links lead to, and where that stands; `<https://…>` isn't one of them.
    pub links: Vec<(String, Range<usize>)>,
    /// The files of the pictures.
    pub pictures: Vec<(String, Range<usize>)>,
    length: usize,
}

pub struct Heading {
    pub level: HeadingLevel,
    /// The text without its marks.
    pub title: String,
    pub range: Range<usize>,
}

impl Outline {
    pub fn new(text: &str) -> Self {
        let mut outline = Self { length: text.len(), ..Self::default() };
        let mut in_heading = false;
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    in_heading = true;
                    outline.headings.push(Heading { level, title: String::new(), range });
                }
                Event::End(TagEnd::Heading(_)) => in_heading = false,
                Event::Text(part) | Event::Code(part) if in_heading => {
                    outline.headings.iter_mut().last().into_iter().for_each(|h| h.title += &part);
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) => {
                    outline.blocks.push((kind.to_string(), range));
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    if let Some(at) = text[range.clone()].rfind("](") {
                        let target = range.start + at + 2..range.end - 1;
                        outline.links.push((dest_url.to_string(), target));
                    }
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    outline.pictures.push((dest_url.to_string(), range));
                }
                _ => {}
            }
        }
        outline
    }

    /// The section at a place: from its heading to the next one that isn't below it.
    pub fn section(&self, at: usize) -> Range<usize> {
        let Some(last) = self.headings.iter().rposition(|heading| heading.range.start <= at) else {
            return 0..self.length;
        };
        let heading = &self.headings[last];
        let next = self.headings[last + 1..].iter().find(|next| next.level <= heading.level);
        heading.range.start..next.map_or(self.length, |next| next.range.start)
    }
}

/// A file's content as a block of code.
pub fn block(path: &str, content: &str) -> String {
    let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("rs") => "rust",
        Some("py") => "python",
        Some("toml") => "toml",
        Some("yml") => "yaml",
        _ => "text",
    };
    format!("~~~~{kind}\n{content}\n~~~~\n")
}
