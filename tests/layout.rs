//! The same layout in every lesson: `src/main.rs` is the cell, which the READMEs show whole; `src/cli.rs`
//! is the terminal, with the same functions everywhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::BTreeMap;
use std::fs;

use tests::{LESSONS, blocks, root};

fn read(lesson: &str, file: &str) -> String {
    let file = root().join("crates").join(lesson).join(file);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The functions at the top level of a file, by name: their text, and that with the docs above it.
fn functions(code: &str) -> BTreeMap<String, (String, String)> {
    let lines: Vec<_> = code.lines().collect();
    let mut functions = BTreeMap::new();
    for (start, line) in lines.iter().enumerate() {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let Some(name) = line.strip_prefix("fn ") else { continue };
        let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let length = lines[start..].iter().position(|line| *line == "}").unwrap();
        let text = lines[start..=start + length].join("\n");
        let is_above = |line: &&&str| line.starts_with("///") || line.starts_with("#[");
        let docs = lines[..start].iter().rev().take_while(is_above).count();
        functions.insert(name, (text, lines[start - docs..=start + length].join("\n")));
    }
    functions
}

#[test]
fn main_is_short_and_reads_no_flags() {
    for lesson in LESSONS {
        let main = read(lesson, "src/main.rs");
        let lines = main.lines().count();
        assert!(lines <= 40, "{lesson}: {lines} lines");
        for foreign in ["lexopt", "std::env", "ExitCode::from", "eprint", "--"] {
            assert!(!main.contains(foreign), "{lesson}: {foreign}");
        }
    }
}

#[test]
fn a_readme_shows_the_whole_of_main() {
    let readmes = |lesson| [(lesson, "README.md"), (lesson, "README.zh.md")];
    for (lesson, readme) in LESSONS.into_iter().flat_map(readmes) {
        let blocks = blocks(&root().join("crates").join(lesson).join(readme)).unwrap();
        let shown = blocks.iter().find(|block| block.info == "rust,ignore");
        let shown =
            shown.unwrap_or_else(|| panic!("{lesson}/{readme}: no block of kind rust,ignore"));
        let main = read(lesson, "src/main.rs");
        let main: Vec<_> = main.lines().collect();
        assert_eq!(shown.text, main, "{lesson}/{readme}:{}", shown.line);
    }
}

/// At most 1,500 words as `wc -w` counts them, code included; in Chinese, 3,000 characters outside of code.
#[test]
fn a_readme_is_short() {
    for lesson in LESSONS {
        let words = read(lesson, "README.md").split_whitespace().count();
        assert!(words <= 1_500, "{lesson}/README.md: {words} words");
        let chinese = read(lesson, "README.zh.md");
        let prose: String = chinese.split("```").step_by(2).collect();
        let prose = prose.split('`').step_by(2);
        let characters = prose.flat_map(str::chars).filter(|c| !c.is_whitespace()).count();
        assert!(characters <= 3_000, "{lesson}/README.zh.md: {characters} characters of prose");
    }
}

#[test]
fn a_readme_shows_the_cells_functions_that_are_in_the_library() {
    let mut seen = Vec::new();
    for (lesson, readme) in
        LESSONS.into_iter().flat_map(|name| [(name, "README.md"), (name, "README.zh.md")])
    {
        let blocks = blocks(&root().join("crates").join(lesson).join(readme)).unwrap();
        let library = functions(&read(lesson, "src/lib.rs"));
        let cell = read(lesson, "notebook.py");
        let defined = cell.lines().filter_map(|line| line.strip_prefix("def ")?.split('(').next());
        for name in defined {
            let Some((text, _)) = library.get(name) else { continue };
            let is_it =
                |text: &str| blocks.iter().any(|block| block.text.join("\n").contains(text));
            assert!(is_it(text), "{lesson}/{readme} doesn't show:\n{text}");
            seen.push(name.to_string());
        }
    }
    let all = ["change_it", "run_thread", "process_student", "process_thread"].map(String::from);
    assert!(all.iter().all(|name| seen.contains(name)), "{seen:?}");
}

/// The functions of `cli.rs` that differ, as the flags and the errors do.
const OWN: [&str; 2] = ["parse", "report"];

#[test]
fn a_function_of_cli_is_the_same_text_in_every_lesson() {
    let mut first: BTreeMap<String, (&str, String)> = BTreeMap::new();
    let mut again = 0;
    for lesson in LESSONS {
        let functions = functions(&read(lesson, "src/cli.rs"));
        for (name, (_, text)) in functions.into_iter().filter(|(name, _)| !OWN.contains(&&**name)) {
            again += usize::from(first.contains_key(&name));
            let (other, there) = first.entry(name.clone()).or_insert((lesson, text.clone()));
            assert_eq!(text, *there, "{name} in cli.rs of {lesson} and of {other}");
        }
    }
    assert!(again > 0, "nothing stands twice");
}

#[test]
fn what_the_two_command_lessons_share_is_the_same_text() {
    for file in ["cause.rs", "ctrl_c.rs", "simulated.rs", "tree.rs"] {
        let [one, two] =
            ["subprocess-call", "communicate"].map(|lesson| read(lesson, &format!("src/{file}")));
        assert_eq!(one, two, "{file}");
    }
}

#[test]
fn the_arguments_of_examples_are_read_by_the_same_text() {
    let args = |lesson| read(lesson, "examples/args/mod.rs");
    for lesson in ["subprocess-call", "communicate", "threads", "thread-local"] {
        assert_eq!(args(lesson), args("lock"), "{lesson}");
    }
}

#[test]
fn a_cli_is_short() {
    for lesson in LESSONS {
        let code = read(lesson, "src/cli.rs");
        let code = code.split("#[cfg(test)]").next().unwrap();
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
        let lines = code.lines().filter(is_code).count();
        // Two of them take a command.
        let most = if ["subprocess-call", "communicate"].contains(&lesson) { 140 } else { 95 };
        assert!(lines <= most, "{lesson}: {lines} lines of code");
    }
}
