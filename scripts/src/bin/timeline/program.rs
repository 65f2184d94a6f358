//! Builds an example and runs it; stamps the lines of its output as they come.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::process::{self, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use scripts::Done;
use scripts::build::build;
use shared_child::SharedChild;

pub struct Program {
    pub package: &'static str,
    pub example: String,
    pub args: Vec<OsString>,
}

pub struct Output {
    /// Each with the seconds since the start.
    pub lines: Vec<(f64, String)>,
    /// When the output was at its end.
    pub ended: f64,
    pub status: ExitStatus,
}

impl Program {
    /// The command as one would type it.
    pub fn shown(&self) -> String {
        let mut shown = format!("cargo run -p {} --example {}", self.package, self.example);
        if !self.args.is_empty() {
            shown += " --";
        }
        self.args.iter().for_each(|arg| shown += &format!(" {}", arg.to_string_lossy()));
        readable(&shown)
    }

    pub fn run(&self) -> Done<Output> {
        let program = build(["-p", self.package, "--example", &self.example])?;
        let program = program.ok_or_else(|| format!("can't build {}", self.shown()))?;
        let mut command = Command::new(program);
        command.args(&self.args).stdin(Stdio::null()).stdout(Stdio::piped());
        let start = Instant::now();
        let child = Arc::new(SharedChild::spawn(&mut command)?);
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(child.clone());
        let lines = stamped(child.take_stdout().ok_or("no pipe")?, start)?;
        let ended = start.elapsed().as_secs_f64();
        let status = child.wait()?;
        if by_ctrl_c(status) {
            process::exit(130); // before the handler did
        }
        Ok(Output { lines, ended, status })
    }
}

fn stamped(output: impl Read, start: Instant) -> Done<Vec<(f64, String)>> {
    let (mut output, mut lines, mut bytes) = (BufReader::new(output), Vec::new(), Vec::new());
    while output.read_until(b'\n', &mut bytes)? > 0 {
        let at = start.elapsed().as_secs_f64();
        lines.push((at, readable(&String::from_utf8_lossy(&bytes))));
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

fn by_ctrl_c(status: ExitStatus) -> bool {
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(2) {
        return true;
    }
    status.code() == Some(130)
}

/// The program that runs, for Ctrl-C to end.
static RUNNING: Mutex<Option<Arc<SharedChild>>> = Mutex::new(None);

/// Ctrl-C reaches the program, too, which ends what it has started; one that doesn't end is killed.
pub fn end_all_on_ctrl_c() {
    const MOST: Duration = Duration::from_secs(5);
    let _ = ctrlc::try_set_handler(|| {
        if let Some(child) = &*RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
            && !matches!(child.wait_timeout(MOST), Ok(Some(_)))
        {
            let _ = child.kill();
        }
        process::exit(130);
    }); // an error means that Ctrl-C is ignored, and it stays so
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_stamped_in_order_and_made_readable() {
        let lines = stamped(&b"a\tb\r\n\n\x1b[1mc\xff"[..], Instant::now()).unwrap_or_default();
        let texts: Vec<_> = lines.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["a b", "", "[1mc\u{fffd}"]);
        assert!(lines.is_sorted_by_key(|(at, _)| *at));
    }
}
