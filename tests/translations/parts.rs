//! What both languages have alike: headings, blocks, tables, lists, links, pictures, commands.

use std::fmt::Debug;

use tests::{Block, Document, Table, Text};

/// Where the two differ; `has_both` says whether a README that is linked to has a README.zh.md.
pub fn differences(
    english: &Document,
    chinese: &Document,
    has_both: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let levels = |text: &Document| text.headings.iter().map(|h| h.level).collect::<Vec<_>>();
    alike(&mut wrong, "levels of headings", &levels(english), &levels(chinese));
    blocks(&mut wrong, &english.blocks, &chinese.blocks);
    tables(&mut wrong, &english.tables, &chinese.tables);
    let items = |text: &Document| text.lists.iter().map(|l| l.items.len()).collect::<Vec<_>>();
    alike(&mut wrong, "numbers of items in lists", &items(english), &items(chinese));
    links(&mut wrong, english, chinese, has_both);
    let pictures =
        |text: &Document| text.pictures.iter().map(|p| p.target.clone()).collect::<Vec<_>>();
    alike(&mut wrong, "pictures", &pictures(english), &pictures(chinese));
    for (name, text) in [("README.md", english), ("README.zh.md", chinese)] {
        for picture in text.pictures.iter().filter(|picture| picture.alt.trim().is_empty()) {
            let (line, target) = (picture.line, &picture.target);
            wrong.push(format!("{name}: line {line}: {target} has no text for who can't see it"));
        }
    }
    let typed = |text: &Document| text.prose.iter().flat_map(commands).collect::<Vec<_>>();
    alike_in_any_order(&mut wrong, "commands", typed(english), typed(chinese));
    wrong
}

fn alike<T: PartialEq + Debug>(wrong: &mut Vec<String>, what: &str, english: &T, chinese: &T) {
    if english != chinese {
        wrong.push(format!("{what}\n  in English: {english:?}\n  in Chinese: {chinese:?}"));
    }
}

fn blocks(wrong: &mut Vec<String>, english: &[Block], chinese: &[Block]) {
    let infos = |blocks: &[Block]| blocks.iter().map(|b| b.info.clone()).collect::<Vec<_>>();
    alike(wrong, "kinds of blocks", &infos(english), &infos(chinese));
    for (english, chinese) in english.iter().zip(chinese).filter(|(block, _)| block.info != "text")
    {
        alike(wrong, &format!("block in line {}", chinese.line), &english.text, &chinese.text);
    }
}

fn tables(wrong: &mut Vec<String>, english: &[Table], chinese: &[Table]) {
    alike(wrong, "number of tables", &english.len(), &chinese.len());
    for (english, chinese) in english.iter().zip(chinese) {
        let table = format!("table in line {}", chinese.line);
        let columns = |table: &Table| table.rows.iter().map(Vec::len).collect::<Vec<_>>();
        alike(wrong, &format!("{table}: cells of each row"), &columns(english), &columns(chinese));
        for (english, chinese) in english.rows.iter().flatten().zip(chinese.rows.iter().flatten()) {
            alike(wrong, &format!("{table}: commands"), &commands(english), &commands(chinese));
        }
    }
}

/// The code that one types: a command or a flag.
fn commands(text: &Text) -> Vec<String> {
    let typed = |code: &&String| {
        let typed = |first: &str| code.starts_with(first);
        ["cargo ", "python3 ", "--"].into_iter().any(typed)
    };
    text.codes.iter().filter(typed).cloned().collect()
}

/// The words of a sentence have another order in Chinese, so only what stands there is compared.
fn alike_in_any_order(
    wrong: &mut Vec<String>,
    what: &str,
    english: Vec<String>,
    chinese: Vec<String>,
) {
    let (mut english, mut only_chinese) = (english, Vec::new());
    for found in chinese {
        match english.iter().position(|other| *other == found) {
            Some(place) => drop(english.swap_remove(place)),
            None => only_chinese.push(found),
        }
    }
    if !(english.is_empty() && only_chinese.is_empty()) {
        wrong.push(format!(
            "{what}\n  only in English: {english:?}\n  only in Chinese: {only_chinese:?}"
        ));
    }
}

