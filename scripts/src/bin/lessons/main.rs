//! `cargo lessons`: the lessons in order, each in short with its run; exercises checked; Python beside Rust.

use std::process::ExitCode;

use lexopt::prelude::*;
use scripts::Done;

use check::What;
use language::text;
use screen::show;

mod answers;
mod check;
mod columns;
mod compare;
mod course;
mod exercise;
mod language;
mod markdown;
mod progress;
mod python;
mod screen;
mod walk;
mod watch;

const HELP: &str = "\
Usage: cargo lessons                    the lessons in order, and where you are
       cargo lessons next | 6 | lock    a lesson in short, its code, and its run
       cargo lessons show lock          the cell in Python and in Rust
       cargo lessons compare lock       runs both, and shows the output of both
       cargo lessons check lock         checks your answer, answers/lock.rs
       cargo lessons check              checks all answers you have begun
       cargo lessons watch lock         checks at each save, until it passes
       cargo lessons hint lock [2]      a hint, the first or the second
       cargo lessons reset lock         puts it back; your answer is kept
       cargo lessons --help

  --zh, --en    in Chinese, in English; else as LC_ALL, LC_MESSAGES or LANG says
  --solution    with check: checks the solution and shows it

Answers are in the folder answers, or in the one that LESSONS_ANSWERS names.
Your progress is in the file .lessons, or where LESSONS_PROGRESS says;
delete it to start again. NO_COLOR=1: no colours.
";

const HELP_ZH: &str = "\
用法：cargo lessons                    各课的顺序，以及你学到了哪里
      cargo lessons next | 6 | lock    一课的要点和代码，并运行它
      cargo lessons show lock          这一课的 Python 和 Rust 代码
      cargo lessons compare lock       运行两者，对照输出
      cargo lessons check lock         检查你的答案 answers/lock.rs
      cargo lessons check              检查所有已开始的答案
      cargo lessons watch lock         每次保存就检查，直到通过
      cargo lessons hint lock [2]      提示：第一条，或第二条
      cargo lessons reset lock         恢复原来的练习；你的答案会另存
      cargo lessons --help

  --zh, --en    用中文、用英文；不写就看 LC_ALL、LC_MESSAGES 或 LANG
  --solution    和 check 一起用：检查并显示参考答案

答案在 answers 目录里，也可以用 LESSONS_ANSWERS 指定别的目录。
进度记在顶层目录的 .lessons 文件里，也可以用 LESSONS_PROGRESS 指定别的文件；
删掉这个文件，就从头开始。设置 NO_COLOR=1，就不用颜色。
";

fn main() -> ExitCode {
    scripts::run("lessons", || {
        language::set_from_environment();
        let (mut what, mut help, mut words) = (What::Exercise, false, Vec::new());
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Long("zh") => language::set(true),
                Long("en") => language::set(false),
                Long("solution") => what = What::Solution,
                Short('h') | Long("help") => help = true,
                Value(word) => words.push(word.string()?),
                _ => return Err(arg.unexpected().into()),
            }
        }
        if help {
            show(text(HELP, HELP_ZH))?;
            return Ok(true);
        }
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        carry_out(&words, what)
    })
}

/// Returns whether all is well: a lesson ended with 0, an answer passed.
fn carry_out(words: &[&str], what: What) -> Done<bool> {
    let lessons = course::lessons()?;
    let find = |name| course::find(&lessons, name);
    let wrong = |english: String, chinese| Err(lexopt::Error::from(text(english, chinese)).into());
    match (words, what) {
        (["check"], _) => check::all(&lessons, what),
        (["check", lesson], _) => check::one(find(lesson)?, what),
        (_, What::Solution) => wrong(
            "--solution is a flag of check: cargo lessons check lock --solution".into(),
            "--solution 只能和 check 一起用：cargo lessons check lock --solution".into(),
        ),
        ([], _) => walk::list(&lessons),
        (["next"], _) => walk::next(&lessons),
        (["hint", lesson], _) => exercise::hint(find(lesson)?, "1"),
        (["hint", lesson, number], _) => exercise::hint(find(lesson)?, number),
        (["show", lesson], _) => walk::show_code(find(lesson)?),
        (["watch", lesson], _) => watch::watch(find(lesson)?),
        (["reset", lesson], _) => check::reset(find(lesson)?),
        (["compare", lesson], _) => compare::compare(find(lesson)?),
        ([command @ ("check" | "compare" | "hint" | "reset" | "show" | "watch"), ..], _) => wrong(
            format!("name one lesson, as in: cargo lessons {command} lock"),
            format!("请写出一课的名字，例如：cargo lessons {command} lock"),
        ),
        ([lesson], _) => walk::walk(find(lesson)?),
        _ => {
            let words = words.join(" ");
            wrong(
                format!("there is no command `cargo lessons {words}`"),
                format!("没有 `cargo lessons {words}` 这个命令"),
            )
        }
    }
}
