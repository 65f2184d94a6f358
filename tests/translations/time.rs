//! How long a text takes to read.

use tests::Document;

const MINUTES: f64 = 15.0;

/// Prose at 200 words a minute, Chinese at 350 characters a minute, what blocks show at 30 lines a
/// minute. Code in the prose counts as words.
fn minutes(text: &Document) -> f64 {
    let prose: Vec<_> = text.prose.iter().map(|prose| &prose.text).collect();
    let is_han = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    let han = prose.iter().flat_map(|text| text.chars()).filter(|&c| is_han(c)).count();
    let words = prose.iter().flat_map(|text| text.split(|c: char| c.is_whitespace() || is_han(c)));
    let words = words.filter(|word| word.chars().any(char::is_alphanumeric)).count();
    let lines: usize = text.blocks.iter().map(|block| block.text.len()).sum();
    words as f64 / 200.0 + han as f64 / 350.0 + lines as f64 / 30.0
}

pub fn too_long(english: &Document, chinese: &Document) -> Vec<String> {
    let texts = [("English", english), ("Chinese", chinese)].into_iter();
    let texts = texts.map(|(name, text)| (name, minutes(text)));
    let long = texts.filter(|(_, minutes)| *minutes >= MINUTES);
    long.map(|(name, minutes)| format!("{name}: {minutes:.1}, that is too long")).collect()
}

#[test]
fn a_long_text_is_told() {
    let text = |part: &str, times| Document::new(&part.repeat(times));
    let none = text("", 0);
    for (part, fits) in [("word ", 2999), ("线程", 2624), ("```sh\na\nb\n```\n", 224)] {
        assert_eq!(too_long(&text(part, fits), &text(part, fits)).len(), 0, "{part:?}");
        assert_eq!(too_long(&text(part, fits + 1), &none).len(), 1, "{part:?}");
        assert_eq!(too_long(&none, &text(part, fits + 1)).len(), 1, "{part:?}");
    }
}
