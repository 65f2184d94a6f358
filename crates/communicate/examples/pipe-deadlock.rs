//! The pipe deadlock: a parent that writes everything before it reads anything. The fix is to write in
//! a thread while it reads: `-- --fixed`.
//!
//! The child is this program once more. It copies its stdin to its stdout, piece by piece.

use std::fmt::Display;
use std::io::{self, Read, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;
use std::{env, thread};

mod args;

const PIECE: usize = 64 << 10; // what a pipe of Linux holds
const PIECES: usize = 64;

type Talk = fn(ChildStdin, ChildStdout) -> io::Result<usize>;

fn broken(stdin: ChildStdin, stdout: ChildStdout) -> io::Result<usize> {
    write("parent", stdin)?; // never comes back
    read("parent", stdout)
}

fn fixed(stdin: ChildStdin, stdout: ChildStdout) -> io::Result<usize> {
    let writer = thread::spawn(|| write("writer", stdin));
    let read = read("parent", stdout);
    writer.join().unwrap_or_else(|_| Err(io::Error::other("the writer panicked")))?;
    read
}

fn write(lane: &'static str, mut stdin: ChildStdin) -> io::Result<()> {
    say(lane, "begins writing")?;
    let written = lookout(move |kib| {
        say(lane, format_args!("{kib} KiB written"))?;
        say(lane, "waits for the child to read")
    });
    for _ in 0..PIECES {
        stdin.write_all(&[b'x'; PIECE])?;
        let _ = written.send(());
    }
    say(lane, "ends writing") // and `stdin` is dropped: the child's input ends here
}

fn read(lane: &'static str, mut stdout: ChildStdout) -> io::Result<usize> {
    say(lane, "begins reading")?;
    let mut answer = Vec::new();
    stdout.read_to_end(&mut answer)?;
    say(lane, "ends reading")?;
    Ok(answer.len())
}

fn main() -> io::Result<()> {
    if env::args().any(|arg| arg == "--child") {
        return copy();
    }
    match args::has("--fixed") {
        // A second is enough to show a deadlock. The fixed form has a minute, for a busy machine.
        false => match talk(broken, Duration::from_secs(1))? {
            None => say("broken", "each waits for the other to read: after 1 s nobody is back"),
            Some(kib) => Err(io::Error::other(format!("no deadlock: {kib} KiB are back"))),
        },
        true => match talk(fixed, Duration::from_secs(60))? {
            Some(kib) => {
                say("fixed", format_args!("read while a thread wrote: {kib} KiB are back"))
            }
            None => Err(io::ErrorKind::TimedOut.into()),
        },
    }
}

fn is_fixed() -> bool {
    env::args().any(|arg| arg == "--fixed")
}

/// Starts the child and has `run` talk to it; ends the child if that takes too long.
fn talk(run: Talk, patience: Duration) -> io::Result<Option<usize>> {
    let mut child = Command::new(env::current_exe()?)
        .arg("--child")
        .args(is_fixed().then_some("--fixed"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(io::stdout()) // what it says comes here; its stdout is what it copies to
        .spawn()?;
    let pipes = child.stdin.take().zip(child.stdout.take());
    let (stdin, stdout) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
    let (done, comes_back) = mpsc::channel();
    let parent = thread::spawn(move || done.send(run(stdin, stdout)));
    let read = comes_back.recv_timeout(patience);
    if read.is_err() {
        child.kill()?; // both pipes break, which ends the parent's waiting, too
    }
    child.wait()?;
    let _ = parent.join();
    read.ok().map(|read| Ok(read? >> 10)).transpose()
}

/// The child: reads a piece and writes it, in turns.
fn copy() -> io::Result<()> {
    let say = |what: &str| io::stderr().write_all(format!("child: {what}\n").as_bytes());
    say("begins copying")?;
    let copied = lookout(move |kib| {
        say(&format!("{kib} KiB copied"))?;
        say("waits for the parent to read")
    });
    let mut piece = vec![0; PIECE];
    for _ in 0..PIECES {
        io::stdin().read_exact(&mut piece)?;
        thread::sleep(Duration::from_millis(2)); // stands for work
        io::stdout().write_all(&piece)?;
        let _ = copied.send(());
    }
    say("ends copying")
}

/// Counts the pieces that are sent to it. Once none has come for a while, it calls `tell` with the KiB.
fn lookout(tell: impl FnOnce(usize) -> io::Result<()> + Send + 'static) -> Sender<()> {
    let (sender, pieces) = mpsc::channel();
    // In the fixed form nobody waits for long, but a busy machine may hold all of them up.
    let patience = if is_fixed() { Duration::MAX } else { Duration::from_millis(300) };
    thread::spawn(move || {
        let mut moved = 0;
        loop {
            match pieces.recv_timeout(patience) {
                Ok(()) => moved += PIECE,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => return tell(moved >> 10),
            }
        }
    });
    sender
}

fn say(lane: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{lane}: {what}\n").as_bytes())
}
