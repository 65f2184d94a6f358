//! Commands as a reader types them, in the top folder.

#[cfg(unix)]
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs, io};

use tempfile::TempDir;
use tests::{LESSONS, cargo, python, root};

/// What comes of a command.
pub enum Typed {
    Ran(Output),
    /// A remark, or `cargo test`.
    NotRun,
    /// There is no such tool here.
    Needs(&'static str),
}

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

/// Removes what isn't an exercise as it is shipped today. What is, stays from run to run, and isn't built again.
pub fn remove_old_answers() {
    for lesson in LESSONS {
        let answer = answers().join(lesson).with_extension("rs");
        let examples = root().join("crates").join(lesson).join("examples");
        let shipped = fs::read_to_string(examples.join("exercise.rs")).unwrap();
        // The copy says where the check is.
        let check = format!("#[path = {:?}]\nmod check;", examples.join("check/mod.rs"));
        let copy = shipped.replacen("mod check;", &check, 1);
        if !fs::read_to_string(&answer).is_ok_and(|there| there == copy) {
            let _ = fs::remove_file(answer); // there may be none
        }
    }
}

impl Reader {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("sitecustomize.py"), LINE_BY_LINE).unwrap();
        Self { home }
    }

    pub fn types(&self, command: &str) -> Result<Typed, String> {
        let words = shlex::split(command).ok_or_else(|| format!("what words are {command:?}?"))?;
        let Some(first) = words.iter().position(|word| !word.contains('=')) else {
            return Ok(Typed::NotRun);
        };
        let (settings, words) = words.split_at(first);
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let (mut run, args) = match (&words[..], python()) {
            (["cargo", "test", ..], _) => return Ok(Typed::NotRun),
            (["python3", ..] | ["cargo", "lessons", "compare", ..], None) => {
                return Ok(Typed::Needs("python3"));
            }
            (["cargo", .., "--example", "zombie"], _) | (["cargo", .., "zombie", "--", _], _)
                if !tests::has_ps() =>
            {
                return Ok(Typed::Needs("ps"));
            }
            (["python3", args @ ..], Some(python)) => (python, args),
            (["cargo", args @ ..], _) => {
                built(args).unwrap_or_else(|| Ok((cargo(), args))).map_err(|e| e.to_string())?
            }
            _ => return Err(format!("not run here; mark the block as `sh no_run`: {command}")),
        };
        let project = self.home.path().join("my project");
        let project = project.to_str().ok_or("a temporary folder has a name in UTF-8")?;
        run.args(args.iter().map(|word| word.replace("../my-project", project)));
        self.set(&mut run, settings);
        #[cfg(unix)]
        run.process_group(0); // what one of them sends to its group doesn't reach the others
        let output = run.stdin(Stdio::null()).output();
        let mut output = output.map_err(|error| format!("{command}: {error}"))?;
        // A reader's answers stand in the folder `answers`.
        let answers = answers();
        let answers = answers.strip_prefix(root()).unwrap_or(&answers).to_string_lossy();
        let printed = String::from_utf8_lossy(&output.stdout).replace(&*answers, "answers");
        output.stdout = printed.into_bytes();
        Ok(Typed::Ran(output))
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

/// The program that `cargo run -q -p …` would start, and its arguments: it is built already.
fn built<'a, 'b>(args: &'a [&'b str]) -> Option<io::Result<(Command, &'a [&'b str])>> {
    let ["run", "-q", "-p", package, args @ ..] = args else { return None };
    let (program, args) = match args {
        ["--example", name, args @ ..] => {
            let source = root().join(format!("crates/{package}/examples/{name}.rs"));
            (source.is_file().then(|| tests::example(name))?, args)
        }
        args => (LESSONS.contains(package).then(|| tests::binary(package))?, args),
    };
    let args = match args {
        [] => args,
        ["--", args @ ..] => args,
        _ => return None,
    };
    let command = |program| {
        let mut command = Command::new(program);
        command.current_dir(root());
        (command, args)
    };
    Some(program.map(command))
}
