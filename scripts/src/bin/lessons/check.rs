//! A learner's answer to an exercise, or the solution: built, run, and what came of it.

use std::error::Error;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use subprocess_call::call_timeout;

use crate::answers;
use crate::course::{Course, Lesson};
use crate::exercise::{from_the_top, solved};
use crate::language::Language;
use crate::progress::{State, remember};
use crate::screen::{complain, padded, show};
use scripts::build::build;

/// How long a learner's program may run; building it takes what it takes.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    Exercise,
    Solution,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    FellShort,
    Ended(i32),
    StillRunning,
    NotCompiled,
    NotBegun,
}

/// Checks one and lets it say itself what falls short.
pub fn one(lesson: &Lesson, what: What, language: Language) -> Result<ExitCode, Box<dyn Error>> {
    let file = from_the_top(&answers::file(lesson));
    if what == What::Exercise && answers::make(lesson)? {
        complain(language.say(
            format!(
                "made {file}, your copy of the exercise; for a hint: cargo lessons hint {}",
                lesson.name
            ),
            format!(
                "已生成 {file}，这是你的练习副本；需要提示：cargo lessons hint {}",
                lesson.name
            ),
        ));
    }
    let outcome = check(lesson, what, language, Stdio::inherit)?;
    let why = match outcome {
        Outcome::Passed | Outcome::FellShort => String::new(), // which it has said
        _ => sentence(outcome, language) + "\n",
    };
    let next = match (what, outcome) {
        (What::Solution, Outcome::Passed) => solved(lesson, None, language)?,
        (What::Solution, _) => String::new(),
        (What::Exercise, Outcome::Passed) => {
            let next = language.say("Then: ", "接下来：").to_string() + "cargo lessons next\n";
            solved(lesson, Some(&answers::file(lesson)), language)? + "\n" + &next
        }
        (What::Exercise, _) => language.say(
            format!("edit {file}, then: cargo lessons check {}\n", lesson.name),
            format!("修改 {file}，然后：cargo lessons check {}\n", lesson.name),
        ),
    };
    show(&(why + &next))?;
    Ok(exit_code(outcome == Outcome::Passed))
}

/// Checks all that were begun, with a line for each lesson.
pub fn all(course: &Course, what: What) -> Result<ExitCode, Box<dyn Error>> {
    let mut passed = 0;
    for lesson in &course.lessons {
        let outcome = check(lesson, what, course.language, Stdio::null)?;
        let (number, name) = (lesson.number, padded(lesson.name, 17));
        show(&format!("  {number}  {name}{}\n", sentence(outcome, course.language)))?;
        passed += usize::from(outcome == Outcome::Passed);
    }
    Ok(exit_code(passed == course.lessons.len()))
}

/// Puts the exercise back as it was.
pub fn reset(lesson: &Lesson, language: Language) -> Result<ExitCode, Box<dyn Error>> {
    let kept = answers::reset(lesson)?;
    let file = from_the_top(&answers::file(lesson));
    let told = match kept.map(|kept| from_the_top(&kept)) {
        Some(kept) => language.say(
            format!("{file} is the exercise again; your answer is kept in {kept}\n"),
            format!("{file} 已恢复成原来的练习；你的答案保存在 {kept}\n"),
        ),
        None => language.say(
            format!("{file} is the exercise as it was shipped\n"),
            format!("{file} 就是原来的练习\n"),
        ),
    };
    show(&told)?;
    Ok(ExitCode::SUCCESS)
}

fn check(
    lesson: &Lesson,
    what: What,
    language: Language,
    output: fn() -> Stdio,
) -> Result<Outcome, Box<dyn Error>> {
    let name = lesson.name;
    if what == What::Exercise {
        if !answers::file(lesson).exists() {
            return Ok(Outcome::NotBegun);
        }
        answers::make(lesson)?; // the manifest: an answer may have been copied there by hand
    }
    let program = match what {
        What::Exercise => answers::build_answer(lesson)?,
        What::Solution => build(["--workspace", "--example", &format!("{name}-solution")])?,
    };
    let Some(program) = program else {
        return Ok(Outcome::NotCompiled);
    };
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(output()).stderr(output());
    let outcome = run(&mut command, LIMIT)?;
    if (outcome, what) == (Outcome::Passed, What::Exercise) {
        remember(name, State::Done, language);
    }
    Ok(outcome)
}

fn run(command: &mut Command, limit: Duration) -> Result<Outcome, subprocess_call::Error> {
    match call_timeout(command, limit) {
        Ok(0) => Ok(Outcome::Passed),
        Ok(1) => Ok(Outcome::FellShort),
        Ok(code) => Ok(Outcome::Ended(code)),
        Err(subprocess_call::Error::TimedOut { .. }) => Ok(Outcome::StillRunning),
        Err(error) => Err(error),
    }
}

fn sentence(outcome: Outcome, language: Language) -> String {
    let say = |english: &str, chinese: &str| language.say(english, chinese).to_string();
    let seconds = LIMIT.as_secs();
    match outcome {
        Outcome::Passed => say("passed", "通过"),
        Outcome::FellShort => say("falls short", "还没通过"),
        Outcome::NotBegun => say("not begun", "还没开始"),
        Outcome::NotCompiled => say("falls short: it doesn't compile yet", "还没通过：编译出错"),
        Outcome::Ended(code) => language.say(
            format!("falls short: it ended with exit code {code}"),
            format!("还没通过：程序的退出码是 {code}"),
        ),
        Outcome::StillRunning => language.say(
            format!("falls short: it is still running after {seconds} s (a deadlock?)"),
            format!("还没通过：{seconds} 秒后还在运行（死锁了？）"),
        ),
    }
}

fn exit_code(passed: bool) -> ExitCode {
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(all(test, unix))] // where there is a `sleep`
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Instant;

    use super::*;

    #[test]
    fn what_runs_too_long_is_ended_and_told() {
        let start = Instant::now();
        let outcome = run(Command::new("sleep").arg("60"), Duration::from_millis(100)).unwrap();
        assert!(start.elapsed() < Duration::from_secs(30));
        let told = sentence(outcome, Language::English);
        assert_eq!(told, "falls short: it is still running after 60 s (a deadlock?)");
    }
}
