//! A learner's answer to an exercise, or the solution: built, run, and what came of it.

use std::error::Error;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use subprocess_call::call_timeout;

use crate::build::build;
use crate::course::{Course, Lesson};
use crate::language::Language;
use crate::progress::{State, remember};
use crate::screen::{doing, padded, show};

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
}

/// Checks one and lets it say itself what falls short.
pub fn one(lesson: &Lesson, what: What, language: Language) -> Result<ExitCode, Box<dyn Error>> {
    let outcome = check(lesson, what, language, Stdio::inherit)?;
    let why = match outcome {
        Outcome::Passed | Outcome::FellShort => String::new(), // which it has said
        _ => sentence(outcome, language) + "\n",
    };
    show(&(why + &and_now(outcome, what, &lesson.name, language)))?;
    Ok(exit_code(outcome == Outcome::Passed))
}

/// Checks all, with a line for each.
pub fn all(course: &Course, what: What) -> Result<ExitCode, Box<dyn Error>> {
    let mut passed = 0;
    for lesson in &course.lessons {
        let outcome = check(lesson, what, course.language, Stdio::null)?;
        let (number, name) = (lesson.number, padded(&lesson.name, 17));
        show(&format!("  {number}  {name}{}\n", sentence(outcome, course.language)))?;
        passed += usize::from(outcome == Outcome::Passed);
    }
    Ok(exit_code(passed == course.lessons.len()))
}

fn check(
    lesson: &Lesson,
    what: What,
    language: Language,
    output: fn() -> Stdio,
) -> Result<Outcome, Box<dyn Error>> {
    let name = &lesson.name;
    doing(
        language.say(format!("building and running {name} …"), format!("正在编译并运行 {name} …")),
    );
    let kind = if what == What::Exercise { "exercise" } else { "solution" };
    let Some(program) = build(name, "--example", &format!("{name}-{kind}"))? else {
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

fn and_now(outcome: Outcome, what: What, name: &str, language: Language) -> String {
    let folder = format!("crates/{name}/examples");
    match (what, outcome) {
        (What::Solution, _) => String::new(),
        (What::Exercise, Outcome::Passed) => language.say(
            format!("compare with {folder}/solution.rs; then: cargo lessons next\n"),
            format!("可以跟 {folder}/solution.rs 对照一下，然后：cargo lessons next\n"),
        ),
        (What::Exercise, _) => language.say(
            format!("edit {folder}/exercise.rs, then: cargo lessons check {name}\n"),
            format!("修改 {folder}/exercise.rs，然后：cargo lessons check {name}\n"),
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
