//! `src/main.rs` of each lesson without the terminal: `cli::run(|options| { … })` is replaced by its body
//! with numbers, and `mod cli;` is gone. It compiles with the copied library and prints the same.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use regex::Regex;
use tests::{LESSONS, binary, root, trials};
use toml::{Table, Value};

use super::scratch::{cargo_in, libraries, program};

struct Cell {
    lesson: &'static str,
    /// What stands for `options.…`.
    numbers: &'static [(&'static str, &'static str)],
    /// The flags with which the lesson gets the same numbers.
    flags: &'static [&'static str],
}

const CELLS: &[Cell] = &[
    Cell {
        lesson: "pool",
        numbers: &[
            ("processes", "2"),
            ("tasks", "3"),
            ("lengths", "std::iter::repeat(std::time::Duration::ZERO)"),
        ],
        flags: &["--processes", "2", "--tasks", "3", "--longest", "0"],
    },
    Cell {
        lesson: "subprocess-call",
        numbers: &[
            ("command_line", "\"rustc --version\""),
            ("program", "\"rustc\""),
            ("args", "[\"--version\"]"),
            ("timeout", "std::time::Duration::MAX"),
        ],
        flags: &["rustc", "--version"],
    },
    Cell {
        lesson: "communicate",
        numbers: &[
            ("command_line", "\"rustc - --print crate-name\""),
            ("program", "\"rustc\""),
            ("args", "[\"-\", \"--print\", \"crate-name\"]"),
            ("input", "b\"fn main() {}\"[..]"),
            ("timeout", "std::time::Duration::MAX"),
        ],
        flags: &["--input", "fn main() {}", "--", "rustc", "-", "--print", "crate-name"],
    },
    Cell {
        lesson: "ipc-queue",
        numbers: &[
            ("writers", "1"),
            ("readers", "1"),
            ("values", "String::from(\"XY\")"),
            ("pause", "Duration::ZERO"),
        ],
        flags: &["--values", "XY", "--pause", "0"],
    },
    Cell {
        lesson: "threads",
        numbers: &[("count", "3"), ("pause", "Duration::from_millis(1)")],
        flags: &["--count", "3", "--pause", "0.001"],
    },
    Cell {
        lesson: "lock",
        numbers: &[("amounts", "[1 << 5, 1 << 10]"), ("rounds", "1_000")],
        flags: &["--rounds", "1000"],
    },
    Cell {
        lesson: "thread-local",
        numbers: &[("names", "[\"Alice\", \"Bob\"].map(String::from)")],
        flags: &[],
    },
];

pub fn trials() -> Vec<Trial> {
    trials![each_cell_without_the_terminal_prints_what_its_lesson_prints]
}

fn each_cell_without_the_terminal_prints_what_its_lesson_prints() {
    let cells: Vec<_> = CELLS.iter().map(|cell| cell.lesson).collect();
    assert_eq!(cells, LESSONS);
    cargo_in(libraries(), &["build", "-q", "--workspace"]);
    for Cell { lesson, flags, .. } in CELLS {
        let cell = printed(Command::new(program(&format!("cell-of-{lesson}"))));
        let mut command = Command::new(binary(lesson).unwrap());
        command.args(*flags);
        assert_eq!(cell, printed(command), "{lesson}");
    }
}

/// The lines of a run in any order, without pids and times.
fn printed(mut command: Command) -> Vec<String> {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty(), "{output:?}");
    let chance = Regex::new(r"(pid:|Process |process |with )[\d.]+").unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<_> =
        printed.lines().map(|line| chance.replace_all(line, "$1").into()).collect();
    lines.sort();
    lines
}

/// Writes a package for each cell, beside the copied libraries.
pub fn write(folder: &Path) {
    for cell in CELLS {
        let lesson = root().join("crates").join(cell.lesson);
        let package = folder.join(format!("cell-of-{}", cell.lesson));
        fs::create_dir_all(package.join("src")).unwrap();
        let main = cell.without_cli(&fs::read_to_string(lesson.join("src/main.rs")).unwrap());
        for module in main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')) {
            let file = format!("src/{module}.rs");
            fs::copy(lesson.join(&file), package.join(&file)).unwrap();
        }
        fs::write(package.join("src/main.rs"), main).unwrap();
        fs::write(package.join("Cargo.toml"), cell.manifest(&lesson)).unwrap();
    }
}

impl Cell {
    fn without_cli(&self, main: &str) -> String {
        let before = main.to_string();
        let mut main = format!("#![allow(unused)]\n{main}");
        for (from, to) in [
            ("mod cli;\n", ""),
            ("fn main() -> ExitCode {", "fn main() -> Result<(), Box<dyn std::error::Error>> {"),
            ("    cli::run(|options| {\n", ""),
            ("    })\n}\n", "}\n"),
        ] {
            assert_eq!(main.matches(from).count(), 1, "{}: {from}", self.lesson);
            main = main.replace(from, to);
        }
        for (name, number) in self.numbers {
            let option = Regex::new(&format!(r"\boptions\.{name}\b")).unwrap();
            assert!(option.is_match(&main), "{}: no options.{name}", self.lesson);
            main = option.replace_all(&main, regex::NoExpand(number)).into();
        }
        assert!(!main.contains("cli") && !main.contains("options"), "{before}\n{main}");
        main
    }

    /// It depends on the library, and on whatever the lesson may depend on.
    fn manifest(&self, lesson: &Path) -> String {
        let theirs: Table = fs::read_to_string(lesson.join("Cargo.toml")).unwrap().parse().unwrap();
        let mut dependencies = theirs["dependencies"].as_table().unwrap().clone();
        dependencies.insert(
            self.lesson.into(),
            Value::Table(
                [("path".to_string(), format!("../{}", self.lesson).into())].into_iter().collect(),
            ),
        );
        let mut manifest: Table =
            format!("package = {{ name = \"cell-of-{}\", edition = \"2024\" }}", self.lesson)
                .parse()
                .unwrap();
        manifest.insert("dependencies".into(), dependencies.into());
        manifest.extend(theirs.get("target").map(|target| ("target".to_string(), target.clone())));
        manifest.to_string()
    }
}
