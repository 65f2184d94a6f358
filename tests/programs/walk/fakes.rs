//! With a `cargo` or a `python3` of our own in the place of the real one.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::{env, iter};

use tests::LESSONS;

use super::{Learner, printed};

impl Learner {
    /// A program of this learner's.
    fn script(&self, name: &str, lines: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        // Written by another process: one that another test starts meanwhile would hold the file open for a moment,
        // and a file that is open for writing can't be run (ETXTBSY).
        let tee = &mut Command::new("tee");
        let mut tee = tee.arg(&path).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        write!(tee.stdin.take().unwrap(), "#!/bin/sh\n{lines}\n").unwrap();
        assert!(tee.wait().unwrap().success());
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A cargo that builds a program of `lines`, whatever it is asked for.
    fn builds(&self, lines: &str) -> PathBuf {
        let program = self.script("program", lines);
        let message = format!("{{\"reason\":\"compiler-artifact\",\"executable\":{program:?}}}");
        self.script("cargo", &format!("echo '{message}'"))
    }

    /// Checks an exercise that consists of `lines`, with a copy of it that is there already.
    fn checks(&self, lines: &str) -> Output {
        self.sees(&["reset", "lock"]);
        self.command(&["check", "lock"]).env("CARGO", self.builds(lines)).output().unwrap()
    }

    /// Compares with a Python 3.99.1 that runs a cell of `lines`.
    fn compares(&self, lines: &str) -> Command {
        self.script(
            "python3",
            &format!("[ \"$1\" = -c ] && echo 3.99.1 && echo \"$0\" && exit\n{lines}"),
        );
        let mut command = self.command(&["compare", "lock"]);
        command.env("PATH", self.before_others());
        command
    }

    fn before_others(&self) -> std::ffi::OsString {
        let others = env::var_os("PATH").unwrap_or_default();
        env::join_paths(iter::once(self.folder.path().into()).chain(env::split_paths(&others)))
            .unwrap()
    }
}

#[test]
fn an_exercise_that_passes_is_done() {
    let learner = Learner::new();
    let text = printed(learner.checks("echo passed: all"));
    assert!(text.starts_with("passed: all\n\n"), "{text}");
    assert!(text.contains("\ncrates/lock/examples/solution.rs\n"), "{text}");
    assert!(text.ends_with("\n\nThen: cargo lessons next\n"), "{text}");
    assert!(learner.progress().ends_with("lock: done\n"), "{}", learner.progress());
}

#[test]
fn an_exercise_that_doesnt_pass_isnt_done_and_says_why() {
    let learner = Learner::with("lock: seen\n");
    let file = learner.folder.path().join("answers of walk/lock.rs");
    let edit = format!("edit {}, then: cargo lessons check lock\n", file.display());
    for (lines, why) in [
        ("echo falls short: by 1; exit 1", "falls short: by 1\n"),
        ("exit 101", "falls short: it ended with exit code 101\n"),
        ("kill -6 $$", "falls short: it ended with exit code -6\n"),
    ] {
        let output = learner.checks(lines);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{why}{edit}"));
    }
    let cargo = learner.script("cargo", "echo 'error[E0499]' >&2; exit 101");
    let output = learner.command(&["check", "6"]).env("CARGO", cargo).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, format!("falls short: it doesn't compile yet\n{edit}"));
    assert_eq!((output.status.code(), &*output.stderr), (Some(1), &b"error[E0499]\n"[..]));
    assert_eq!(learner.progress(), "lock: seen\n");
}

#[test]
fn an_answer_is_checked_at_each_save_until_it_passes() {
    let learner = Learner::new();
    learner.sees(&["reset", "lock"]);
    let answer = learner.folder.path().join("answers of walk/lock.rs");
    let check =
        format!("grep -q right {answer:?} && echo passed || {{ echo falls short; exit 1; }}");
    let mut command = learner.command(&["watch", "lock"]);
    command.env("CARGO", learner.builds(&check)).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut lessons = command.spawn().unwrap();
    let mut stderr = BufReader::new(lessons.stderr.take().unwrap());
    for text in ["wrong", "still wrong", "right"] {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0);
        assert!(line.contains("waiting until "), "{line}");
        // At once, as many editors save: a file that is half written would be checked, too.
        fs::write(answer.with_extension("new"), text).unwrap();
        fs::rename(answer.with_extension("new"), &answer).unwrap();
    }
    let output = lessons.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && printed.contains("\npassed\n"), "{printed}");
    assert_eq!(printed.matches("falls short\n").count(), 3, "{printed}");
}

