//! A README for a place where less stands around it.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Leaves out the pictures that aren't there, and leaves of a link to nowhere its text.
pub fn without_dead_links(text: &str, is_there: impl Fn(&str) -> bool) -> String {
    let is_dead = |target: &str| {
        let (file, _) = target.split_once('#').unwrap_or((target, ""));
        !file.is_empty() && !target.contains("://") && !is_there(file)
    };
    let mut cuts: Vec<Range<usize>> = Vec::new();
    // The link or picture that is being read: where its text begins and ends.
    let mut dead: Option<(Range<usize>, Range<usize>)> = None;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) if is_dead(&dest_url) => cuts.push(range),
            // The link to the other language stands alone in its line.
            Event::Start(Tag::Link { dest_url, .. })
                if is_dead(&dest_url) && is_a_line(text, &range) =>
            {
                cuts.push(range);
            }
            Event::Start(Tag::Link { dest_url, .. }) if is_dead(&dest_url) => {
                dead = Some((range.clone(), range.end..range.start));
            }
            Event::End(TagEnd::Link) => {
                if let Some((link, words)) = dead.take() {
                    cuts.extend([link.start..words.start, words.end..link.end]);
                }
            }
            _ => {
                if let Some((_, words)) = &mut dead {
                    *words = words.start.min(range.start)..words.end.max(range.end);
                }
            }
        }
    }
    let mut text = text.to_string();
    cuts.into_iter().rev().for_each(|cut| text.replace_range(cut, ""));
    text
}

fn is_a_line(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    before.ends_with('\n') && after.starts_with('\n')
}

#[cfg(test)]
mod tests {
    use super::without_dead_links;

    #[test]
    fn what_leads_nowhere_is_text_and_the_rest_stays() {
        for (before, after) in [
            (
                "[main](src/main.rs), [**lib** `x`](src/lib.rs#L1)",
                "main, [**lib** `x`](src/lib.rs#L1)",
            ),
            ("a [**bold** `code`](../b/README.md#c).", "a **bold** `code`."),
            (
                "[up](#below) [out](https://example.org/a.rs)",
                "[up](#below) [out](https://example.org/a.rs)",
            ),
            ("![seen](a.svg)\n\nb", "\n\nb"),
            ("# A\n\n[中文](README.zh.md)\n\nb", "# A\n\n\n\nb"),
            ("| [a](a.rs) |\n|---|\n| b |", "| a |\n|---|\n| b |"),
            ("```sh\n[a](a.rs)\n```", "```sh\n[a](a.rs)\n```"),
        ] {
            assert_eq!(without_dead_links(before, |target| target == "src/lib.rs"), after);
        }
    }
}
