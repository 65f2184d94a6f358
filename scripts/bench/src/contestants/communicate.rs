//! Bytes to `cat` and back.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use super::pool::expect;
use super::report;
use crate::Done;

const PROGRAM: &str = "cat";

/// Much at once.
pub fn cat(who: &str, mib: u64) -> Done<()> {
    let input = vec![b'x'; usize::try_from(mib << 20)?];
    let there_and_back = contestant(who)?;
    report::time(|| expect(there_and_back(&input)?, input.len()))
}

/// Little, many times.
pub fn tiny(who: &str, n: u64) -> Done<()> {
    let there_and_back = contestant(who)?;
    report::time(|| (0..n).try_for_each(|_| expect(there_and_back(b"a line\n")?, 7)))
}

/// Sends bytes through a `cat`; returns how many came back.
type ThereAndBack = fn(&[u8]) -> Done<usize>;

fn contestant(who: &str) -> Done<ThereAndBack> {
    Ok(match who {
        "us" => {
            |input| Ok(communicate::communicate(&mut Command::new(PROGRAM), input)?.stdout.len())
        }
        "std" => with_std,
        "wait_with_output" => with_wait_with_output,
        "duct" => |input| {
            let cat = duct::cmd!(PROGRAM).stdin_bytes(input).stdout_capture().stderr_capture();
            Ok(cat.run()?.stdout.len())
        },
        "subprocess" => |input| {
            let cat = subprocess::Exec::cmd(PROGRAM).stdin(input.to_vec());
            let cat = cat.stdout(subprocess::Redirection::Pipe);
            Ok(cat.stderr(subprocess::Redirection::Pipe).capture()?.stdout.len())
        },
        _ => return Err("no such contestant".into()),
    })
}

/// One thread writes, this one reads.
fn with_std(input: &[u8]) -> Done<usize> {
    let mut command = Command::new(PROGRAM);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        Ok(child.wait_with_output()?.stdout.len())
    })
}

/// Writes all, then reads: right only where the input fits into the pipe.
fn with_wait_with_output(input: &[u8]) -> Done<usize> {
    let mut command = Command::new(PROGRAM);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    child.stdin.take().ok_or("no stdin")?.write_all(input)?;
    Ok(child.wait_with_output()?.stdout.len())
}
