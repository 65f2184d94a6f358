//! A child process that runs one function: Python's `Process`.

use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::process::ExitStatus;
use std::sync::{Arc, mpsc};
use std::thread::Builder;
use std::time::Duration;

use os_pipe::PipeReader;
use shared_child::SharedChild;
use task_utils::child_end::ChildEnd;
use task_utils::frame;
use task_utils::pipe_writer::PipeWriter;
use task_utils::self_spawn::{self, Role, Started};

use crate::Target;
use crate::args::Args;
use crate::client::Client;
use crate::ends::{self, Arguments};
use crate::signals::{SIGKILL, SIGTERM, send, told};
use crate::sync::{Deadline, Monitor, after};

/// How long a child has to reach its entry check, on the slowest machine.
const ENTRY: Duration = Duration::from_secs(60);

/// A process that [`start`](Self::start) started.
///
/// It ends when its target returns, on [`terminate`](Self::terminate) or [`kill`](Self::kill), and
/// at the latest with the process that started it, however that ends: Python's `daemon=True`.
/// Dropping this leaves it running; it is reaped when it ends, so it never stays as a zombie.
pub struct Process {
    name: &'static str,
    watched: Arc<Watched>,
    /// Its queues, and its numbers there.
    queues: Vec<(Arc<Client>, u64)>,
}

/// What the thread that waits for the process shares with those that ask.
struct Watched {
    child: SharedChild,
    end: Monitor<End>,
}

#[derive(Default)]
struct End {
    /// Once it has ended; an error if the system doesn't tell how.
    status: Option<Result<ExitStatus, ErrorKind>>,
    /// The last signal that was sent to it.
    signal: i32,
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
        let (end_signal, child_end) = ChildEnd::new()?;
        let arguments = Arguments { child_end: Some(child_end), ..Arguments::default() };
        let mut message = Vec::new();
        let encode = |out: &mut Vec<u8>| frame::encode(&args, out);
        let ((), arguments) = ends::with(arguments, || frame::append(&mut message, encode))?;
        let ends = arguments.ends.into_iter().flatten().collect();
        let Started { process, down, control, up } =
            self_spawn::start(&role, None, self_spawn::args().skip(1), ends)?;
        drop(args); // the pipe ends among them are the child's now
        let child = SharedChild::new(process)?;
        let watched = Arc::new(Watched { child, end: Monitor::default() });
        // The thread holds what ends with the process, not before.
        let hello = Arc::clone(&watched).watch(up, (control, end_signal))?;
        let mut process = Process { name: target.name(), watched, queues: arguments.queues };
        let begun = hello.recv_timeout(ENTRY).map_err(|_| no_entry_check(target.name()));
        let begun = begun.and_then(|()| PipeWriter::new(down).write_all(&message));
        if let Err(error) = begun {
            process.kill()?;
            process.watched.wait(None);
            return Err(error);
        }
        Ok(process)
    }

    /// The process id: `Process.pid`.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.watched.child.id()
    }

    /// Whether it still runs: `Process.is_alive()`.
    #[must_use]
    pub fn is_alive(&mut self) -> bool {
        self.watched.end.lock().status.is_none()
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
        self.join_for(None)?.ok_or_else(|| io::ErrorKind::TimedOut.into())
    }

    /// [`join`](Self::join), but only for so long: `Process.join(timeout)`. `None` if it still runs then.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub fn join_timeout(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        self.join_for(after(timeout))
    }

    fn join_for(&mut self, deadline: Deadline) -> io::Result<Option<ExitStatus>> {
        let name = self.name;
        for (client, id) in &self.queues {
            let Some(ended) = client.wait_for_end(*id, deadline) else { return Ok(None) };
            ended.map_err(|error| {
                let why = format!("the process {name:?} can't end: {error}");
                io::Error::new(ErrorKind::StorageFull, why)
            })?;
        }
        self.watched.wait(deadline).transpose().map_err(|kind| {
            let why = "has ended, but how is not known: this program ignores SIGCHLD or reaps all children";
            io::Error::new(kind, format!("the process {name:?} ({}) {why}", self.id()))
        })
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
    /// Starts the thread that waits for the process and then drops `held`. Returns what hears the child's
    /// first word.
    fn watch(
        self: Arc<Self>,
        mut up: PipeReader,
        held: impl Send + 'static,
    ) -> io::Result<mpsc::Receiver<()>> {
        let (hello, heard) = mpsc::channel();
        let watching = Arc::clone(&self);
        let watch = move || {
            if matches!(up.read(&mut [0]), Ok(1)) {
                let _ = hello.send(()); // an error: `start` no longer waits for it
            }
            drop(hello);
            let status = watching.child.wait();
            let mut end = watching.end.lock();
            end.status =
                Some(status.or_else(|_| told(&mut up, end.signal).ok_or(ErrorKind::NotFound)));
            watching.end.notify();
            drop((end, held));
        };
        let started = Builder::new().name("queue process".into()).spawn(watch);
        if started.is_err() {
            self.child.kill()?;
            self.child.wait()?;
        }
        started.map(|_| heard)
    }

    fn wait(&self, deadline: Deadline) -> Option<Result<ExitStatus, ErrorKind>> {
        self.end.wait_for(self.end.lock(), deadline, |end| end.status).1
    }

    fn signal(&self, signal: i32) -> io::Result<()> {
        let mut end = self.end.lock();
        if end.status.is_some() {
            return Ok(());
        }
        end.signal = signal;
        send(&self.child, signal)
    }
}

fn no_entry_check(name: &str) -> io::Error {
    io::Error::other(format!(
        "the child ran `main` instead of its target; make `ipc_queue::run_if_child(&[…]);` the first \
         line of `main`, with the target {name:?} in its list"
    ))
}
