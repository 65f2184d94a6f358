//! The list of the lessons, and a lesson in short around its run.

use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};

use anstyle::{AnsiColor, Style};
use scripts::root;
use subprocess_call::call;

use crate::columns;
use crate::course::{Course, Lesson, read};
use crate::exercise::from_the_top;
use crate::language::Language;
use crate::markdown::{self, Section};
use crate::progress::{Progress, State, remember};
use crate::screen::{BOLD, CODE, complain, is_narrow, padded, paragraph, show};
use scripts::build::build;

type Done = Result<ExitCode, Box<dyn Error>>;

pub fn list(course: &Course) -> Done {
    let language = course.language;
    let progress = Progress::read_or_complain(language);
    let mut page = heading(language.say("The lessons, in order", "课程目录"));
    for lesson in &course.lessons {
        let (name, python) = (padded(lesson.name, 17), padded(&lesson.python, 28));
        let state = in_words(progress.of(lesson.name), language);
        page += &format!("  {}  {BOLD}{name}{BOLD:#}{python}{state}\n", lesson.number);
        page += &paragraph("     ", &lesson.teaches);
    }
    page += "\n";
    page += &match next_of(course, &progress) {
        None => exercises_left(course, &progress),
        Some(Lesson { number, name, .. }) => row(
            "cargo lessons next",
            &language.say(format!("lesson {number}, {name}"), format!("第 {number} 课：{name}")),
        ),
    };
    page += &row("cargo lessons --help", language.say("what else there is", "其他用法"));
    show(&page)?;
    Ok(ExitCode::SUCCESS)
}

