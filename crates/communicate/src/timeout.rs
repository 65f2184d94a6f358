//! `communicate` that gives up after a while, and keeps what came.

use std::io::{self, Read};
use std::mem::take;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use crate::error::Error;
use crate::{Output, code, write};

/// Waits no longer than this for the rest of the output of a program that has been ended.
const REST: Duration = Duration::from_secs(1);

type Came = Arc<Mutex<Vec<u8>>>;

/// [`communicate`](crate::communicate), but ends the program after `timeout` and keeps what came until
/// then: `Popen.communicate(timeout=…)`, `kill()`, `communicate()`.
///
/// It returns in time also when the program has left another behind that holds its stdout or stderr,
/// which Python's second `communicate` waits for. (That other goes on. As long as it holds a pipe, a
/// thread of this process and the pipe stay with it.)
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
    let deadline = Instant::now().checked_add(timeout);
    let (stdout, stderr) = (Came::default(), Came::default());
    let (done, ended) = mpsc::channel();
    let started = move_in_background(&child, input, [&stdout, &stderr], done);
    let in_time = started.and_then(|()| {
        Ok(wait_for_end(&ended, deadline)
            && match deadline {
                Some(deadline) => child.wait_deadline(deadline)?.is_some(),
                None => child.wait().map(|_| true)?,
            })
    });
    if !matches!(in_time, Ok(true)) {
        // Also after an error, so that nobody is left behind; it may have ended just now.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| Error::other(command, error))?;
    if !matches!(in_time, Ok(true)) {
        // What it had written is still in the pipes, and ends with it, unless another holds them.
        wait_for_end(&ended, Instant::now().checked_add(REST));
    }
    let came = |came: &Came| take(&mut *lock(came));
    let output = Output { stdout: came(&stdout), stderr: came(&stderr), returncode: code(status) };
    match in_time {
        Ok(true) => Ok(output),
        Ok(false) => Err(Error::TimedOut { program: crate::error::name(command), timeout, output }),
        Err(error) => Err(Error::other(command, error)),
    }
}

/// Starts a thread for each pipe. They end with their pipes, which may be after this call's end.
/// `done` is dropped by each reader when its pipe has ended.
fn move_in_background(
    child: &SharedChild,
    input: &[u8],
    came: [&Came; 2],
    done: Sender<()>,
) -> io::Result<()> {
    if let Some(stdin) = child.take_stdin().filter(|_| !input.is_empty()) {
        let input = input.to_vec();
        Builder::new().spawn(move || write(stdin, &input))?;
    }
    let [stdout, stderr] = came.map(Arc::clone);
    if let Some(pipe) = child.take_stdout() {
        let done = done.clone();
        Builder::new().spawn(move || keep(pipe, &stdout, done))?;
    }
    if let Some(pipe) = child.take_stderr() {
        Builder::new().spawn(move || keep(pipe, &stderr, done))?;
    }
    Ok(())
}

fn keep(mut pipe: impl Read, came: &Came, done: Sender<()>) {
    let mut buffer = vec![0; 64 << 10];
    // An error reads as the end: there is nothing more to be had.
    while let Ok(read @ 1..) = pipe.read(&mut buffer) {
        lock(came).extend_from_slice(&buffer[..read]);
    }
    drop(done);
}

/// Waits until all readers are done; answers whether that was before `deadline`.
fn wait_for_end(ended: &Receiver<()>, deadline: Option<Instant>) -> bool {
    match deadline {
        None => ended.recv().is_err(),
        Some(deadline) => {
            let left = deadline.saturating_duration_since(Instant::now());
            ended.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Disconnected)
        }
    }
}

fn lock(came: &Came) -> MutexGuard<'_, Vec<u8>> {
    came.lock().unwrap_or_else(PoisonError::into_inner)
}
