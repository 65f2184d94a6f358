//! The bare system: plain pipes with their default buffer, between this program and itself.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio, exit};
use std::{env, thread};

use super::pool::expect;
use super::report::{self, Part};
use crate::Done;

const MARKER: &str = "raw";
/// About what a task or a small value takes with all that is around it.
const SMALL: usize = 16;
/// What a pipe holds on Linux: more than one read can get.
const BUFFER: usize = 64 << 10;

/// In a child of this module: does its part, and never returns.
pub fn run_if_child() {
    let args: Vec<String> = env::args().collect();
    let [_, marker, role, sizes @ ..] = &args[..] else { return };
    if marker != MARKER {
        return;
    }
    let sizes: Vec<usize> = sizes.iter().filter_map(|size| size.parse().ok()).collect();
    let done = match (&**role, &sizes[..]) {
        ("echo", &[bytes]) => echo(bytes),
        ("read", &[n, bytes]) => read(n, bytes),
        ("stamps", &[n]) => stamps(n),
        _ => Err("no such part".into()),
    };
    if let Err(error) = done {
        eprintln!("{role}: {error}");
        exit(1);
    }
    exit(0);
}

/// Answers each message with itself.
fn echo(bytes: usize) -> Done<()> {
    let (mut stdin, mut stdout) = (unbuffered(io::stdin())?, unbuffered(io::stdout())?);
    let mut message = vec![0; bytes];
    while stdin.read_exact(&mut message).is_ok() {
        stdout.write_all(&message)?;
    }
    Ok(())
}

/// Reads all messages, from the first byte on.
fn read(n: usize, bytes: usize) -> Done<()> {
    let mut stdin = unbuffered(io::stdin())?;
    stdin.read_exact(&mut [0])?;
    let part = Part::start();
    let left = n * bytes - 1;
    expect(read_through(&mut stdin, left, bytes)?, left)?;
    part.end(n as u64)
}

fn stamps(n: usize) -> Done<()> {
    let mut stdin = unbuffered(io::stdin())?;
    let mut message = [0; 8];
    let mut latencies = Vec::new();
    for _ in 0..n {
        stdin.read_exact(&mut message)?;
        latencies.push(report::stamp().saturating_sub(u64::from_le_bytes(message)));
    }
    report::latency(latencies)
}

/// Reads so many bytes and forgets them; returns how many there were.
fn read_through(from: &mut impl Read, bytes: usize, message: usize) -> io::Result<usize> {
    let mut buffer = vec![0; message.max(BUFFER)];
    let (mut from, mut got) = (from.take(bytes as u64), 0);
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(got),
            n => got += n,
        }
    }
}

fn child(role: &str, sizes: &[u64], stdin: Stdio, stdout: Stdio) -> io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    command.args([MARKER, role]).args(sizes.iter().map(u64::to_string));
    command.stdin(stdin).stdout(stdout).spawn()
}

#[cfg(unix)]
fn unbuffered(end: impl std::os::fd::AsFd) -> io::Result<File> {
    end.as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn unbuffered(end: impl std::os::windows::io::AsHandle) -> io::Result<File> {
    end.as_handle().try_clone_to_owned().map(File::from)
}

// ── there and back ──────────────────────────────────────────────────────────────────────────────

struct Echo {
    process: Child,
    to: ChildStdin,
    from: ChildStdout,
}

impl Echo {
    /// Returns when the first message was there and back.
    fn start(bytes: usize) -> Done<Self> {
        let mut process = child("echo", &[bytes as u64], Stdio::piped(), Stdio::piped())?;
        let mut to = process.stdin.take().ok_or("a child without stdin")?;
        let mut from = process.stdout.take().ok_or("a child without stdout")?;
        thread::scope(|scope| {
            scope.spawn(|| to.write_all(&vec![0; bytes]));
            read_through(&mut from, bytes, bytes)
        })?;
        Ok(Echo { process, to, from })
    }

    fn end(mut self) -> Done<()> {
        drop(self.to);
        expect(self.process.wait()?.success(), true)
    }
}

pub fn ping_pong(n: u64) -> Done<()> {
    let mut echo = Echo::start(SMALL)?;
    let mut message = [0; SMALL];
    report::time(|| {
        for _ in 0..n {
            echo.to.write_all(&message)?;
            echo.from.read_exact(&mut message)?;
        }
        Ok(())
    })?;
    echo.end()
}

/// Messages through as many processes as a pool would have, with two threads here for each.
pub fn there_and_back(n: u64, processes: u64, bytes: u64) -> Done<()> {
    let (share, bytes) = (n / processes, usize::try_from(bytes)?);
    let total = usize::try_from(share)? * bytes;
    let mut echoes = (0..processes).map(|_| Echo::start(bytes)).collect::<Done<Vec<_>>>()?;
    report::time(|| {
        let got: usize = thread::scope(|scope| {
            let readers: Vec<_> = echoes
                .iter_mut()
                .map(|Echo { to, from, .. }| {
                    scope.spawn(move || write(to, share, bytes));
                    scope.spawn(move || read_through(from, total, bytes).unwrap_or(0))
                })
                .collect();
            readers.into_iter().filter_map(|reader| reader.join().ok()).sum()
        });
        expect(got, total * echoes.len())
    })?;
    echoes.into_iter().try_for_each(Echo::end)
}

fn write(to: &mut impl Write, n: u64, bytes: usize) -> io::Result<()> {
    let message = vec![b'x'; bytes];
    (0..n).try_for_each(|_| to.write_all(&message))
}

// ── one way ─────────────────────────────────────────────────────────────────────────────────────

pub fn one_way(n: u64, bytes: u64) -> Done<()> {
    // A number takes a few bytes; it has a message of its own here, as a `put` has.
    let bytes = if bytes == 0 { SMALL } else { usize::try_from(bytes)? };
    let mut reader = child("read", &[n, bytes as u64], Stdio::piped(), Stdio::inherit())?;
    write(&mut reader.stdin.take().ok_or("a child without stdin")?, n, bytes)?;
    expect(reader.wait()?.success(), true)
}

/// Lone messages, with or without a process between that passes them on.
pub fn latency(n: u64, passed_on: bool) -> Done<()> {
    let mut reader = child("stamps", &[n], Stdio::piped(), Stdio::inherit())?;
    let mut to = reader.stdin.take().ok_or("a child without stdin")?;
    let mut between = None;
    if passed_on {
        let mut process = child("echo", &[8], Stdio::piped(), to.into())?;
        to = process.stdin.take().ok_or("a child without stdin")?;
        between = Some(process);
    }
    for _ in 0..n {
        thread::sleep(report::PAUSE);
        to.write_all(&report::stamp().to_le_bytes())?;
    }
    drop(to);
    between.map_or(Ok(true), |mut process| process.wait().map(|status| status.success()))?;
    expect(reader.wait()?.success(), true)
}
