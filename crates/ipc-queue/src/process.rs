//! A child process that runs one function: Python's `Process`.

use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::process::ExitStatus;
use std::sync::{Arc, mpsc};
use std::thread::Builder;
use std::time::Duration;

use shared_child::SharedChild;
use task_utils::child_end::{ChildEnd, ChildReader};
use task_utils::pipe_writer::PipeWriter;
use task_utils::self_spawn::{self, Role};

use crate::Target;
use crate::args::Args;
use crate::client::Client;
use crate::ends::{self, Arguments};
use crate::error::Error;
use crate::messages::message;
use crate::sync::{Monitor, after};

/// How long a child has to reach its entry check, on the slowest machine.
const ENTRY: Duration = Duration::from_secs(60);

const SIGTERM: i32 = 15;
const SIGKILL: i32 = 9;
/// The error for a signal to a process that was reaped.
const ESRCH: i32 = 3;

/// A process that [`start`](Self::start) started.
///
/// It ends when its target returns, on [`terminate`](Self::terminate) or [`kill`](Self::kill), and
/// at the latest with the process that started it, however that ends: Python's `daemon=True`.
/// Dropping this leaves it running; it is reaped when it ends, so it never stays as a zombie.
pub struct Process {
    name: &'static str,
    child: Arc<SharedChild>,
    /// Once it has ended: how, if the system or the child has told it.
    ended: Arc<Monitor<Option<Option<ExitStatus>>>>,
    /// How it has ended if nobody tells: by the last signal that was sent to it.
    signaled: Option<ExitStatus>,
    /// Its queues, and its numbers there.
    queues: Vec<(Arc<Client>, u64)>,
}

