//! `cargo lessons`: the lessons in order, each in short with its run; exercises checked; Python beside Rust.

use std::error::Error;
use std::process::ExitCode;

use check::What;
use course::Course;
use language::Language;
use lexopt::prelude::*;
use screen::{complain, show};
use scripts::is_closed;

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

const USAGE: &str = "\
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
";

const USAGE_ZH: &str = "\
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
";

const MORE: &str = "
  --zh, --en    in Chinese, in English; else as LC_ALL, LC_MESSAGES or LANG says
  --solution    with check: checks the solution and shows it

Your answers are in the folder answers, or where LESSONS_ANSWERS says.
Your progress is in the file .lessons, or where LESSONS_PROGRESS says;
delete it to start again. NO_COLOR=1: no colours.
";

const MORE_ZH: &str = "
  --zh, --en    用中文、用英文；不写就看 LC_ALL、LC_MESSAGES 或 LANG
  --solution    和 check 一起用：检查并显示参考答案

答案在 answers 目录里，也可以用 LESSONS_ANSWERS 指定别的目录。
进度记在顶层目录的 .lessons 文件里，也可以用 LESSONS_PROGRESS 指定别的文件；
删掉这个文件，就从头开始。设置 NO_COLOR=1，就不用颜色。
";

fn main() -> ExitCode {
    let mut options = Options::of_environment();
    match options.parse().and_then(|()| carry_out(&options)) {
        Ok(code) => code,
        Err(wrong) if wrong.is::<lexopt::Error>() => {
            complain(format_args!("{wrong}\n{}", options.language.say(USAGE, USAGE_ZH).trim_end()));
            ExitCode::from(2)
        }
        Err(error) if is_closed(&*error) => ExitCode::SUCCESS, // `| head -1` has what it wanted
        Err(error) => {
            complain(error);
            ExitCode::FAILURE
        }
    }
}

fn carry_out(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let (language, what) = (options.language, options.what);
    if options.help {
        show(&(language.say(USAGE, USAGE_ZH).to_string() + language.say(MORE, MORE_ZH)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let course = Course::read(language)?;
    let words: Vec<_> = options.words.iter().map(String::as_str).collect();
    match (&words[..], what) {
        (["check"], _) => check::all(&course, what),
        (["check", lesson], _) => check::one(course.find(lesson)?, what, language),
        (_, What::Solution) => Err(lexopt::Error::from("--solution goes with check").into()),
        ([], _) => walk::list(&course),
        (["next"], _) => walk::next(&course),
        (["hint", lesson], _) => exercise::hint(course.find(lesson)?, None, language),
        (["hint", lesson, number], _) => {
            exercise::hint(course.find(lesson)?, Some(number), language)
        }
        (["show", lesson], _) => {
            show(&walk::code(course.find(lesson)?)?)?;
            Ok(ExitCode::SUCCESS)
        }
        (["watch", lesson], _) => watch::watch(course.find(lesson)?, language),
        (["reset", lesson], _) => check::reset(course.find(lesson)?, language),
        (["compare", lesson], _) => compare::compare(course.find(lesson)?, language),
        ([what @ ("compare" | "hint" | "reset" | "show" | "watch")], _) => {
            Err(lexopt::Error::from(format!("{what} which lesson?")).into())
        }
        ([lesson], _) => walk::walk(course.find(lesson)?, language),
        _ => Err(lexopt::Error::from("too many words").into()),
    }
}

struct Options {
    language: Language,
    what: What,
    help: bool,
    words: Vec<String>,
}

impl Options {
    fn of_environment() -> Self {
        let language = Language::of_environment();
        Self { language, what: What::Exercise, help: false, words: Vec::new() }
    }

    fn parse(&mut self) -> Result<(), Box<dyn Error>> {
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Long("zh") => self.language = Language::Chinese,
                Long("en") => self.language = Language::English,
                Long("solution") => self.what = What::Solution,
                Short('h') | Long("help") => self.help = true,
                Value(word) => self.words.push(word.string()?),
                _ => return Err(arg.unexpected().into()),
            }
        }
        Ok(())
    }
}