pub fn next(course: &Course) -> Done {
    let language = course.language;
    let progress = Progress::read_or_complain(language);
    match next_of(course, &progress) {
        Some(lesson) => walk(lesson, language),
        None => {
            show(&exercises_left(course, &progress))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The first that wasn't seen.
fn next_of<'a>(course: &'a Course, progress: &Progress) -> Option<&'a Lesson> {
    course.lessons.iter().find(|lesson| progress.of(lesson.name) == State::NotSeen)
}

/// When all lessons were seen: the exercises that aren't done, or that all are.
fn exercises_left(course: &Course, progress: &Progress) -> String {
    let language = course.language;
    let left = course.lessons.iter().filter(|lesson| progress.of(lesson.name) != State::Done);
    let left: String = left
        .map(|Lesson { number, name, .. }| {
            let lesson = language.say(format!("lesson {number}"), format!("第 {number} 课"));
            row(&format!("cargo lessons check {name}"), &lesson)
        })
        .collect();
    match left.is_empty() {
        true => all_done(language),
        false => {
            let sentence = language.say(
                "You have seen all lessons. These exercises are left:",
                "所有的课都看完了，还剩下这些练习：",
            );
            paragraph("", sentence) + &left
        }
    }
}

/// The notebook's cell and `src/main.rs`.
pub fn code(lesson: &Lesson) -> Result<String, Box<dyn Error>> {
    let names = ["notebook.py", "src/main.rs"].map(|file| format!("crates/{}/{file}", lesson.name));
    let mut texts = Vec::new();
    for name in &names {
        texts.push(read(&root().join(name))?.lines().map(str::to_string).collect::<Vec<_>>());
    }
    Ok(columns::show_code((&names[0], &texts[0]), (&names[1], &texts[1])))
}

pub fn walk(lesson: &Lesson, language: Language) -> Done {
    let readme = language.readme(&lesson.folder());
    let article = markdown::read(&read(&readme)?);
    let mut page = heading(article.title.as_deref().unwrap_or(lesson.name));
    page += &article.opening.map_or_else(String::new, |text| paragraph("", &text) + "\n");
    page += &(code(lesson)? + "\n");
    page += &bullets(article.sections.get(1), &readme, language);
    page += &before_the_run(lesson, language);
    show(&page)?;

    let Some(program) = build(["-p", lesson.name, "--bin", lesson.name])? else {
        return Ok(ExitCode::FAILURE); // cargo has said why
    };
    let code = call(&mut Command::new(program))?;
    let mut page = "\n".to_string();
    page += &bullets(article.sections.get(2), &readme, language);
    page += &what_is_next(lesson, &readme, language);
    show(&page)?;
    if code != 0 {
        complain(language.say(
            format!("{} ended with exit code {code}, so it isn't marked as seen", lesson.name),
            format!("{} 的退出码是 {code}，所以没有标记为“已看”", lesson.name),
        ));
        return Ok(ExitCode::FAILURE);
    }
    remember(lesson.name, State::Seen, language);
    Ok(ExitCode::SUCCESS)
}

/// A section's title and list, or a sentence that there is none.
fn bullets(section: Option<&Section>, readme: &Path, language: Language) -> String {
    let Some(section) = section.filter(|section| !section.bullets.is_empty()) else {
        let readme = from_the_top(readme);
        let sentence = language.say(
            format!("({readme} has no list here yet.)"),
            format!("（{readme} 里这一节还没有要点。）"),
        );
        return paragraph("", &sentence) + "\n";
    };
    let items = section.bullets.iter().map(|item| paragraph("  - ", item));
    heading(&section.title) + &items.collect::<String>() + "\n"
}

fn before_the_run(lesson: &Lesson, language: Language) -> String {
    let takes = match lesson.facts.takes {
        ..10 => String::new(),
        seconds => language
            .say(format!("It takes {seconds} seconds.\n"), format!("要运行 {seconds} 秒。\n")),
    };
    format!("{takes}{CODE}$ cargo run -q -p {}{CODE:#}\n", lesson.name)
}

fn what_is_next(Lesson { name, .. }: &Lesson, readme: &Path, language: Language) -> String {
    let says = |english, chinese| language.say(english, chinese);
    heading(says("Go on", "接下来"))
        + &row(
            &format!("cargo lessons check {name}"),
            says("checks your answer to the exercise", "检查你的练习答案"),
        )
        + &row(&format!("cargo lessons hint {name}"), says("a hint for the exercise", "练习的提示"))
        + &row(
            &format!("cargo lessons compare {name}"),
            says("the Python cell, run beside it", "和 Python 原文并排对照"),
        )
        + &row(
            &format!("cargo timeline {name}"),
            says("a picture of when each process or thread ran", "画出每个进程或线程的运行时间"),
        )
        + &row("cargo lessons next", says("the next lesson", "下一课"))
        + &row(&from_the_top(readme), says("the whole text", "完整的课文"))
}

fn heading(title: &str) -> String {
    format!("{BOLD}{title}{BOLD:#}\n\n")
}

/// What can be typed or opened, and what for.
fn row(what: &str, why: &str) -> String {
    let what = format!("  {CODE}{what}{CODE:#}");
    match is_narrow() {
        true => what + "\n" + &paragraph("    ", why),
        false => paragraph(&padded(&what, 41), why),
    }
}

/// In words, and with a sign for a look down the list.
fn in_words(state: State, language: Language) -> String {
    let (sign, words, colour) = match state {
        State::NotSeen => ("[ ]", language.say("not seen", "未看"), Style::new()),
        State::Seen => ("[-]", language.say("seen", "已看"), AnsiColor::Yellow.on_default()),
        State::Done => ("[x]", language.say("done", "已完成"), AnsiColor::Green.on_default()),
    };
    format!("{colour}{sign} {words}{colour:#}")
}

fn all_done(language: Language) -> String {
    let sentence = language.say(
        "All lessons are seen and all exercises done. CONTRIBUTING.md says how to add a lesson.\n",
        "所有的课都看完了，练习也都做完了。想自己添一课，请看 CONTRIBUTING.md。\n",
    );
    paragraph("", sentence.trim_end())
}
