//! A lesson's sections: `cargo lessons` and the readers of one lesson find them in every other one.

use tests::Document;

/// The headings of the second level, in both languages.
const SECTIONS: [(&str, &str); 10] = [
    ("The cell", "单元格"),
    ("What to look for", "要点"),
    ("Try", "试一试"),
    ("Broken, then fixed", "错误写法与修复"),
    ("The picture", "图示"),
    ("Exercise", "练习"),
    ("What can go wrong", "可能出现的问题"),
    ("At work", "实际工作中的选择"),
    (INSIDE, "内部实现"),
    ("Copy it", "复制到你的项目"),
];

/// The section that only these lessons have.
const INSIDE: &str = "How it works inside";
const WITH_INSIDE: [&str; 2] = ["pool", "ipc-queue"];

/// The sections, by place, that begin with a list; `cargo lessons` prints it.
const WITH_LIST: [usize; 2] = [1, 2];

pub fn wrong(lesson: &str, english: &Document, chinese: &Document) -> Vec<String> {
    let has = |section: &&(&str, &str)| section.0 != INSIDE || WITH_INSIDE.contains(&lesson);
    let (in_english, in_chinese): (Vec<_>, Vec<_>) = SECTIONS.iter().filter(has).copied().unzip();
    let mut wrong = Vec::new();
    for (name, text, titles) in
        [("README.md", english, in_english), ("README.zh.md", chinese, in_chinese)]
    {
        let sections: Vec<_> = text.headings.iter().filter(|h| h.level == 2).collect();
        let there: Vec<_> = sections.iter().map(|heading| &heading.title).collect();
        if there != titles {
            wrong.push(format!("{name}: sections\n  there:  {there:?}\n  wanted: {titles:?}"));
        }
        let lists = WITH_LIST.iter().filter_map(|&place| sections.get(place));
        wrong.extend(lists.filter_map(|heading| {
            list_below(text, heading.line).err().map(|problem| format!("{name}: {problem}"))
        }));
    }
    wrong
}

/// A section's list comes first, and each of its items has a line.
fn list_below(text: &Document, heading: usize) -> Result<(), String> {
    let prose = text.prose.iter().find(|prose| prose.line > heading).map(|prose| prose.line);
    let list = text.lists.iter().find(|list| list.line > heading && Some(list.line) == prose);
    let Some(list) = list else {
        return Err(format!("line {heading}: no list below this heading"));
    };
    let of_one_line = list.items.iter().all(|item| !item.contains('\n'));
    if (2..=4).contains(&list.items.len()) && of_one_line {
        return Ok(());
    }
    Err(format!("line {}: not 2 to 4 items of one line each", list.line))
}

#[test]
fn each_wrong_section_is_told() {
    let text = |title: fn(&(&str, &str)) -> String, leave: &str| {
        let sections = SECTIONS.iter().filter(|section| section.0 != leave);
        sections
            .map(|s| format!("## {}\n\n- one\n- two\n\nprose\n\n", title(s)))
            .collect::<String>()
    };
    let english = |leave| text(|section| section.0.into(), leave);
    let chinese = |leave| text(|section| section.1.into(), leave);
    let problems = |lesson: &str, english: &str, chinese: &str| {
        wrong(lesson, &Document::new(english), &Document::new(chinese)).join("\n")
    };
    assert_eq!(problems("pool", &english(""), &chinese("")), "");
    assert_eq!(problems("lock", &english(INSIDE), &chinese(INSIDE)), "");
    assert!(problems("pool", &english(INSIDE), &chinese(INSIDE)).contains("sections"));
    assert!(problems("lock", &english(""), &chinese("")).contains("sections"));
    assert!(problems("lock", &english(INSIDE), &chinese("")).contains("sections"));
    for (old, new, expected) in [
        ("## Try", "## Tries", "sections"),
        ("## Copy it", "### Copy it", "sections"),
        ("## Try\n\n- one", "## Try\n\nfirst\n\n- one", "no list below"),
        ("## Try\n\n- one\n- two", "## Try", "no list below"),
        ("## Try\n\n- one\n", "## Try\n\n", "not 2 to 4"),
        ("## Try\n\n- one\n", "## Try\n\n- one\n- a\n- b\n- c\n", "not 2 to 4"),
        ("## Try\n\n- one\n", "## Try\n\n- one\n  more\n", "not 2 to 4"),
    ] {
        let changed = english("").replacen(old, new, 1);
        assert_ne!(changed, english(""), "{old:?}");
        let problems = problems("pool", &changed, &chinese(""));
        assert!(problems.contains(expected), "{new:?}: {problems}");
    }
}
