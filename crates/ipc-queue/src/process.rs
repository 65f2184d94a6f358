//! A child process that runs one function with the queue: Python's `Process`.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use task_utils::self_spawn::{self, Started};

use crate::hub::Hub;
use crate::{Queue, Target};

/// How long a child has to reach its guard, on the slowest machine.
const GUARD: Duration = Duration::from_secs(60);

/// A process that [`start`](Self::start) started.
///
/// It ends when its target returns, on [`terminate`](Self::terminate) or [`kill`](Self::kill), and
/// at the latest with the process that started it, however that ends: Python's `daemon=True`.
/// Dropping this leaves it running; it is reaped when it ends, so it never stays as a zombie.
pub struct Process {
    /// `None` only while this is dropped.
    child: Option<Child>,
    status: Option<ExitStatus>,
    hub: Arc<Hub>,
    id: u64,
}

impl Process {
    /// Starts this program again as a child that runs `target` with `queue`, and returns when the
    /// child has begun: `Process(target=…, args=(queue,))` and `start()`.
    ///
    /// Its stdout and stderr are this process's, its stdin is empty.
    ///
    /// # Errors
    ///
    /// What the system answers; [`io::ErrorKind::Other`] with the way out where `main` doesn't begin
    /// with [`run_if_child`](crate::run_if_child) and this target;
    /// [`io::ErrorKind::Unsupported`] in a child: only the process that made the queue starts others.
    ///
    /// ```
    /// use ipc_queue::{Process, Queue, Target, run_if_child};
    ///
    /// static GREET: Target<String> = Target::new("greet", |queue| {
    ///     queue.put(&format!("from {}", std::process::id())).unwrap();
    /// });
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     run_if_child(&[&GREET]);
    ///     let queue = Queue::new()?;
    ///     let mut process = Process::start(&GREET, &queue)?;
    ///     assert_eq!(queue.get()?, format!("from {}", process.id()));
    ///     assert!(process.join()?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn start<T>(target: &Target<T>, queue: &Queue<T>) -> io::Result<Self>
    where
        T: Serialize + DeserializeOwned,
    {
        let role = target.role();
        if role.is_unserved() {
            return Err(no_guard(target.name)); // a child that has run past its guard
        }
        let hub = queue.hub().ok_or_else(|| {
            let why = "only the process that made the queue can start others with it";
            io::Error::new(io::ErrorKind::Unsupported, why)
        })?;
        let Started { process: mut child, down, control, up } =
            self_spawn::start(&role, self_spawn::args().skip(1), Vec::new())?;
        let begun = hub.connect(down, control, up).and_then(|(id, hello)| {
            hello.recv_timeout(GUARD).map(|()| id).map_err(|_| no_guard(target.name))
        });
        match begun {
            Ok(id) => Ok(Process { child: Some(child), status: None, hub: Arc::clone(hub), id }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }

    /// The process id: `Process.pid`.
    ///
    /// ```
    /// # use ipc_queue::{Process, Queue, Target, run_if_child};
    /// # static WAIT: Target<u8> = Target::new("wait", |queue| { queue.close(); let _ = queue.get(); });
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # run_if_child(&[&WAIT]);
    /// # let queue = Queue::new()?;
    /// # let mut process = Process::start(&WAIT, &queue)?;
    /// assert_ne!(process.id(), std::process::id());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Whether it still runs: `Process.is_alive()`.
    ///
    /// ```
    /// # use ipc_queue::{Process, Queue, Target, run_if_child};
    /// # static WAIT: Target<u8> = Target::new("wait", |queue| { queue.close(); let _ = queue.get(); });
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # run_if_child(&[&WAIT]);
    /// # let queue = Queue::new()?;
    /// # let mut process = Process::start(&WAIT, &queue)?;
    /// assert!(process.is_alive()); // it waits for a value
    /// queue.close();
    /// process.join()?;
    /// assert!(!process.is_alive());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_alive(&mut self) -> bool {
        matches!(self.try_wait(), Ok(None))
    }

    /// Waits until it has ended, and all that it put is in the queue: `Process.join()`. A second time
    /// it answers the same at once.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::StorageFull`] if it can't end: it has more to put than the 64 MiB that the queue
    /// holds, and there is nobody who could get (no other child that isn't waiting to put too, and no
    /// other thread here that ever got). It goes on; get from the queue, then join again. Python's
    /// `join` waits for ever then. And what the system answers.
    ///
    /// ```
    /// # use ipc_queue::{Process, Queue, Target, run_if_child};
    /// # static WAIT: Target<u8> = Target::new("wait", |queue| { queue.close(); let _ = queue.get(); });
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # run_if_child(&[&WAIT]);
    /// # let queue = Queue::new()?;
    /// # let mut process = Process::start(&WAIT, &queue)?;
    /// queue.close(); // what it waits for will never come
    /// assert!(process.join()?.success());
    /// # Ok(())
    /// # }
    /// ```
    pub fn join(&mut self) -> io::Result<ExitStatus> {
        self.hub.wait_for_end(self.id)?;
        self.wait()
    }

    /// Asks it to end (SIGTERM); on Windows ends it at once: `Process.terminate()`. It doesn't wait,
    /// [`join`](Self::join) does. Once it has ended this does nothing: its id may be another's by now.
    ///
    /// The queue stays whole. What the process had got and not handled is lost with it;
    /// [`Queue::join`] first, and it isn't.
    ///
    /// # Errors
    ///
    /// What the system answers.
    ///
    /// ```
    /// # use ipc_queue::{Process, Queue, Target, run_if_child};
    /// # static WAIT: Target<u8> = Target::new("wait", |queue| { queue.close(); let _ = queue.get(); });
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # run_if_child(&[&WAIT]);
    /// # let queue = Queue::new()?;
    /// # let mut process = Process::start(&WAIT, &queue)?;
    /// process.terminate()?;
    /// assert!(!process.join()?.success());
    /// # Ok(())
    /// # }
    /// ```
    pub fn terminate(&mut self) -> io::Result<()> {
        if self.try_wait()?.is_some() {
            return Ok(());
        }
        self.child.as_mut().map_or(Ok(()), self_spawn::terminate)
    }

    /// Ends it at once (SIGKILL; TerminateProcess on Windows): `Process.kill()`. It doesn't wait.
    /// Once it has ended this does nothing.
    ///
    /// # Errors
    ///
    /// What the system answers.
    ///
    /// ```
    /// # use ipc_queue::{Process, Queue, Target, run_if_child};
    /// # static WAIT: Target<u8> = Target::new("wait", |queue| { queue.close(); let _ = queue.get(); });
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # run_if_child(&[&WAIT]);
    /// # let queue = Queue::new()?;
    /// # let mut process = Process::start(&WAIT, &queue)?;
    /// process.kill()?;
    /// assert!(!process.join()?.success());
    /// # Ok(())
    /// # }
    /// ```
    pub fn kill(&mut self) -> io::Result<()> {
        match (self.try_wait()?, &mut self.child) {
            (None, Some(child)) => child.kill(),
            _ => Ok(()),
        }
    }

    fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if let (None, Some(child)) = (self.status, &mut self.child) {
            self.status = child.try_wait()?;
        }
        Ok(self.status)
    }

    fn wait(&mut self) -> io::Result<ExitStatus> {
        match (self.status, &mut self.child) {
            (None, Some(child)) => child.wait().inspect(|status| self.status = Some(*status)),
            (status, _) => status.ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let (Ok(None), Some(mut child)) = (self.try_wait(), self.child.take()) {
            let reap = move || drop(child.wait());
            // Without a thread for it the child is reaped by the system, after this process.
            let _ = Builder::new().name("reaper".into()).spawn(reap);
        }
    }
}

fn no_guard(name: &str) -> io::Error {
    io::Error::other(format!(
        "the child ran `main` instead of its target; make `ipc_queue::run_if_child(&[…]);` the first \
         line of `main`, with the target {name:?} in its list"
    ))
}
