//! A child process that runs one function: Python's `Process`.

use std::fmt;
use std::io::{self, Read};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread::Builder;
use std::time::Duration;

use os_pipe::PipeReader;
use shared_child::SharedChild;
use task_utils::child_end::{ChildEnd, EndSignal};
use task_utils::frame;
use task_utils::pipe_writer::PipeWriter;
use task_utils::self_spawn::{self, Role, Started};

use crate::Target;
use crate::args::Args;
use crate::broker::Broker;
use crate::ends::{self, Sent, SentQueue};
use crate::sync::{Wait, lock, wait};

/// How long a child has to reach its entry check, on the slowest machine.
const ENTRY: Duration = Duration::from_secs(60);
const SIGTERM: i32 = 15;
const SIGKILL: i32 = 9;

/// A process that [`start`](Self::start) started.
///
/// It ends when its target returns, on [`terminate`](Self::terminate) or [`kill`](Self::kill), and
/// at the latest with the process that started it, however that ends: Python's `daemon=True`.
/// Dropping this leaves it running; it is reaped when it ends, so it never stays as a zombie.
pub struct Process {
    name: &'static str,
    watched: Arc<Watched>,
    /// Its queues, and its numbers there.
    queues: Vec<(Arc<Broker>, u64)>,
}

/// What the thread that waits for the process shares with those that ask.
struct Watched {
    child: SharedChild,
    /// Once it has ended; an error if the system doesn't tell how.
    status: Mutex<Option<Result<ExitStatus, io::ErrorKind>>>,
    ended: Condvar,
    /// The last signal that was sent to it.
    signal: AtomicI32,
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
        let role = target.role();
        if let Some(unserved) = Role::unserved() {
            return Err(no_entry_check(unserved.name())); // a child that runs `main`
        }
        let mut message = Vec::new();
        let sent = ends::send(|| frame::append(&mut message, |out| args.append_all(out)))?;
        let Sent { ends, queues } = sent;
        let Started { process, down, control, up } =
            self_spawn::start(&role, None, self_spawn::args().skip(1), ends)?;
        drop(args); // the pipe ends among them are the child's now
        let (signal, end) = ChildEnd::new()?;
        let control = Arc::new(PipeWriter::new(control));
        let held = (Arc::clone(&control), signal);
        let (watched, hello) = watch(SharedChild::new(process)?, up, held)?;
        let mut process = Process { name: target.name(), watched, queues: Vec::new() };
        let begun = hello.recv_timeout(ENTRY).map_err(|_| no_entry_check(target.name()));
        let begun = begun.and_then(|()| {
            process.connect(queues, &end, &control)?;
            PipeWriter::new(down).write_all(&message)
        });
        if let Err(error) = begun {
            process.kill()?;
            process.watched.wait(Wait::Forever);
            return Err(error);
        }
        Ok(process)
    }

    fn connect(
        &mut self,
        queues: Vec<SentQueue>,
        end: &ChildEnd,
        control: &Arc<PipeWriter>,
    ) -> io::Result<()> {
        for (number, queue) in (0..).zip(queues) {
            let broker = Arc::clone(&queue.broker);
            let id = broker.connect(queue, end, (Arc::clone(control), number))?;
            self.queues.push((broker, id));
        }
        Ok(())
    }

    /// The process id: `Process.pid`.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.watched.child.id()
    }

    /// Whether it still runs: `Process.is_alive()`.
    #[must_use]
    pub fn is_alive(&mut self) -> bool {
        lock(&self.watched.status).is_none()
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
    /// and nobody could make room: it is the queue's only process, and no other thread of this one ever
    /// got from the queue. It goes on; get from the queue, then join again. Python's `join` waits forever
    /// then. [`io::ErrorKind::NotFound`] if nothing tells how it ended.
    pub fn join(&mut self) -> io::Result<ExitStatus> {
        self.join_for(Wait::Forever)?.ok_or_else(|| io::ErrorKind::TimedOut.into())
    }

    /// [`join`](Self::join), but only for so long: `Process.join(timeout)`. `None` if it still runs then.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub fn join_timeout(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        self.join_for(Wait::for_up_to(timeout))
    }

    fn join_for(&mut self, how_long: Wait) -> io::Result<Option<ExitStatus>> {
        let killed = self.watched.signal.load(Relaxed) != 0;
        for (broker, id) in &self.queues {
            match broker.wait_for_end(*id, killed, how_long) {
                None => return Ok(None),
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    let why = format!("the process {:?} can't end: {error}", self.name);
                    return Err(io::Error::new(io::ErrorKind::StorageFull, why));
                }
            }
        }
        match self.watched.wait(how_long) {
            None => Ok(None),
            Some(Ok(status)) => Ok(Some(status)),
            Some(Err(kind)) => {
                let (name, id) = (self.name, self.id());
                let why = "has ended, but how is not known: this program ignores SIGCHLD or reaps all \
                           children";
                Err(io::Error::new(kind, format!("the process {name:?} ({id}) {why}")))
            }
        }
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
        self.watched.signal(SIGTERM)
    }

    /// Ends it at once (SIGKILL; TerminateProcess on Windows): `Process.kill()`. It doesn't wait.
    /// Once it has ended this does nothing.
    ///
    /// # Errors
    ///
    /// What the system returns.
    pub fn kill(&mut self) -> io::Result<()> {
        self.watched.signal(SIGKILL)
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("name", &self.name).field("id", &self.id()).finish()
    }
}

