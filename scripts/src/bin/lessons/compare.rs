//! A cell of the notebook and its lesson, run one after the other and shown side by side.

use std::env;
use std::process::Command;
use std::time::Instant;

use communicate::communicate;
use scripts::build::build;
use scripts::{Done, root};

use crate::columns::{self, Column};
use crate::course::Lesson;
use crate::language::text;
use crate::python::Python;
use crate::screen::{doing, paragraph, show};
use crate::walk::code;

/// A program that has run.
struct Ran {
    stdout: Column,
    stderr: Column,
    exit_code: i32,
    seconds: f64,
}

pub fn compare(lesson: &Lesson) -> Done<bool> {
    let name = lesson.name;
    let Some(program) = build(["-p", name, "--bin", name])? else {
        return Ok(false); // cargo has said why
    };
    show(&(code(lesson)? + "\n"))?;
    if let Some(program) = lesson.facts.starts.filter(|program| !is_installed(program)) {
        let sentence = text(
            format!(
                "{program} isn't installed here: the Python cell needs it and fails, and the Rust prints what the notebook recorded."
            ),
            format!(
                "这里没有安装 {program}：Python 原文需要它，会失败；Rust 打印的是笔记本里记录的输出。"
            ),
        );
        show(&(paragraph("", &sentence) + "\n"))?;
    }
    let python = Python::find();
    let python = python.map(|it| run(&format!("Python {}", it.version), &mut it.cell(name)));
    let rust = run("Rust", Command::new(program).current_dir(root()))?;
    show(&match python.transpose()? {
        Some(python) => {
            columns::show(&python.stdout, &rust.stdout)
                + &python.failures()
                + &rust.failures()
                + "\n"
                + &paragraph("", &times(&python, &rust, lesson))
        }
        None => {
            let sentence = text(
                "No Python 3 was found (as python3 or python), so here is Rust alone.",
                "没找到 Python 3（命令 python3 或 python），所以只运行 Rust。",
            );
            paragraph("", sentence) + "\n" + &rust.stdout.show() + &rust.failures()
        }
    })?;
    Ok(true)
}

/// Whether a folder of PATH has this program.
fn is_installed(program: &str) -> bool {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(&name).is_file())
}

fn run(title: &str, command: &mut Command) -> Done<Ran> {
    doing(text(format!("running {title} …"), format!("正在运行 {title} …")));
    let start = Instant::now();
    let output = communicate(command, b"")?;
    Ok(Ran {
        seconds: start.elapsed().as_secs_f64(),
        stdout: Column::of_output(title.into(), &output.stdout),
        stderr: Column::of_output(format!("{title}, stderr"), &output.stderr),
        exit_code: output.returncode,
    })
}

impl Ran {
    /// What it wrote to stderr, and an exit code other than 0.
    fn failures(&self) -> String {
        let (title, code) = (&self.stdout.title, self.exit_code);
        let mut failures = String::new();
        if !self.stderr.lines.is_empty() {
            failures += &format!("\n{}", self.stderr.show());
        }
        if code != 0 {
            failures += &text(
                format!("\n{title} failed, with exit code {code}.\n"),
                format!("\n{title} 失败了，退出码 {code}。\n"),
            );
        }
        failures
    }
}

/// Both times, and the ratio where it says something of the languages.
fn times(python: &Ran, rust: &Ran, lesson: &Lesson) -> String {
    let (title, cell, lesson_time) = (&python.stdout.title, python.seconds, rust.seconds);
    let both = text(
        format!("{title}: {cell:.3} s. Rust: {lesson_time:.3} s. "),
        format!("{title}：{cell:.3} 秒。Rust：{lesson_time:.3} 秒。"),
    );
    let ratio = cell / lesson_time;
    let comment = match (python.exit_code, rust.exit_code, lesson.facts.computes) {
        (0, 0, true) => text(
            format!(
                "Python took {ratio:.1} times as long as this debug build; with `--release`, Rust is faster still."
            ),
            format!(
                "Python 的用时是 Rust 调试版的 {ratio:.1} 倍；加上 `--release`，Rust 还会更快。"
            ),
        ),
        (0, 0, false) => text(
            "Most of it is waiting and starting, so it says nothing of the languages.".into(),
            "时间主要花在等待和启动上，所以不能说明两种语言的快慢。".into(),
        ),
        _ => String::new(),
    };
    both + &comment
}
