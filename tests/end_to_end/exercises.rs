//! The exercises, in a learner's copies: the solution of each passes, a reset keeps the answer, there are hints. That
//! each falls short as it is shipped stands in the lesson's README, whose commands are run by `docs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use libtest_mimic::Trial;
use tests::{LESSONS, binary, blocks, root};

pub fn trials() -> Vec<Trial> {
    let _ = fs::remove_dir_all(answers()); // of another run
    let lessons = LESSONS.iter().map(|lesson| {
        tests::test(*lesson, || {
            the_readme_shows_how_it_falls_short(lesson);
            the_solution_passes(lesson);
            a_reset_keeps_the_answer(lesson);
            there_are_hints_one_at_a_time(lesson);
        })
    });
    let all = [
        tests::test("all solutions pass", all_solutions_pass),
        tests::test("an answer copied there by hand is checked", an_answer_copied_there_is_checked),
        tests::test("the clone that cargo runs in counts", the_clone_that_cargo_runs_in_counts),
    ];
    lessons.chain(all).collect()
}

/// The folder of a learner's answers: one for all lessons, so that they are built once.
fn answers() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("answers of exercises")
}

fn lessons(args: &[&str]) -> Output {
    let mut command = Command::new(binary("lessons").unwrap());
    command.args(args).stdin(Stdio::null()).current_dir(root()).env("LC_ALL", "C");
    command.env("LESSONS_ANSWERS", answers());
    command.env("LESSONS_PROGRESS", std::env::temp_dir().join("no such folder").join("progress"));
    command.output().unwrap()
}

/// What `cargo lessons` prints, and its exit code.
fn printed(args: &[&str]) -> (String, Option<i32>) {
    let output = lessons(args);
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

fn answer(lesson: &str) -> PathBuf {
    answers().join(lesson).with_extension("rs")
}

/// A file as a learner in the top folder sees it.
fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

/// The solution as an answer: its check is the one that the exercise's copy names.
fn solution(lesson: &str) -> String {
    let exercise = fs::read_to_string(answer(lesson)).unwrap();
    let check = exercise.lines().find(|line| line.starts_with("#[path")).unwrap();
    let file = root().join("crates").join(lesson).join("examples/solution.rs");
    let solution = fs::read_to_string(file).unwrap();
    solution.replacen("mod check;", &format!("{check}\nmod check;"), 1)
}

/// In a block of the kind `console fails`, so that `docs` expects an exit code that isn't 0.
fn the_readme_shows_how_it_falls_short(lesson: &str) {
    let check = format!("cargo lessons check {lesson}");
    let blocks = blocks(&root().join("crates").join(lesson).join("README.md")).unwrap();
    let failing = blocks.iter().filter(|block| block.info == "console fails");
    let shown = failing.flat_map(|block| block.commands()).find(|(command, _)| *command == check);
    let (_, lines) = shown.unwrap_or_else(|| panic!("no `$ {check}`"));
    assert!(lines[0].starts_with("falls short: ") && lines[1].starts_with("hint: "), "{lines:?}");
    assert_eq!(lines[2..], [format!("edit answers/{lesson}.rs, then: {check}")]);
}

fn the_solution_passes(lesson: &str) {
    let (text, code) = printed(&["reset", lesson]); // makes the copy
    assert_eq!((text.lines().count(), code), (1, Some(0)), "{text}");
    fs::write(answer(lesson), solution(lesson)).unwrap();
    let (text, code) = printed(&["check", lesson]);
    assert!(text.starts_with("passed: ") && code == Some(0), "{text}");
    let title = format!("\ncrates/{lesson}/examples/solution.rs\n---");
    let solution = text.split_once(&title);
    let (_, solution) = solution.unwrap_or_else(|| panic!("no solution in {text}"));
    assert!(solution.contains("\nmod check;\n"), "{solution}");
    let (_, why) = solution.rsplit_once("}\n\n").unwrap();
    assert!(why.matches(['.', '?']).count() >= 2, "{why}");
    assert!(why.ends_with("\n\nThen: cargo lessons next\n"), "{why}");
}

fn a_reset_keeps_the_answer(lesson: &str) {
    let (file, solved) = (answer(lesson), solution(lesson));
    let (text, code) = printed(&["reset", lesson]);
    let kept = file.with_extension("1.rs");
    assert!(text.contains(&format!("your answer is kept in {}\n", shown(&kept))), "{text}");
    assert_eq!((fs::read_to_string(kept).unwrap(), code), (solved, Some(0)));
    let again = fs::read_to_string(&file).unwrap();
    assert!(again.contains("// Your turn: "), "{again}");
    let (text, _) = printed(&["reset", lesson]);
    assert!(text.ends_with(" is the exercise as it was shipped\n"), "{text}");
    fs::write(&file, "another answer").unwrap();
    printed(&["reset", lesson]);
    assert_eq!(fs::read_to_string(file.with_extension("2.rs")).unwrap(), "another answer");
    assert_eq!(fs::read_to_string(&file).unwrap(), again);
}

fn there_are_hints_one_at_a_time(lesson: &str) {
    for language in ["--en", "--zh"] {
        let hint = |n: usize| printed(&["hint", lesson, &n.to_string(), language]);
        let last = (1..9).find(|n| hint(*n).0.contains("check")).unwrap();
        let hints: Vec<_> = (1..=last).map(|n| hint(n).0).collect();
        assert!(last >= 3 && !hints.windows(2).any(|two| two[0] == two[1]), "{hints:#?}");
        assert_eq!(printed(&["hint", lesson, language]), hint(1));
        assert_eq!((hint(0).1, hint(last + 1).1), (Some(2), Some(2)));
    }
}

fn an_answer_copied_there_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers by hand");
    let run = |args: &[&str]| {
        let mut lessons = Command::new(binary("lessons").unwrap());
        lessons.args(args).env("LESSONS_ANSWERS", &answers);
        lessons.env("LESSONS_PROGRESS", folder.path().join("progress")).output().unwrap()
    };
    let made = String::from_utf8(run(&["check", "lock", "--en"]).stderr).unwrap();
    assert!(made.starts_with("lessons: made ") && made.lines().count() == 1, "{made}");
    let check = root().join("crates/lock/examples/check/mod.rs");
    let solution = fs::read_to_string(root().join("crates/lock/examples/solution.rs")).unwrap();
    let answer = solution.replacen("mod check;", &format!("#[path = {check:?}]\nmod check;"), 1);
    fs::write(answers.join("lock.rs"), answer).unwrap();
    let printed = String::from_utf8(run(&["check", "--en"]).stdout).unwrap();
    assert!(printed.contains("lock             passed"), "{printed}");
}

/// Two clones with one target folder have one program. It must not change the answers of the other clone.
fn the_clone_that_cargo_runs_in_counts() {
    let clone = tempfile::tempdir().unwrap();
    let mut lessons = Command::new(binary("lessons").unwrap());
    let output = lessons.env("CARGO_MANIFEST_DIR", clone.path().join("scripts")).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains(clone.path().to_str().unwrap()), "{message}");
}

fn all_solutions_pass() {
    let (text, code) = printed(&["check", "--solution"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines.len(), code), (LESSONS.len(), Some(0)), "{text}");
    for (line, lesson) in lines.iter().zip(LESSONS) {
        assert!(line.contains(lesson) && line.ends_with(" passed"), "{text}");
    }
}