impl Watched {
    fn wait(&self, how_long: Wait) -> Option<Result<ExitStatus, io::ErrorKind>> {
        let mut status = lock(&self.status);
        while status.is_none() && !how_long.is_over() {
            status = wait(&self.ended, status, how_long);
        }
        *status
    }

    fn signal(&self, signal: i32) -> io::Result<()> {
        let status = lock(&self.status);
        if status.is_some() {
            return Ok(());
        }
        self.signal.store(signal, Relaxed);
        send(&self.child, signal)
    }
}

/// Starts the thread that waits for a process, and returns what hears the child's first word. The thread
/// holds what is to end with the process, not before.
fn watch(
    child: SharedChild,
    mut up: PipeReader,
    held: (Arc<PipeWriter>, EndSignal),
) -> io::Result<(Arc<Watched>, mpsc::Receiver<()>)> {
    let (hello, heard) = mpsc::channel();
    let (status, ended) = (Mutex::new(None), Condvar::new());
    let watched = Arc::new(Watched { child, status, ended, signal: AtomicI32::new(0) });
    let watching = Arc::clone(&watched);
    let wait = move || {
        if matches!(up.read(&mut [0]), Ok(1)) {
            let _ = hello.send(()); // an error: `start` no longer waits for it
        }
        drop(hello);
        let status = watching.child.wait();
        let status = status.or_else(|error| status_without_wait(&mut up, &watching, &error));
        *lock(&watching.status) = Some(status);
        watching.ended.notify_all();
        drop(held);
    };
    let started = Builder::new().name("queue process".into()).spawn(wait);
    if started.is_err() {
        watched.child.kill()?;
        watched.child.wait()?;
    }
    started.map(|_| (watched, heard))
}

/// How a process has ended that another has reaped.
#[cfg(unix)]
fn status_without_wait(
    up: &mut PipeReader,
    watched: &Watched,
    error: &io::Error,
) -> Result<ExitStatus, io::ErrorKind> {
    use std::os::unix::process::ExitStatusExt;
    let mut code = [0];
    if task_utils::handover::is_readable(up, Duration::ZERO).unwrap_or(false)
        && matches!(up.read(&mut code), Ok(1))
    {
        return Ok(ExitStatus::from_raw(i32::from(code[0]) << 8)); // as wait(2) has it
    }
    match watched.signal.load(Relaxed) {
        0 if error.raw_os_error().is_some() => Err(io::ErrorKind::NotFound),
        0 => Err(error.kind()),
        signal => Ok(ExitStatus::from_raw(signal)),
    }
}

#[cfg(not(unix))]
fn status_without_wait(
    _: &mut PipeReader,
    _: &Watched,
    error: &io::Error,
) -> Result<ExitStatus, io::ErrorKind> {
    Err(error.kind())
}

#[cfg(unix)]
fn send(child: &SharedChild, signal: i32) -> io::Result<()> {
    use shared_child::unix::SharedChildExt;
    const NO_SUCH_PROCESS: i32 = 3; // another has reaped it
    child.send_signal(signal).or_else(|error| match error.raw_os_error() {
        Some(NO_SUCH_PROCESS) => Ok(()),
        _ => Err(error),
    })
}

#[cfg(not(unix))]
fn send(child: &SharedChild, _: i32) -> io::Result<()> {
    child.kill()
}

fn no_entry_check(name: &str) -> io::Error {
    io::Error::other(format!(
        "the child ran `main` instead of its target; make `ipc_queue::run_if_child(&[…]);` the first \
         line of `main`, with the target {name:?} in its list"
    ))
}
