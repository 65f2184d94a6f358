//! The deadlock that communicate avoids: a parent that writes everything before it reads anything.
//!
//! A pipe holds some kilobytes. The child answers while it reads, fills its stdout and waits for the
//! parent to read; the parent waits for the child to read. So the broken parent here is a process of
//! its own, which the lesson ends after a while.

use std::env;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use communicate::{Error, communicate, communicate_timeout};

use crate::ctrl_c;

/// The argument for the child: copies its stdin to its stdout.
pub const COPY: &str = "--copy";
/// The argument for the broken parent.
pub const WRITE_THEN_READ: &str = "--write-then-read";

const BYTES: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the broken parent, then the same with communicate; answers what there is to be told.
pub fn show() -> Result<String, Box<dyn std::error::Error>> {
    ctrl_c::handle();
    let myself = env::current_exe()?;
    let mut parent = Command::new(&myself);
    let broken = match communicate_timeout(parent.arg(WRITE_THEN_READ), b"", PATIENCE) {
        Err(Error::TimedOut { output, .. }) => format!(
            "{}deadlock, ended after {PATIENCE:?}: the parent waits for the child to read, \
             the child waits for the parent to read",
            String::from_utf8_lossy(&output.stdout)
        ),
        Ok(output) => format!("{}no deadlock", String::from_utf8_lossy(&output.stdout)),
        Err(error) => return Err(error.into()),
    };
    let output = communicate(Command::new(&myself).arg(COPY), &vec![b'x'; BYTES])?;
    Ok(format!("{broken}\nwith communicate: {} bytes there and back", output.stdout.len()))
}

/// The broken parent. The fix is to read while another thread writes.
pub fn write_then_read() -> io::Result<()> {
    let mut child = Command::new(env::current_exe()?)
        .arg(COPY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    writeln!(io::stdout(), "the parent writes {BYTES} bytes, then it will read")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&vec![b'x'; BYTES])?; // never returns
    }
    let mut answer = Vec::new();
    child.stdout.take().map(|mut stdout| stdout.read_to_end(&mut answer)).transpose()?;
    writeln!(io::stdout(), "the parent has read {} bytes", answer.len())?;
    child.wait().map(drop)
}

/// The child: reads and writes in turns.
pub fn copy() -> io::Result<()> {
    io::copy(&mut io::stdin().lock(), &mut io::stdout().lock()).map(drop)
}
