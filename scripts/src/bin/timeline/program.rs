//! Builds an example and runs it; stamps the lines of its output as they come.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use scripts::Done;
use scripts::build::build;

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
        let mut child = command.spawn()?;
        let lines = stamped(child.stdout.take().ok_or("no pipe")?, start)?;
        let ended = start.elapsed().as_secs_f64();
        Ok(Output { lines, ended, status: child.wait()? })
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
