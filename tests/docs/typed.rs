//! Commands as a reader types them, in the top folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use tempfile::TempDir;
use tests::{cargo, python, root};

/// A reader with a project of their own, who has done no exercise yet.
pub struct Reader {
    home: TempDir,
}

/// A Python whose stdout is a pipe writes it in blocks. The reader has seen it in a terminal: line by
/// line.
const LINE_BY_LINE: &str = "import sys\nsys.stdout.reconfigure(line_buffering=True)\n";

/// The folder of this reader's answers: one for all, so that they are built once.
pub fn answers() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("answers of docs")
}

impl Reader {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("sitecustomize.py"), LINE_BY_LINE).unwrap();
        Self { home }
    }

    /// What comes of a command; nothing if it isn't to be run, or can't be for want of Python.
    pub fn types(&self, command: &str) -> Result<Option<Output>, String> {
        let words = shlex::split(command).ok_or_else(|| format!("what words are {command:?}?"))?;
        let Some(first) = words.iter().position(|word| !word.contains('=')) else {
            return Ok(None);
        };
        if command.ends_with("# not run") {
            return Ok(None);
        }
        let (settings, words) = words.split_at(first);
        let compares = words.starts_with(&["cargo", "lessons", "compare"].map(str::to_string));
        let mut run = match (&*words[0], python()) {
            ("python3", Some(python)) => python,
            ("cargo", Some(_)) => cargo(),
            ("cargo", None) if !compares => cargo(),
            ("cargo" | "python3", None) => return Ok(None),
            _ => return Err(format!("not run here, so mark it with `# not run`: {command}")),
        };
        let project = self.home.path().join("my project");
        let project = project.to_str().ok_or("a temporary folder has a name in UTF-8")?;
        run.args(words[1..].iter().map(|word| word.replace("../my-project", project)));
        self.set(&mut run, settings);
        let output = run.stdin(Stdio::null()).output();
        let mut output = output.map_err(|error| format!("{command}: {error}"))?;
        // A reader's answers stand in the folder `answers`.
        let answers = answers();
        let answers = answers.strip_prefix(root()).unwrap_or(&answers).to_string_lossy();
        let printed = String::from_utf8_lossy(&output.stdout).replace(&*answers, "answers");
        output.stdout = printed.into_bytes();
        Ok(Some(output))
    }

    fn set(&self, run: &mut Command, settings: &[String]) {
        let home = self.home.path();
        let modules = [root().join("crates/task-utils"), home.to_path_buf()];
        run.env("PYTHONPATH", env::join_paths(&modules).unwrap())
            .env("LESSONS_PROGRESS", home.join("lessons"))
            .env("LESSONS_ANSWERS", answers())
            .env("LC_ALL", "C"); // the READMEs show what is said in English
        for looks in ["CLICOLOR_FORCE", "COLUMNS"] {
            run.env_remove(looks);
        }
        for (name, value) in settings.iter().filter_map(|setting| setting.split_once('=')) {
            // What the reader sets as PYTHONPATH comes first, and has to suffice.
            let value = if name == "PYTHONPATH" {
                env::join_paths([value.as_ref(), home.as_os_str()]).unwrap()
            } else {
                value.into()
            };
            run.env(name, value);
        }
    }
}
