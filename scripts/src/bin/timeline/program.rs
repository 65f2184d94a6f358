//! Builds a program and runs it; stamps the lines of its output as they come.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use crate::Done;
use crate::events::Line;

pub struct Program {
    pub package: String,
    /// Else it is the crate's own program.
    pub example: Option<String>,
    pub args: Vec<OsString>,
}

pub struct Run {
    pub lines: Vec<Line>,
    /// When its output was at its end.
    pub ended: f64,
    pub status: ExitStatus,
}

/// The program that runs, for Ctrl-C to end.
static RUNNING: Mutex<Option<Child>> = Mutex::new(None);

impl Program {
    /// The command as one would type it.
    pub fn shown(&self) -> String {
        let mut shown = format!("cargo run -p {}", self.package);
        if let Some(example) = &self.example {
            shown += &format!(" --example {example}");
        }
        if !self.args.is_empty() {
            shown += " --";
        }
        self.args.iter().for_each(|arg| shown += &format!(" {}", arg.to_string_lossy()));
        readable(&shown)
    }

    pub fn run(&self) -> Done<Run> {
        let mut command = Command::new(self.build()?);
        command.args(&self.args).stdin(Stdio::null()).stdout(Stdio::piped());
        let start = Instant::now();
        let mut child = command.spawn()?;
        let output = child.stdout.take();
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        let lines = match output {
            Some(output) => stamped(output, start)?,
            None => Vec::new(),
        };
        let ended = start.elapsed().as_secs_f64();
        Ok(Run { lines, ended, status: wait()? })
    }

    /// Into the folder and the profile that this program was built into itself.
    fn build(&self) -> Done<PathBuf> {
        let myself = env::current_exe()?;
        let profile = myself.parent().ok_or("this program stands in no folder")?;
        let target = profile.parent().ok_or("this program stands in no target folder")?;
        let (kind, name) = match &self.example {
            Some(example) => ("--example", example),
            None => ("--bin", &self.package),
        };
        let mut build = scripts::cargo();
        build
            .args(["build", "-q", "-p", &self.package, kind, name])
            .arg("--target-dir")
            .arg(target);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        if !build.status()?.success() {
            return Err(format!("can't build {}", self.shown()).into());
        }
        let folder = if self.example.is_some() { profile.join("examples") } else { profile.into() };
        Ok(folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
    }
}

fn stamped(output: impl Read, start: Instant) -> Done<Vec<Line>> {
    let mut output = BufReader::new(output);
    let (mut lines, mut bytes) = (Vec::new(), Vec::new());
    while output.read_until(b'\n', &mut bytes)? > 0 {
        let at = start.elapsed().as_secs_f64();
        lines.push(Line { at, text: readable(&String::from_utf8_lossy(&bytes)) });
        bytes.clear();
    }
    Ok(lines)
}

/// XML can't hold control characters, and a tab has no width in a picture.
fn readable(text: &str) -> String {
    let foreign = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    let text = text.replace(foreign, " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Waits without holding the lock, which Ctrl-C needs.
fn wait() -> Done<ExitStatus> {
    loop {
        {
            let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
            let child = running.as_mut().ok_or("the program is gone")?;
            if let Some(status) = child.try_wait()? {
                *running = None;
                if by_ctrl_c(status) {
                    process::exit(130); // it was faster than what `end_all_on_ctrl_c` waits for
                }
                return Ok(status);
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn by_ctrl_c(status: ExitStatus) -> bool {
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(2) {
        return true;
    }
    status.code() == Some(130)
}

/// Else a program that doesn't end by Ctrl-C would run on without us.
pub fn end_all_on_ctrl_c() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if let Some(child) = &mut *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = child.kill();
        }
        process::exit(130);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_stamped_in_order_and_made_readable() {
        let lines = stamped(&b"a\tb\r\n\n\x1b[1mc\xff"[..], Instant::now()).unwrap_or_default();
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["a b", "", "[1mc\u{fffd}"]);
        assert!(lines.is_sorted_by_key(|line| line.at));
    }
}
