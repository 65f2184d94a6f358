//! What stands in a Markdown file, in the order of the file, each with its line there.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::Block;

/// A Markdown file, taken apart.
#[derive(Debug, Default)]
pub struct Document {
    /// The headings.
    pub headings: Vec<Heading>,
    /// The blocks of code; one that is indented instead of fenced has the info `indented`.
    pub blocks: Vec<Block>,
    /// The tables.
    pub tables: Vec<Table>,
    /// The lists, also those within others.
    pub lists: Vec<List>,
    /// The links.
    pub links: Vec<Link>,
    /// The pictures.
    pub pictures: Vec<Picture>,
    /// All that is read as prose: paragraphs, headings, list items, cells of tables, texts of pictures.
    pub prose: Vec<Text>,
    /// HTML, with its line.
    pub html: Vec<(usize, String)>,
}

/// Some prose that stands together.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// The line in the file.
    pub line: usize,
    /// The words, code in backticks among them, without other marks; `\n` where the line breaks.
    pub text: String,
    /// The code in it, without the backticks.
    pub codes: Vec<String>,
}

/// A heading.
#[derive(Debug)]
pub struct Heading {
    /// The line in the file.
    pub line: usize,
    /// 1 to 6.
    pub level: usize,
    /// Its words.
    pub title: String,
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// The line in the file.
    pub line: usize,
    /// Its rows, the head first.
    pub rows: Vec<Vec<Text>>,
}

/// A list.
#[derive(Debug)]
pub struct List {
    /// The line in the file.
    pub line: usize,
    /// Its items, as they are written.
    pub items: Vec<String>,
}

/// A link.
#[derive(Debug)]
pub struct Link {
    /// The line in the file.
    pub line: usize,
    /// Where it leads.
    pub target: String,
}

/// A picture.
#[derive(Debug)]
pub struct Picture {
    /// The line in the file.
    pub line: usize,
    /// Where it is.
    pub target: String,
    /// What those read who don't see it.
    pub alt: String,
}

impl Document {
    /// Takes a Markdown text apart, as GitHub reads it.
    #[must_use]
    pub fn new(source: &str) -> Self {
        let mut reading = Reading::default();
        let parser =
            Parser::new_ext(source, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
        let mut line = Lines { source, offset: 0, line: 1 };
        for (event, range) in parser.into_offset_iter() {
            let written = source.get(range.clone()).unwrap_or_default();
            reading.event(event, line.at(range.start), written);
        }
        reading.done
    }
}

/// Counts lines on the way through a text.
struct Lines<'a> {
    source: &'a str,
    offset: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, offset: usize) -> usize {
        // An end comes with the place where its beginning was.
        if offset > self.offset {
            let between = self.source.get(self.offset..offset).unwrap_or_default();
            self.line += between.matches('\n').count();
            self.offset = offset;
        }
        let back = self.source.get(offset..self.offset).unwrap_or_default();
        self.line - back.matches('\n').count()
    }
}

/// What is being read, and what has been.
#[derive(Default)]
struct Reading {
    done: Document,
    text: Text,
    /// The block of code or the picture that the next words belong to.
    block: Option<Block>,
    picture: Option<Picture>,
    /// The lists that we are in, by their number in `done.lists`.
    within: Vec<usize>,
}

impl Reading {
    fn event(&mut self, event: Event, line: usize, written: &str) {
        match event {
            Event::Start(tag) => self.start(tag, line, written),
            Event::End(tag) => self.end(tag),
            Event::Text(words) => self.words(&words, line),
            Event::Code(code) => {
                self.words(&format!("`{code}`"), line);
                self.text.codes.push(code.into_string());
            }
            Event::SoftBreak | Event::HardBreak => self.words("\n", line),
            Event::Html(html) | Event::InlineHtml(html) => {
                self.done.html.push((line, html.into_string()));
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag, line: usize, written: &str) {
        match tag {
            Tag::Link { dest_url, .. } => {
                self.done.links.push(Link { line, target: dest_url.into_string() });
            }
            Tag::Image { dest_url, .. } => {
                let (target, alt) = (dest_url.into_string(), String::new());
                self.picture = Some(Picture { line, target, alt });
            }
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {}
            block => {
                self.paragraph();
                self.start_block(block, line, written);
            }
        }
    }

    fn start_block(&mut self, tag: Tag, line: usize, written: &str) {
        let done = &mut self.done;
        match tag {
            Tag::Heading { level, .. } => {
                done.headings.push(Heading { line, level: level as usize, title: String::new() });
            }
            Tag::CodeBlock(kind) => {
                let (info, line) = match kind {
                    CodeBlockKind::Fenced(info) => (info.into_string(), line + 1),
                    CodeBlockKind::Indented => ("indented".into(), line),
                };
                self.block = Some(Block { info, line, text: Vec::new() });
            }
            Tag::List(_) => {
                self.within.push(done.lists.len());
                done.lists.push(List { line, items: Vec::new() });
            }
            Tag::Item => {
                if let Some(list) = self.within.last().and_then(|&i| done.lists.get_mut(i)) {
                    list.items.push(written.trim().into());
                }
            }
            Tag::Table(_) => done.tables.push(Table { line, rows: Vec::new() }),
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = done.tables.last_mut() {
                    table.rows.push(Vec::new());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link | TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => return,
            TagEnd::Image => {
                if let Some(picture) = self.picture.take() {
                    let (line, text) = (picture.line, picture.alt.clone());
                    self.done.prose.push(Text { line, text, codes: Vec::new() });
                    self.done.pictures.push(picture);
                }
                return;
            }
            TagEnd::CodeBlock => self.done.blocks.extend(self.block.take()),
            TagEnd::Heading(_) => {
                if let Some(heading) = self.done.headings.last_mut() {
                    heading.title.clone_from(&self.text.text);
                }
            }
            TagEnd::TableCell => {
                if let Some(row) = self.done.tables.last_mut().and_then(|t| t.rows.last_mut()) {
                    row.push(self.text.clone());
                }
            }
            TagEnd::List(_) => drop(self.within.pop()),
            _ => {}
        }
        self.paragraph();
    }

    /// Words go to the block or picture that they stand in, else to the prose.
    fn words(&mut self, words: &str, line: usize) {
        if let Some(block) = &mut self.block {
            block.text.extend(words.lines().map(str::to_string));
        } else if let Some(picture) = &mut self.picture {
            picture.alt += words;
        } else {
            if self.text.text.is_empty() {
                self.text.line = line;
            }
            self.text.text += words;
        }
    }

    /// Here what was being read of the prose ends, if anything was.
    fn paragraph(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.text.is_empty() {
            self.done.prose.push(text);
        }
    }
}
