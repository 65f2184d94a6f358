//! Texts that are wrong, each in one way, and what is said of them.

use std::fs;

use libtest_mimic::Trial;

use tests::blocks;

use super::check_block;
use super::typed::Reader;

/// A name, the text, and the problem that must be found in it; nothing if it is fine.
const TEXTS: &[(&str, &str, &str)] = &[
    ("a run as it is", "```console\n$ cargo run -q -p lock\n0\n```", ""),
    ("another output", "```console\n$ cargo run -q -p lock\n1\n```", "shown: [\n    \"1\","),
    ("an output is missing", "```console\n$ cargo run -q -p lock\n```", "shown: []"),
    ("no command", "```console\n0\n```", "begins with a command"),
    ("a command that isn't run", "```console\n$ ls\n```", "begins with a command"),
    (
        "one of two isn't",
        "```console\n$ ls\n$ cargo run -q -p lock\n0\n```",
        "begins with a command",
    ),
    ("dns elsewhere", "```console dns\n$ cargo run -q -p lock\n1\n```", "nobody compares"),
    (
        "it should fail",
        "```console fails\n$ cargo run -q -p lock\n0\n```",
        "otherwise than the block says",
    ),
    (
        "it shouldn't fail",
        "```console\n$ cargo run -q -p lock -- --no\n```",
        "otherwise than the block says",
    ),
    ("it fails as it says", "```console fails\n$ cargo run -q -p lock -- --no\n```", ""),
    ("the order is chance", "```console concurrent\n$ cargo run -q -p lock\n0\n```", ""),
    ("an unknown kind", "```consol\n$ cargo run -q -p lock\n0\n```", "of the kind \"consol\""),
    ("an unknown word", "```console failing\n$ cargo\n```", "of the kind \"console failing\""),
    ("no kind", "```\n$ cargo run -q -p lock\n```", "of the kind \"\""),
    ("no fence", "text\n\n    $ cargo run -q -p lock", "of the kind \"indented\""),
    ("within a list", "- item\n\n  ```consol\n  0\n  ```", "of the kind \"consol\""),
    ("sh", "```sh\ncargo run -q -p lock # a remark\n# another\ncargo test --no-such-flag\n```", ""),
    ("sh, not run", "```sh no_run\ngit clone URL\n```", ""),
    ("sh fails", "```sh\ncargo run -q -p lock\ncargo no-such\n```", "cargo no-such\nfails"),
    ("sh, unmarked", "```sh\ngit clone URL\n```", "mark the block as `sh no_run`"),
    ("Rust of nowhere", "```rust\nlet no_such = 0;\n```", "no file has these lines"),
    ("Rust that breaks", "```compile_fail,E0001\nlet no_such = 0;\n```", "no file has these lines"),
    ("Rust of ours", "```rust\n*balance = balance.wrapping_add(n);\n```", ""),
    (
        "Rust of ours, cut",
        "```rust\nfn main() {\n    /// A prompt.\n```",
        "no file has these lines",
    ),
    ("Python of nowhere", "```python\nno_such = 0\n```", "no file has these lines"),
    ("toml", "```toml\n[dependencies]\nlock = { path = \"crates/lock\" }\n```", ""),
    ("no toml", "```toml\n[dependencies\n```", "TOML parse error"),
    ("text", "```text\nanything\n```", ""),
];

const PYTHON: &[(&str, &str, &str)] = &[
    ("Python", "```console\n$ python3 -c 'print(1)'\n1\n```", ""),
    (
        "another output of Python",
        "```console\n$ python3 -c 'print(1)'\n2\n```",
        "shown: [\n    \"2\",",
    ),
    (
        "Python's lines and its child's are in order",
        "```console\n$ python3 -c 'import os; print(1); os.system(\"echo 2\"); print(3)'\n1\n2\n3\n```",
        "",
    ),
    ("a setting", "```console\n$ X=1 python3 -c 'import os; print(os.environ[\"X\"])'\n1\n```", ""),
];

pub fn trials() -> impl Iterator<Item = Trial> {
    let trial = |missing: fn() -> Option<String>, texts: &'static [(&str, &str, &str)]| {
        texts.iter().map(move |(name, text, expected)| {
            tests::test_unless(missing, format!("seen failing: {name}"), move || {
                let real = check(text);
                let fine =
                    if expected.is_empty() { real.is_empty() } else { real.contains(expected) };
                assert!(fine, "found {real:?} instead of {expected:?}");
            })
        })
    };
    let no_python = || tests::python().is_none().then(|| "python3".into());
    trial(|| None, TEXTS).chain(trial(no_python, PYTHON))
}

/// What is wrong with the blocks of a text that stands in no crate.
fn check(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("README.md");
    fs::write(&file, text).unwrap();
    let blocks = blocks(&file).unwrap().into_iter();
    let wrong = blocks.filter_map(|block| check_block(&Reader::new(), &block, &file).err());
    wrong.collect::<Vec<_>>().join("\n")
}