impl Process {
    /// Starts this program again as a child that runs `target` with `args`, and returns when the child
    /// has begun: `Process(target=…, args=…)` and `start()`.
    ///
    /// For a target that takes a `Queue<T>` the argument is `&queue`; for one that takes a tuple it is a
    /// tuple of as many: `&queue` for a queue, a pipe end, which moves to the child, or a value.
    /// The child's stdout and stderr are this process's, its stdin is empty.
    ///
    /// # Errors
    ///
    /// What the system returns; [`io::ErrorKind::Other`] with the way out where `main` doesn't begin
    /// with [`run_if_child`](crate::run_if_child) and this target; [`io::ErrorKind::Unsupported`] for a
    /// queue that this process was given: only the process that made it starts others with it.
    ///
    /// ```
    /// use ipc_queue::{Process, Queue, Target, run_if_child};
    ///
    /// static GREET: Target<(Queue<String>, String)> = Target::new("greet", |(queue, whom)| {
    ///     queue.put(&format!("hello {whom}")).unwrap();
    /// });
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     run_if_child(&[&GREET]);
    ///     let queue = Queue::new()?;
    ///     let mut process = Process::start(&GREET, (&queue, "Alice"))?;
    ///     assert_eq!(queue.get()?, "hello Alice");
    ///     assert!(process.join()?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn start<A, R>(target: &Target<A, R>, args: impl Args<A>) -> io::Result<Self> {
        if let Some(unserved) = Role::unserved() {
            return Err(no_entry_check(unserved.name())); // a child that runs `main`
        }
        let (end_signal, child_end) = ChildEnd::new()?;
        let arguments = Arguments { child_end: Some(child_end.clone()), ..Arguments::default() };
        let (message, arguments) = ends::with(arguments, || message(&args, |_| Ok(())))?;
        let ends = arguments.ends.into();
        let started = self_spawn::start(&target.role(), None, self_spawn::args().skip(1), ends)?;
        let mut process = Process {
            name: target.name,
            child: Arc::new(SharedChild::new(started.process)?),
            ended: Arc::default(),
            signaled: None,
            queues: arguments.queues,
        };
        let up = ChildReader::new(started.up, child_end);
        let begun = process.watch(up, (started.control, end_signal));
        let sent = begun.and_then(|()| PipeWriter::new(started.down).write_all(&message));
        if sent.is_err() {
            let _ = (process.kill(), process.child.wait());
        }
        sent.map(|()| process)
    }

    /// Starts the thread that waits for the process and then drops `held`. Returns when the process has
    /// passed its entry check.
    fn watch(&self, mut up: ChildReader, held: impl Send + 'static) -> io::Result<()> {
        let (child, ended) = (Arc::clone(&self.child), Arc::clone(&self.ended));
        let (begun, has_begun) = mpsc::channel();
        let watch = move || {
            let mut byte = [0];
            let _ = begun.send(up.read_exact(&mut byte).is_ok()); // an error: nobody waits for it
            let status = child.wait().ok();
            drop(held); // now `up` ends, even if another process holds it
            let mut code = || up.read_exact(&mut byte).ok().map(|()| i32::from(byte[0]));
            *ended.lock() = Some(status.or_else(|| exit_status(code()? << 8)));
            ended.notify();
        };
        Builder::new().name("queue process".into()).spawn(watch)?;
        match has_begun.recv_timeout(ENTRY) {
            Ok(true) => Ok(()),
            _ => Err(no_entry_check(self.name)),
        }
    }

    /// The process id: `Process.pid`.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs: `Process.is_alive()`.
    #[must_use]
    pub fn is_alive(&mut self) -> bool {
        self.ended.lock().is_none()
    }

    /// Waits until it has ended, and all that it put is in its queues: `Process.join()`. A second time it
    /// returns the same at once.
    ///
    /// The status is what Python's `exitcode` tells: [`code`](ExitStatus::code) is 0 when the target has
    /// returned, 1 after an error, 101 after a panic, or what the target exited with; on Unix it is `None`
    /// for a process that a signal ended, which `std::os::unix::process::ExitStatusExt::signal` tells. On
    /// Windows a process that was terminated has code 1.
    ///
    /// Where this program ignores SIGCHLD, or reaps all children, the system doesn't tell how one ended.
    /// Then the status is what the child said when its target had returned, or else the signal that
    /// [`terminate`](Self::terminate) or [`kill`](Self::kill) sent.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::StorageFull`] if it can't end: it waits to put a value into a queue that is full,
    /// and nobody makes room: it is the queue's only process, and no thread of this one has taken a value
    /// for 2 seconds. It goes on; get from the queue, then join again. Python's `join` waits forever then.
    /// [`io::ErrorKind::NotFound`] if nothing tells how it ended.
    pub fn join(&mut self) -> io::Result<ExitStatus> {
        self.join_timeout(Duration::MAX)?.ok_or_else(|| ErrorKind::TimedOut.into())
    }

    /// [`join`](Self::join), but only for so long: `Process.join(timeout)`. `None` if it still runs then.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub fn join_timeout(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = after(timeout);
        let (name, pid) = (self.name, self.id());
        let error = |kind, why| io::Error::new(kind, format!("the process {name:?} ({pid}) {why}"));
        for (client, id) in &self.queues {
            let Some(joined) = client.join(Some(*id), deadline)? else { return Ok(None) };
            let full = || format!("can't end: {}", Error::Full);
            joined.map_err(|_| error(ErrorKind::StorageFull, full()))?;
        }
        let ended = self.ended.wait_for(self.ended.lock(), deadline, |ended| *ended).1;
        let Some(status) = ended else { return Ok(None) };
        let why = "has ended, but how is unknown: this program ignores SIGCHLD or reaps children";
        status.or(self.signaled).map(Some).ok_or_else(|| error(ErrorKind::NotFound, why.into()))
    }

    /// Asks it to end (SIGTERM); on Windows ends it at once: `Process.terminate()`. It doesn't wait,
    /// [`join`](Self::join) does. Once it has ended this does nothing.
    ///
    /// Its queues stay whole. What the process had got and not handled is lost with it; call
    /// [`Queue::join`](crate::Queue::join) first, and it isn't.
    ///
    /// # Errors
    ///
    /// What the system returns.
    pub fn terminate(&mut self) -> io::Result<()> {
        self.signal(SIGTERM)
    }

    /// Ends it at once (SIGKILL; TerminateProcess on Windows): `Process.kill()`. It doesn't wait.
    /// Once it has ended this does nothing.
    ///
    /// # Errors
    ///
    /// What the system returns.
    pub fn kill(&mut self) -> io::Result<()> {
        self.signal(SIGKILL)
    }

    fn signal(&mut self, signal: i32) -> io::Result<()> {
        if !self.is_alive() {
            return Ok(());
        }
        self.signaled = exit_status(signal);
        #[cfg(unix)]
        let sent = shared_child::unix::SharedChildExt::send_signal(&*self.child, signal);
        #[cfg(not(unix))]
        let sent = self.child.kill();
        match sent {
            Err(error) if error.raw_os_error() == Some(ESRCH) => Ok(()),
            sent => sent,
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("name", &self.name).field("id", &self.id()).finish()
    }
}

/// The status of a process that another has reaped, from what wait(2) would have told.
#[cfg(unix)]
fn exit_status(raw: i32) -> Option<ExitStatus> {
    Some(std::os::unix::process::ExitStatusExt::from_raw(raw))
}

/// Another process can't reap it.
#[cfg(not(unix))]
fn exit_status(_: i32) -> Option<ExitStatus> {
    None
}

fn no_entry_check(name: &str) -> io::Error {
    io::Error::other(format!(
        "the child ran `main` instead of its target; make `ipc_queue::run_if_child(&[…]);` the first \
         line of `main`, with the target {name:?} in its list"
    ))
}
