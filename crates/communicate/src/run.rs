//! `run`, of which the other functions are short forms.

use std::io::{self, ErrorKind};
use std::process::{Command, Stdio};
use std::{thread, time::Duration, time::Instant};

use crate::pipes::Pipes;
use crate::tree::Tree;
use crate::{Error, Output, cause};

/// Waits no longer than this for the rest of the output of a program that has been killed.
const REST: Duration = Duration::from_secs(1);

/// How [`run`] runs a program: what `subprocess.run` takes as arguments.
///
/// ```
/// use std::time::Duration;
///
/// let options = communicate::Options {
///     input: b"a line\n",
///     timeout: Some(Duration::from_secs(5)),
///     ..Default::default()
/// };
/// assert!(!options.group);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// What the program reads from its stdin.
    pub input: &'a [u8],
    /// Ends the program after this time ([`Error::TimedOut`]); `None` waits as long as it takes.
    pub timeout: Option<Duration>,
    /// When the program has to be ended: SIGTERM first, and SIGKILL after this time. Zero: SIGKILL at
    /// once. On Windows there is no SIGTERM, and a program is always ended at once.
    pub grace: Duration,
    /// Gives the program a process group of its own (a job object on Windows). When the program has to
    /// be ended, the whole group is, except on Windows what the program starts before it is put into the
    /// job object. Ctrl-C at a terminal doesn't reach the group: see
    /// [`kill_groups`](crate::kill_groups). On Unix the system stops a program of it that reads from the
    /// terminal, such as one that asks for a password.
    pub group: bool,
    /// Reads stderr as a part of stdout, in the order in which the program wrote.
    pub merged: bool,
    /// How many bytes of output are kept, stdout and stderr together. With more, the program is ended
    /// ([`Error::TooMuchOutput`]).
    pub max_output: Option<usize>,
    /// Makes an exit code other than 0 an error ([`Error::Failed`]).
    pub check: bool,
}

/// Runs a command as `options` say: `subprocess.run` with `capture_output=True`.
///
/// Sets the stdin, stdout and stderr of `command`, and its process group if `options.group` is set; it
/// can be run again afterwards. When the program has to be ended, this returns at the latest a second
/// (and `grace`) later, even if a process that left the group holds the pipes. That one goes on; while
/// it holds a pipe and writes nothing, a thread of this process waits for it (for stdin, a thread with a
/// copy of the input).
///
/// # Errors
///
/// All of [`Error`].
///
/// ```
/// use std::process::Command;
/// use communicate::{Error, Options, run};
///
/// let options = Options { check: true, ..Default::default() };
/// let failed = run(Command::new("rustc").arg("--nonsense"), &options);
/// let Err(Error::Failed { output, .. }) = failed else { panic!("{failed:?}") };
/// assert!(output.stderr.starts_with(b"error: "));
/// ```
pub fn run(command: &mut Command, options: &Options) -> Result<Output, Error> {
    let program = cause::name(command);
    let timeout = options.timeout.unwrap_or(Duration::MAX);
    let deadline = Instant::now().checked_add(timeout);
    thread::scope(|scope| {
        let pipes = Pipes::start(command, options, scope);
        let started = pipes.and_then(|pipes| Ok((Tree::spawn(command, options.group)?, pipes)));
        // The command would hold its ends of the pipes, and then no pipe would come to its end.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let (mut tree, pipes) = started.map_err(|error| Error::spawn(command, error))?;

        let waited = wait(&pipes, &tree, deadline);
        let code = waited.as_ref().map_or_else(|_| end(&pipes, &mut tree, options.grace), |&c| c);
        let output = Output { returncode: code.unwrap_or(i32::MIN), ..pipes.take() };
        match waited {
            Ok(None) => Err(Error::StatusUnknown { program, output }),
            Ok(Some(code)) if options.check && code != 0 => {
                Err(Error::Failed { program, code, output })
            }
            Ok(Some(_)) => Ok(output),
            Err(source) => Err(match source.kind() {
                ErrorKind::TimedOut => Error::TimedOut { program, timeout, output },
                ErrorKind::QuotaExceeded => Error::TooMuchOutput { program, output },
                _ => Error::Other { program, source },
            }),
        }
    })
}

/// Waits for the end of the pipes, then of the program; returns its exit code, if that isn't lost.
///
/// In this order: as long as nobody has waited for the program, its process group keeps its number.
fn wait(pipes: &Pipes, tree: &Tree, deadline: Option<Instant>) -> io::Result<Option<i32>> {
    pipes.wait_until(deadline)?;
    tree.wait_until(deadline)
}

/// Ends the program and returns its exit code, if that isn't lost.
fn end(pipes: &Pipes, tree: &mut Tree, grace: Duration) -> Option<i32> {
    #[cfg(windows)]
    let _ = grace; // there is no SIGTERM
    #[cfg(unix)]
    if !grace.is_zero() {
        use nix::sys::signal::{Signal::SIGTERM, killpg};
        use shared_child::unix::SharedChildExt;
        let _ = match &tree.group {
            Some(group) => killpg(**group, SIGTERM).ok(),
            None => tree.child.send_signal(SIGTERM as i32).ok(),
        };
        let until = Instant::now().checked_add(grace);
        // A reader that keeps no more has ended; the others go on.
        while pipes.wait_until(until).is_err_and(|end| end.kind() == ErrorKind::QuotaExceeded) {}
        let _ = tree.wait_until(until);
    }
    let code = tree.kill();
    // What it had written is still in the pipes, and ends with it unless another process holds them.
    let _ = pipes.wait_until(Some(Instant::now() + REST));
    code
}
