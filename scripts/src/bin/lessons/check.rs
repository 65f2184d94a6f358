//! A learner's answer to an exercise, or the solution: built, run, and what came of it.

use std::process::{Command, Stdio};
use std::time::Duration;

use scripts::Done;
use scripts::build::build;
use subprocess_call::{Error, call_timeout};

use crate::answers;
use crate::course::{Lesson, from_the_top};
use crate::exercise::solved;
use crate::language::text;
use crate::progress::{State, remember};
use crate::screen::{complain, padded, show};

/// How long a learner's program may run; building it takes what it takes.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    Exercise,
    Solution,
}

#[derive(PartialEq, Eq)]
enum Outcome {
    Passed,
    /// The program has said why.
    FellShort,
    /// Why it fell short.
    Failed(String),
    NotBegun,
}

/// Checks one and lets it say itself what falls short.
pub fn one(lesson: &Lesson, what: What) -> Done<bool> {
    let (name, answer) = (lesson.name, answers::file(lesson));
    let file = from_the_top(&answer);
    if what == What::Exercise && answers::make(lesson)? {
        complain(text(
            format!(
                "made {file}, your copy of the exercise; for a hint: cargo lessons hint {name}"
            ),
            format!("已生成 {file}，这是你的练习副本；需要提示：cargo lessons hint {name}"),
        ));
    }
    let outcome = check(lesson, what, Stdio::inherit)?;
    let why = match &outcome {
        Outcome::Passed | Outcome::FellShort => String::new(),
        _ => sentence(&outcome) + "\n",
    };
    let passed = outcome == Outcome::Passed;
    let next = match (what, passed) {
        (What::Solution, true) => solved(lesson, None)?,
        (What::Solution, false) => String::new(),
        (What::Exercise, true) => {
            solved(lesson, Some(&answer))? + text("\nThen: ", "\n接下来：") + "cargo lessons next\n"
        }
        (What::Exercise, false) => text(
            format!("edit {file}, then: cargo lessons check {name}\n"),
            format!("修改 {file}，然后：cargo lessons check {name}\n"),
        ),
    };
    show(&(why + &next))?;
    Ok(passed)
}

/// Checks all that were begun, with a line for each lesson.
pub fn all(lessons: &[Lesson], what: What) -> Done<bool> {
    let mut all_passed = true;
    for lesson in lessons {
        let outcome = check(lesson, what, Stdio::null)?;
        let (number, name) = (lesson.number, padded(lesson.name, 17));
        show(&format!("  {number}  {name}{}\n", sentence(&outcome)))?;
        all_passed &= outcome == Outcome::Passed;
    }
    Ok(all_passed)
}

/// Puts the exercise back as it was.
pub fn reset(lesson: &Lesson) -> Done<bool> {
    let kept = answers::reset(lesson)?.map(|kept| from_the_top(&kept));
    let file = from_the_top(&answers::file(lesson));
    show(&match kept {
        Some(kept) => text(
            format!("{file} is the exercise again; your answer is kept in {kept}\n"),
            format!("{file} 已恢复成原来的练习；你的答案保存在 {kept}\n"),
        ),
        None => text(
            format!("{file} is the exercise as it was shipped\n"),
            format!("{file} 就是原来的练习\n"),
        ),
    })?;
    Ok(true)
}

fn check(lesson: &Lesson, what: What, output: fn() -> Stdio) -> Done<Outcome> {
    let name = lesson.name;
    let program = match what {
        What::Exercise if !answers::file(lesson).exists() => return Ok(Outcome::NotBegun),
        What::Exercise => {
            answers::make(lesson)?; // the manifest: the answer may have been copied there by hand
            answers::build_answer(lesson)?
        }
        What::Solution => build(["--workspace", "--example", &format!("{name}-solution")])?,
    };
    let Some(program) = program else {
        return Ok(Outcome::Failed(text("it doesn't compile yet", "编译出错").into()));
    };
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(output()).stderr(output());
    let outcome = run(&mut command, LIMIT)?;
    if outcome == Outcome::Passed && what == What::Exercise {
        remember(name, State::Done);
    }
    Ok(outcome)
}

fn run(command: &mut Command, limit: Duration) -> Result<Outcome, Error> {
    match call_timeout(command, limit) {
        Ok(0) => Ok(Outcome::Passed),
        Ok(1) => Ok(Outcome::FellShort),
        Ok(code) => Ok(Outcome::Failed(text(
            format!("it ended with exit code {code}"),
            format!("程序的退出码是 {code}"),
        ))),
        Err(Error::TimedOut { .. }) => Ok(Outcome::Failed(text(
            format!("it is still running after {limit:?} (a deadlock?)"),
            format!("{} 秒后还在运行（死锁了？）", limit.as_secs()),
        ))),
        Err(error) => Err(error),
    }
}

fn sentence(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => text("passed", "通过").into(),
        Outcome::NotBegun => text("not begun", "还没开始").into(),
        Outcome::FellShort => text("falls short", "还没通过").into(),
        Outcome::Failed(why) => text("falls short: ", "还没通过：").to_string() + why,
    }
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
        let text = sentence(&outcome);
        assert_eq!(text, "falls short: it is still running after 100ms (a deadlock?)");
    }
}