#[test]
fn a_lesson_that_fails_isnt_seen() {
    let learner = Learner::new();
    let cargo = learner.builds("exit 3");
    let output = learner.command(&["lock"]).env("CARGO", cargo).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("exit code 3"), "{message}");
    assert_eq!(learner.progress(), "");
}

#[test]
fn every_lesson_has_what_is_shown_of_it_in_both_languages() {
    let learner = Learner::new();
    let cargo = learner.builds("exit 0");
    for (lesson, language) in LESSONS.iter().flat_map(|lesson| [(lesson, "--en"), (lesson, "--zh")])
    {
        let mut command = learner.command(&[lesson, language]);
        let page = printed(command.env("CARGO", &cargo).output().unwrap());
        assert_eq!(
            page.matches("\n  - ").count().clamp(4, 8),
            page.matches("\n  - ").count(),
            "{page}"
        );
        assert!(!page.contains("(crates/") && !page.contains("（crates/"), "no list: {page}");
        let readme = if language == "--zh" { "README.zh.md" } else { "README.md" };
        assert!(page.contains(&format!("crates/{lesson}/{readme} ")), "{page}");
    }
}

#[test]
fn python_and_rust_stand_side_by_side() {
    let learner = Learner::new();
    let cell = "echo \"$1\"; printf 'a\\tb\\n'; echo $PYTHONPATH | grep -o crates/task-utils";
    let page = printed(learner.compares(cell).output().unwrap());
    let lines: Vec<_> =
        page.lines().skip_while(|line| !line.starts_with("Python")).take(5).collect();
    assert_eq!(
        lines,
        [
            "Python 3.99.1           | Rust",
            "------------------------+-----",
            "crates/lock/notebook.py | 0",
            "a       b               |",
            "crates/task-utils       |",
        ]
    );
    assert!(page.contains("\nPython 3.99.1: 0.") && page.contains(" times as long"), "{page}");
    let narrow = printed(learner.compares(cell).env("COLUMNS", "29").output().unwrap());
    assert!(narrow.contains("\ncrates/task-utils\n\nRust\n----\n0\n"), "{narrow}");
}

#[test]
fn a_cell_that_fails_is_shown_with_its_exit_code_and_no_ratio() {
    let page = printed(Learner::new().compares("echo Traceback >&2; exit 7").output().unwrap());
    assert!(page.contains("\nPython 3.99.1, stderr\n---------------------\nTraceback\n"), "{page}");
    assert!(page.contains("\nPython 3.99.1 failed, with exit code 7.\n"), "{page}");
    assert!(!page.contains("times as long"), "{page}");
}

#[test]
fn without_python_3_rust_runs_alone() {
    let learner = Learner::new();
    learner.script("python", "echo 2.7.18; echo \"$0\"");
    learner.script("python3", "exit 127");
    let mut command = learner.command(&["compare", "lock"]);
    let page = printed(command.env("PATH", learner.before_others()).output().unwrap());
    assert!(
        page.contains("\nNo Python 3 was found") && page.ends_with("\nRust\n----\n0\n"),
        "{page}"
    );
}

#[test]
fn a_program_that_is_missing_is_named_before_the_comparison() {
    let learner = Learner::new();
    let cargo = learner.builds("echo recorded");
    learner.script("python3", "[ \"$1\" = -c ] && echo 3.99.1 && echo \"$0\" && exit\nexit 1");
    let mut command = learner.command(&["compare", "communicate"]);
    command.env("CARGO", cargo).env("PATH", learner.folder.path());
    let page = printed(command.output().unwrap());
    let (before, after) = page.split_once("\nPython 3.99.1").unwrap();
    assert!(before.contains("\nnslookup isn't installed here: "), "{page}");
    assert!(after.contains("recorded"), "{page}");
}

#[test]
fn ctrl_c_ends_the_lesson_too() {
    let lessons = tests::interruptible(&tests::binary("lessons").unwrap());
    let mut command = Learner::new().has(lessons, &["threads"]);
    let mut lessons = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(lessons.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("thread LoopThread") {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0);
    }
    tests::interrupt(&lessons).unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap(); // until nobody holds it any more
    assert!(!rest.contains("MainThread ended!"), "{rest}");
    assert_eq!(lessons.wait().unwrap().signal(), Some(2), "which a shell calls 130");
}
