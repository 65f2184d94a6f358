//! The list of the lessons, and a lesson in short around its run.

use std::path::Path;
use std::process::Command;

use anstyle::{AnsiColor, Style};
use scripts::build::build;
use scripts::{Done, root};
use subprocess_call::call;

use crate::columns::{self, Column};
use crate::course::{Lesson, from_the_top, read};
use crate::language::{readme, text};
use crate::markdown::{self, Section};
use crate::progress::{Progress, State, remember};
use crate::screen::{BOLD, CODE, columns, complain, padded, paragraph, show};

pub fn list(lessons: &[Lesson]) -> Done<bool> {
    let progress = Progress::read_or_complain();
    let mut page = heading(text("The lessons, in order", "课程目录"));
    for Lesson { number, name, python, teaches, .. } in lessons {
        let (padded_name, python) = (padded(name, 17), padded(python, 28));
        let state = in_words(progress.of(name));
        page += &format!("  {number}  {BOLD}{padded_name}{BOLD:#}{python}{state}\n");
        page += &paragraph("     ", teaches);
    }
    page += "\n";
    page += &match next_of(lessons, &progress) {
        None => exercises_left(lessons, &progress),
        Some(Lesson { number, name, .. }) => row(
            "cargo lessons next",
            &text(format!("lesson {number}, {name}"), format!("第 {number} 课：{name}")),
        ),
    };
    page += &row("cargo lessons --help", text("what else there is", "其他用法"));
    show(&page)?;
    Ok(true)
}

pub fn next(lessons: &[Lesson]) -> Done<bool> {
    let progress = Progress::read_or_complain();
    match next_of(lessons, &progress) {
        Some(lesson) => walk(lesson),
        None => {
            show(&exercises_left(lessons, &progress))?;
            Ok(true)
        }
    }
}

/// The first that wasn't seen.
fn next_of<'a>(lessons: &'a [Lesson], progress: &Progress) -> Option<&'a Lesson> {
    lessons.iter().find(|lesson| progress.of(lesson.name) == State::NotSeen)
}

/// When all lessons were seen: the exercises that aren't done, or that all are.
fn exercises_left(lessons: &[Lesson], progress: &Progress) -> String {
    let left = lessons.iter().filter(|lesson| progress.of(lesson.name) != State::Done);
    let left = left.map(|Lesson { number, name, .. }| {
        let lesson = text(format!("lesson {number}"), format!("第 {number} 课"));
        row(&format!("cargo lessons check {name}"), &lesson)
    });
    let left: String = left.collect();
    let sentence = match left.is_empty() {
        true => text(
            "All lessons are seen and all exercises done. CONTRIBUTING.md says how to add a lesson.",
            "所有的课都看完了，练习也都做完了。想自己添一课，请看 CONTRIBUTING.md。",
        ),
        false => text(
            "You have seen all lessons. These exercises are left:",
            "所有的课都看完了，还剩下这些练习：",
        ),
    };
    paragraph("", sentence) + &left
}

pub fn show_code(lesson: &Lesson) -> Done<bool> {
    show(&code(lesson)?)?;
    Ok(true)
}

/// The notebook's cell and `src/main.rs`.
pub fn code(lesson: &Lesson) -> Done<String> {
    let column = |file: &str| -> Done<Column> {
        let name = format!("crates/{}/{file}", lesson.name);
        let code = read(&root().join(&name))?;
        Ok(Column::of_code(name, &code))
    };
    Ok(columns::show(&column("notebook.py")?, &column("src/main.rs")?))
}

pub fn walk(lesson: &Lesson) -> Done<bool> {
    let name = lesson.name;
    let readme = readme(&lesson.folder());
    let article = markdown::read(&read(&readme)?);
    let mut page = heading(&article.title);
    page += &article.opening.first().map_or_else(String::new, |text| paragraph("", text) + "\n");
    page += &(code(lesson)? + "\n");
    page += &items(article.sections.get(1));
    page += &format!("{CODE}$ cargo run -q -p {name}{CODE:#}\n");
    show(&page)?;

    let Some(program) = build(["-p", name, "--bin", name])? else {
        return Ok(false); // cargo has said why
    };
    let code = call(&mut Command::new(program))?;
    show(&format!("\n{}{}", items(article.sections.get(2)), what_is_next(name, &readme)))?;
    if code != 0 {
        complain(text(
            format!("{name} ended with exit code {code}, so it isn't marked as seen"),
            format!("{name} 的退出码是 {code}，所以没有标记为“已看”"),
        ));
        return Ok(false);
    }
    remember(name, State::Seen);
    Ok(true)
}

/// A section's title and list.
fn items(section: Option<&Section>) -> String {
    let Some(Section { title, items, .. }) = section else { return String::new() };
    let items: String = items.iter().map(|item| paragraph("  - ", item)).collect();
    heading(title) + &items + "\n"
}

fn what_is_next(name: &str, readme: &Path) -> String {
    let go_on = |what: &str, english, chinese| row(what, text(english, chinese));
    heading(text("Go on", "接下来"))
        + &go_on(
            &format!("cargo lessons check {name}"),
            "checks your answer to the exercise",
            "检查你的练习答案",
        )
        + &go_on(&format!("cargo lessons hint {name}"), "a hint for the exercise", "练习的提示")
        + &go_on(
            &format!("cargo lessons compare {name}"),
            "the Python cell, run beside it",
            "和 Python 原文并排对照",
        )
        + &go_on(
            &format!("cargo timeline {name}"),
            "a picture of when each process or thread ran",
            "画出每个进程或线程的运行时间",
        )
        + &go_on("cargo lessons next", "the next lesson", "下一课")
        + &go_on(&from_the_top(readme), "the whole text", "完整的课文")
}

fn heading(title: &str) -> String {
    format!("{BOLD}{title}{BOLD:#}\n\n")
}

/// What can be typed or opened, and what for.
fn row(what: &str, why: &str) -> String {
    let what = format!("  {CODE}{what}{CODE:#}");
    match columns() < 60 {
        true => what + "\n" + &paragraph("    ", why),
        false => paragraph(&padded(&what, 41), why),
    }
}

/// In words, and with a sign for a look down the list.
fn in_words(state: State) -> String {
    let (sign, words, colour) = match state {
        State::NotSeen => ("[ ]", text("not seen", "未看"), Style::new()),
        State::Seen => ("[-]", text("seen", "已看"), AnsiColor::Yellow.on_default()),
        State::Done => ("[x]", text("done", "已完成"), AnsiColor::Green.on_default()),
    };
    format!("{colour}{sign} {words}{colour:#}")
}
