//! `cargo lessons`, through the real binary.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

#[cfg(unix)]
mod fakes;
mod list;
mod progress;
mod screen;

/// Someone who walks the lessons, with a progress file of their own.
struct Learner {
    folder: TempDir,
}

impl Learner {
    fn new() -> Self {
        Self { folder: TempDir::with_prefix("学习 ").unwrap() }
    }

    /// One who is as far as `lines` say.
    fn with(lines: &str) -> Self {
        let learner = Self::new();
        fs::write(learner.file(), lines).unwrap();
        learner
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("progress")
    }

    fn progress(&self) -> String {
        fs::read_to_string(self.file()).unwrap_or_default()
    }

    fn command(&self, args: &[&str]) -> Command {
        self.has(Command::new(tests::binary("lessons").unwrap()), args)
    }

    /// The command with the learner's files, in a plain terminal.
    fn has(&self, mut command: Command, args: &[&str]) -> Command {
        command.args(args).stdin(Stdio::null()).env("LESSONS_PROGRESS", self.file());
        command.env("LESSONS_ANSWERS", self.folder.path().join("answers of walk"));
        for language in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            command.env_remove(language);
        }
        for looks in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(looks);
        }
        command
    }

    /// What it prints, if all is well.
    fn sees(&self, args: &[&str]) -> String {
        printed(self.command(args).output().unwrap())
    }
}

fn printed(output: Output) -> String {
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What went to stderr; nothing may have gone to stdout.
fn complaint(output: Output, code: i32) -> String {
    assert!(output.status.code() == Some(code) && output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}
