//! `communicate` that gives up after a while, and keeps what came.

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::Builder;
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use crate::error::{self, Error};
use crate::{Output, code, pipes};

/// Waits no longer than this for the rest of the output of a program that has been ended.
const REST: Duration = Duration::from_secs(1);
/// As good as for ever, and within what an `Instant` can count on every system: 30 years.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// What came, and where it belongs.
type Piece = (fn(&mut Output) -> &mut Vec<u8>, Vec<u8>);

/// [`communicate`](crate::communicate), but ends the program after `timeout` and keeps what came until
/// then: `Popen.communicate(timeout=…)`, `kill()`, `communicate()`.
///
/// It returns in time also when the program has left another behind that holds its stdout or stderr,
/// which Python's second `communicate` waits for. (That other goes on. As long as it holds a pipe and
/// writes nothing, a thread of this process and the pipe stay with it.)
///
/// # Errors
///
/// [`Error::TimedOut`] with the output so far, and as [`communicate`](crate::communicate).
///
/// ```
/// use std::process::{Command, Stdio};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), communicate::Error> {
/// let mut command = Command::new("rustc");
/// let minute = Duration::from_secs(60);
/// let output = communicate::communicate_timeout(command.arg("--version"), b"", minute)?;
/// assert!(output.stdout.starts_with(b"rustc "));
/// # Ok(())
/// # }
/// ```
pub fn communicate_timeout(
    command: &mut Command,
    input: &[u8],
    timeout: Duration,
) -> Result<Output, Error> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = SharedChild::spawn(command).map_err(|error| Error::spawn(command, error))?;
    let deadline = Instant::now() + timeout.min(FOR_EVER);
    let mut output = Output::default();
    // Nearly no room, so that a program that floods its pipes waits for us.
    let (sender, pieces) = mpsc::sync_channel(1);
    let started = move_in_background(&child, input, sender);
    let in_time = started.and_then(|()| {
        Ok(collect(&pieces, &mut output, deadline) && child.wait_deadline(deadline)?.is_some())
    });
    if !matches!(in_time, Ok(true)) {
        // Also after an error, so that nobody is left behind; it may have ended just now.
        let _ = child.kill();
        // What it had written is still in the pipes, and ends with it, unless another holds them.
        collect(&pieces, &mut output, Instant::now() + REST);
    }
    output.returncode = code(child.wait().map_err(|error| Error::other(command, error))?);
    match in_time {
        Ok(true) => Ok(output),
        Ok(false) => Err(Error::TimedOut { program: error::name(command), timeout, output }),
        Err(error) => Err(Error::other(command, error)),
    }
}

/// Starts a thread for each pipe. They end with their pipes, which may be after this call's end; the
/// sender is gone once all have.
fn move_in_background(
    child: &SharedChild,
    input: &[u8],
    sender: SyncSender<Piece>,
) -> io::Result<()> {
    if let Some(pipe) = child.take_stdin().filter(|_| !input.is_empty()) {
        let (input, done) = (input.to_vec(), sender.clone());
        Builder::new().spawn(move || {
            let _ = pipes::write(pipe, &input); // the program need not read it
            drop(done);
        })?;
    }
    if let Some(pipe) = child.take_stdout() {
        let sender = sender.clone();
        Builder::new().spawn(move || send(pipe, |output| &mut output.stdout, sender))?;
    }
    if let Some(pipe) = child.take_stderr() {
        Builder::new().spawn(move || send(pipe, |output| &mut output.stderr, sender))?;
    }
    Ok(())
}

/// Sends what comes until the pipe's end, or until nobody wants it any more.
fn send(pipe: impl Read, part: fn(&mut Output) -> &mut Vec<u8>, sender: SyncSender<Piece>) {
    // An error reads as the end: there is nothing more to be had.
    let _ = pipes::read(pipe, |piece| {
        sender.send((part, piece.to_vec())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    });
}

/// Collects what comes until all threads are done; answers whether that was before `deadline`.
fn collect(pieces: &Receiver<Piece>, output: &mut Output, deadline: Instant) -> bool {
    // The time is looked at before each piece: a program that floods its pipe always has a next one.
    while let Some(left) = deadline.checked_duration_since(Instant::now()) {
        match pieces.recv_timeout(left) {
            Ok((part, piece)) => part(output).extend(piece),
            Err(error) => return error == mpsc::RecvTimeoutError::Disconnected,
        }
    }
    false
}