fn links(
    wrong: &mut Vec<String>,
    english: &Document,
    chinese: &Document,
    has_both: &dyn Fn(&str) -> bool,
) {
    let to_chinese = |path: &str| match path.strip_suffix("README.md") {
        Some(folder) if has_both(path) => format!("{folder}README.zh.md"),
        _ if path == "README.zh.md" => "README.md".into(),
        _ => path.into(),
    };
    let (in_english, in_chinese) = (targets(english, to_chinese), targets(chinese, str::to_string));
    alike_in_any_order(wrong, "links", in_english, in_chinese);
    for (name, text, other) in
        [("README.md", english, "README.zh.md"), ("README.zh.md", chinese, "README.md")]
    {
        if text.links.iter().all(|link| link.target != other) {
            wrong.push(format!("{name}: no link to {other}"));
        }
    }
}

/// Where the links lead, each path as `change` has it. A heading has another name in the other
/// language; the test `links` sees whether it is there.
fn targets(text: &Document, change: impl Fn(&str) -> String) -> Vec<String> {
    let target = |target: &str| match target.split_once('#') {
        Some((path, _)) if !path.contains("://") => change(path) + "#…",
        _ => change(target),
    };
    text.links.iter().map(|link| target(&link.target)).collect()
}

#[test]
fn each_difference_is_told() {
    let english = "\
        # A\n[中文](README.zh.md) and [b](../b/README.md#there), [c](../c/README.md), [d](d.rs)\n\n\
        ## B\n- one `cargo x`\n- two\n\n```sh\ncargo x\n```\n\n```text\nwords\n```\n\n\
        | a | b |\n|---|---|\n| `cargo y` | `name` |\n\n![seen](a.svg)\n";
    let chinese = "\
        # 甲\n[English](README.md) 和 [d](d.rs)，[b](../b/README.zh.md#那里)，[c](../c/README.md)\n\n\
        ## 乙\n- 一 `cargo x`\n- 二\n\n```sh\ncargo x\n```\n\n```text\n词语\n```\n\n\
        | 一 | 二 |\n|---|---|\n| `cargo y` | `名字` |\n\n![看见](a.svg)\n";
    let problems = |english: &str, chinese: &str| {
        let has_both = |path: &str| path.contains("../b/") || path == "README.md";
        differences(&Document::new(english), &Document::new(chinese), &has_both).join("\n")
    };
    assert_eq!(problems(english, chinese), "");
    for (old, new, expected) in [
        ("## 乙", "### 乙", "levels of headings"),
        ("## 乙\n", "", "levels of headings"),
        ("```sh", "```console", "kinds of blocks"),
        ("```sh\ncargo x", "```sh\ncargo  x", "block in line 9"),
        ("```text\n词语\n```\n", "", "kinds of blocks"),
        ("| `cargo y` | `名字` |\n", "", "cells of each row"),
        ("| `cargo y` | `名字` |", "| `名字` | `cargo y` |", "table in line 16: commands"),
        ("| 一 | 二 |\n|---|---|\n| `cargo y` | `名字` |\n", "", "number of tables"),
        ("- 二\n", "", "numbers of items in lists"),
        ("一 `cargo x`", "一 `cargo z`", "commands\n"),
        ("一 `cargo x`", "一", "commands\n"),
        ("](d.rs)", "](e.rs)", "links"),
        ("../b/README.zh.md", "../b/README.md", "links"),
        ("../c/README.md", "../c/README.zh.md", "links"),
        ("#那里", "", "links"),
        ("[English](README.md)", "English", "no link to README.md"),
        ("(a.svg)", "(b.svg)", "pictures"),
        ("![看见](a.svg)", "", "pictures"),
        ("![看见]", "![]", "a.svg has no text"),
    ] {
        let changed = chinese.replacen(old, new, 1);
        assert_ne!(changed, chinese, "{old:?}");
        assert!(
            problems(english, &changed).contains(expected),
            "{new:?}: {}",
            problems(english, &changed)
        );
    }
    let alone = english.replace("[中文](README.zh.md) and ", "");
    assert!(problems(&alone, chinese).contains("no link to README.zh.md"));
}
