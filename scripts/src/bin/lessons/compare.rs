//! A cell of the notebook and its lesson, run one after the other and shown side by side.

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use communicate::{Output, communicate};

use scripts::lessons::Time;
use scripts::root;

use crate::columns::{self, lines};
use crate::course::Lesson;
use crate::language::Language;
use crate::python::Python;
use crate::screen::{self, doing, paragraph, show};
use crate::walk::code;
use scripts::build::build;

type Done<T> = Result<T, Box<dyn Error>>;

/// A program that has run.
struct Ran {
    title: String,
    output: Output,
    time: Duration,
}

pub fn compare(lesson: &Lesson, language: Language) -> Done<ExitCode> {
    let name = lesson.name;
    let Some(program) = build(["-p", name, "--bin", name])? else {
        return Err(language.say("the lesson doesn't compile", "这一课编译通不过").into());
    };
    show(&(code(lesson)? + "\n"))?;
    if let Some(program) = lesson.facts.starts.filter(|program| !is_installed(program)) {
        let sentence = language.say(
            format!("{program} isn't installed here: the Python cell needs it and fails, and the Rust prints what the notebook recorded."),
            format!("这里没有安装 {program}：Python 原文需要它，会失败；Rust 打印的是笔记本里记录的输出。"),
        );
        show(&(paragraph("", &sentence) + "\n"))?;
    }
    let cell = Python::find()
        .map(|python| run(format!("Python {}", python.version), &mut python.cell(name), language));
    let cell = cell.transpose()?;
    let rust = run("Rust".into(), Command::new(program).current_dir(root()), language)?;
    show(&match cell {
        Some(cell) => side_by_side(&cell, &rust, lesson, language),
        None => alone(&rust, language),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Whether a folder of PATH has this program.
fn is_installed(program: &str) -> bool {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(&name).is_file())
}

fn run(title: String, command: &mut Command, language: Language) -> Done<Ran> {
    doing(language.say(format!("running {title} …"), format!("正在运行 {title} …")));
    let start = Instant::now();
    let output = communicate(command, b"")?;
    Ok(Ran { title, output, time: start.elapsed() })
}

fn side_by_side(cell: &Ran, rust: &Ran, lesson: &Lesson, language: Language) -> String {
    let (left, right) = (lines(&cell.output.stdout), lines(&rust.output.stdout));
    let mut page = columns::show((&cell.title, &left), (&rust.title, &right));
    page += &(cell.beside_stdout(language) + &rust.beside_stdout(language) + "\n");
    page + &paragraph("", &times(cell, rust, lesson, language))
}

fn alone(rust: &Ran, language: Language) -> String {
    let sentence = language.say(
        "No Python 3 was found (as python3 or python), so here is Rust alone.",
        "没找到 Python 3（命令 python3 或 python），所以只运行 Rust。",
    );
    let stdout = lines(&rust.output.stdout);
    let column = columns::stacked((&rust.title, &stdout));
    paragraph("", sentence) + "\n" + &column + &rust.beside_stdout(language)
}

impl Ran {
    /// What it wrote to stderr, and an exit code other than 0.
    fn beside_stdout(&self, language: Language) -> String {
        let (title, code) = (&self.title, self.output.returncode);
        let mut told = String::new();
        if !self.output.stderr.is_empty() {
            told +=
                &language.say(format!("\n{title}, stderr:\n"), format!("\n{title} 的 stderr：\n"));
            let lines = lines(&self.output.stderr);
            let folded = lines.iter().flat_map(|line| screen::folded(line, screen::columns()));
            told += &folded.map(|line| line + "\n").collect::<String>();
        }
        if code != 0 {
            told += &language.say(
                format!("\n{title} failed, with exit code {code}.\n"),
                format!("\n{title} 失败了，退出码 {code}。\n"),
            );
        }
        told
    }

    fn seconds(&self) -> f64 {
        self.time.as_secs_f64()
    }
}

/// Both times, what they are spent on, and the ratio where it says something of the languages.
fn times(cell: &Ran, rust: &Ran, lesson: &Lesson, language: Language) -> String {
    let (python, rust_s) = (cell.seconds(), rust.seconds());
    let both = language.say(
        format!("{}: {} s. Rust: {} s.", cell.title, digits(python), digits(rust_s)),
        format!("{}：{} 秒。Rust：{} 秒。", cell.title, digits(python), digits(rust_s)),
    );
    if cell.output.returncode != 0 || rust.output.returncode != 0 {
        return both;
    }
    let space = language.say(" ", "");
    match lesson.facts.time {
        Time::Waits([english, chinese]) => both + space + language.say(english, chinese),
        Time::Computes([english, chinese]) => {
            let ratio = ratio(python / rust_s, language);
            both + space + &ratio + space + language.say(english, chinese)
        }
    }
}

fn digits(seconds: f64) -> String {
    if seconds < 1.0 { format!("{seconds:.3}") } else { format!("{seconds:.2}") }
}

fn ratio(ratio: f64, language: Language) -> String {
    match ratio {
        1.1.. => language.say(
            format!("Python took {ratio:.1} times as long."),
            format!("Python 的用时是 Rust 的 {ratio:.1} 倍。"),
        ),
        ..0.9 => language.say(
            format!("Rust took {:.1} times as long.", 1.0 / ratio),
            format!("Rust 的用时是 Python 的 {:.1} 倍。", 1.0 / ratio),
        ),
        _ => language.say("Both took about as long.", "两边用时差不多。").to_string(),
    }
}
