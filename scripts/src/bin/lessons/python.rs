//! The Python that is there.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use communicate::{Output, communicate_timeout};

use scripts::root;

pub struct Python {
    pub version: String,
    program: PathBuf,
}

/// Its version, and where it really is: what was found may be a launcher, which takes time itself.
const ASK: &str = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";

impl Python {
    pub fn find() -> Option<Self> {
        let launcher: &[&[&str]] = if cfg!(windows) { &[&["py", "-3"]] } else { &[] };
        let names = [&["python3"][..], &["python"]];
        names.iter().chain(launcher).find_map(|words| Self::ask(words))
    }

    fn ask(words: &[&str]) -> Option<Self> {
        let (program, arguments) = words.split_first()?;
        let mut command = Command::new(program);
        command.args(arguments).args(["-c", ASK]);
        let output = communicate_timeout(&mut command, b"", Duration::from_secs(30));
        let Output { stdout, .. } = output.ok().filter(|output| output.returncode == 0)?;
        let printed = String::from_utf8_lossy(&stdout);
        let (version, program) = printed.trim().split_once('\n')?;
        let version = version.trim().to_string();
        version.starts_with("3.").then(|| Self { version, program: program.trim().into() })
    }

    /// The command that runs a cell of the notebook.
    pub fn cell(&self, lesson: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(format!("crates/{lesson}/notebook.py")).current_dir(root());
        command.env("PYTHONPATH", root().join("crates/task-utils"));
        // Into a pipe it would hold lines back, and a process that is ended loses those.
        command.env("PYTHONUNBUFFERED", "1").env("PYTHONIOENCODING", "utf-8");
        command.env("PYTHONDONTWRITEBYTECODE", "1"); // no __pycache__ in the crates
        command
    }
}
