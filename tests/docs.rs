//! The READMEs against real runs: one test for each.
//!
//! `console`: each command's stdout is the text below it. `console concurrent`: pids, times and the
//! order of lines aside. `console dns`: compared in `dns.rs`. `sh`: the commands run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::path::Path;
use std::process::Stdio;

use libtest_mimic::{Arguments, Failed, Trial};
use regex::Regex;
use tests::{LESSONS, blocks, cargo, root};

fn main() {
    let lessons = LESSONS.iter().map(|lesson| format!("crates/{lesson}/README.md"));
    let files = lessons.chain(["crates/task-utils/README.md".into(), "README.md".into()]);
    let trials = files.map(|file| {
        Trial::test(file.clone(), move || {
            std::panic::catch_unwind(|| check(&root().join(file)))
                .map_err(|_| Failed::without_message())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn check(file: &Path) {
    let mut checked = 0;
    for block in blocks(file).unwrap() {
        let place = format!("{}:{}", file.display(), block.line);
        let words: Vec<_> = block.info.split(' ').collect();
        match words[..] {
            ["console", "dns"] => checked += 1,
            ["console", ref more @ ..] => {
                assert!(more.is_empty() || more == ["concurrent"], "{place}: {more:?}");
                for (command, shown) in block.commands() {
                    let real = run(&command, &place);
                    let normal = |lines: Vec<String>| {
                        if more.is_empty() { lines } else { without_chance(lines) }
                    };
                    assert_eq!(normal(real), normal(shown), "{place}: $ {command}");
                    checked += 1;
                }
            }
            ["sh"] => {
                for command in block.text.iter().filter(|line| !line.ends_with("# not run")) {
                    run(command, &place);
                    checked += 1;
                }
            }
            _ => {}
        }
    }
    check_links(file);
    assert!(checked > 0 || file.ends_with("task-utils/README.md"), "{file:?} shows nothing");
}

/// Runs a command as it is typed in the top folder; answers the lines of its stdout.
fn run(command: &str, place: &str) -> Vec<String> {
    let words = shlex::split(command).unwrap();
    assert_eq!(words[0], "cargo", "{place}: {command}");
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("my project");
    let words =
        words[1..].iter().map(|word| word.replace("../my-project", project.to_str().unwrap()));
    let mut cargo = cargo();
    cargo.args(words).stdin(Stdio::null());
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{place}: $ {command}\n{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
}

/// The lines without pids, times and counts of cores, sorted.
fn without_chance(lines: Vec<String>) -> Vec<String> {
    let chance =
        r"(pid:|[Pp]rocess |with |: |on |connection )\d+(\.\d+)?( s\b| threads)?|\d+\.\d+ ×";
    let chance = Regex::new(chance).unwrap();
    let mut lines: Vec<_> =
        lines.iter().map(|line| chance.replace_all(line, "$1…").into_owned()).collect();
    lines.sort();
    lines
}

fn check_links(file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    for link in Regex::new(r"\]\(([^)]+)\)").unwrap().captures_iter(&text) {
        let target = link[1].split('#').next().unwrap();
        if !target.is_empty() && !target.contains("://") {
            let path = file.parent().unwrap().join(target);
            assert!(path.exists(), "{}: {target} isn't there", file.display());
        }
    }
}
