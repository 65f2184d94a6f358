//! That the Chinese is Chinese, set as such: full-width marks, a space beside Latin letters and code.

use tests::{Document, Text};

/// Of Chinese characters and Latin words, at least so many are Chinese characters.
const SHARE: f64 = 0.75;
/// So many Latin words in a row may be names; more are a sentence that nobody translated.
const NAMES: usize = 12;

pub fn wrong(text: &Document) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut han, mut latin) = (0, 0);
    for prose in &text.prose {
        let words = without_code(&prose.text);
        han += words.chars().filter(|&c| is_han(c)).count();
        latin += latin_words(&words);
        let in_a_row = words.split(is_han).map(latin_words).max().unwrap_or(0);
        if in_a_row > NAMES {
            wrong.push(format!("line {}: {in_a_row} words in a row aren't Chinese", prose.line));
        }
        wrong.extend(wrong_marks(prose));
    }
    let share = han as f64 / (han + latin).max(1) as f64;
    if share < SHARE {
        wrong.push(format!("only {share:.2} of the characters and words are Chinese"));
    }
    wrong
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

fn latin_words(text: &str) -> usize {
    let is_latin = |word: &&str| word.chars().any(|c| c.is_alphabetic() && !is_han(c));
    // A Chinese character or mark ends a word, too.
    text.split(|c: char| c.is_whitespace() || is_han(c) || "，。、；：（）？！".contains(c))
        .filter(is_latin)
        .count()
}

/// The characters, with an `x` for each that stands in backticks.
fn with_code_hidden(text: &str) -> Vec<char> {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(i, part)| match i % 2 {
        0 => part.to_string(),
        _ => "x".repeat(part.chars().count()),
    });
    parts.collect::<Vec<_>>().join("`").chars().collect()
}

/// Neighbours that don't go together.
fn wrong_marks(prose: &Text) -> Vec<String> {
    let characters = with_code_hidden(&prose.text);
    let wrong = characters.windows(2).enumerate().filter_map(|(at, pair)| {
        let (before, after) = (pair[0], pair[1]);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '`';
        let problem = if is_han(before) && ",.;:!?()".contains(after)
            || is_han(after) && ",;:!?()".contains(before)
        {
            "a half-width mark beside Chinese"
        } else if is_han(before) && is_word(after) || is_word(before) && is_han(after) {
            "no space between Chinese and what isn't"
        } else {
            return None;
        };
        let around: String = prose.text.chars().skip(at.saturating_sub(8)).take(18).collect();
        Some(format!("line {}: {problem}: …{around}…", prose.line))
    });
    wrong.collect()
}

#[test]
fn each_fault_is_told() {
    let problems = |text: &str| wrong(&Document::new(text)).join("\n");
    for fine in [
        "线程拿着 `Mutex`，另一个在等（`lock()` 会等）：Rust 1.95 就是这样。",
        "用 rayon、tokio、crossbeam、duct、parking_lot，还有 `std::thread::scope`，看情形而定，不必样样都用，先试最简单的",
        "**粗体**的字，[链接](a.md)里的字，第 6 课\n换行之后的字",
        "| 一个字的表 | `cargo run -p lock` |\n|---|---|\n| 二，三 | |",
        "线程 `拿着Mutex,不放(也不等)` 是代码",
        "```sh\nno 中文,here\n```\n\n中文",
    ] {
        assert_eq!(problems(fine), "", "{fine:?}");
    }
    let marks = "a half-width mark";
    let space = "no space";
    for (text, expected) in [
        ("线程在等,另一个也在等", marks),
        ("线程在等.", marks),
        ("线程在等:另一个也在等", marks),
        ("线程在等;另一个也在等", marks),
        ("线程在等(另一个也在等）", marks),
        ("线程在等（另一个也在等)", marks),
        ("`lock()` ,另一个也在等", marks),
        ("| 线程在等,另一个 |\n|---|", marks),
        ("- 线程在等,另一个", marks),
        ("![线程在等,另一个](a.svg)", marks),
        ("线程拿着Mutex 不放", space),
        ("线程拿着 Mutex不放", space),
        ("线程拿着`Mutex` 不放", space),
        ("第6 课的内容就是这样", space),
        ("线程拿着**Mutex** 不放", space),
        ("# 线程拿着Mutex 不放", space),
        (
            "One thread holds the lock and the other waits for it until it is released, 线程",
            "words in a row",
        ),
        ("One thread holds the lock.\n\nThe other waits.\n\n线程在等", "are Chinese"),
    ] {
        assert!(problems(text).contains(expected), "{text:?}: {:?}", problems(text));
    }
}
