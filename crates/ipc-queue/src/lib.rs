#![doc = include_str!("../README.md")]

use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::Arc;
use std::time::Duration;
use std::{any::type_name, fmt};

use serde::{Serialize, de::DeserializeOwned};
use task_utils::frame;
use task_utils::handover::Inherited;
use task_utils::self_spawn::{self, Role};

mod block;
mod branch;
mod error;
#[cfg(test)]
mod fuzz;
mod hub;
mod process;
#[cfg(test)]
mod simulation;
mod state;
mod wire;

use block::Block;
use branch::Branch;
pub use error::Error;
use hub::Hub;
pub use process::Process;
pub use task_utils::self_spawn::args;

/// A function that a child runs, under the name by which the child finds it again.
///
/// ```
/// use ipc_queue::Target;
///
/// static COUNT: Target<u32> = Target::new("count", |queue| {
///     for n in 1..=3 {
///         queue.put(&n).unwrap();
///     }
/// });
/// ```
pub struct Target<T> {
    name: &'static str,
    run: fn(Queue<T>),
}

impl<T> Target<T> {
    /// The function `run`, called `name`; each target of a program has a name of its own.
    pub const fn new(name: &'static str, run: fn(Queue<T>)) -> Self {
        Target { name, run }
    }

    fn role(&self) -> Role {
        Role::new("queue", format!("{}:{}", self.name, type_name::<T>()))
    }
}

/// The guard: in a child for one of `targets` it runs the target and never returns; elsewhere it
/// does nothing.
///
/// The first line of `main`. It is what `if __name__ == '__main__':` is in Python: a child is this
/// program started again, and must not do again what the program does. The child's exit code is 0
/// when the target returns and 101 when it panics. The same on Windows, macOS and Linux.
///
/// ```
/// use ipc_queue::{Target, run_if_child};
///
/// static COUNT: Target<u32> = Target::new("count", |queue| queue.put(&1).unwrap());
///
/// fn main() {
///     run_if_child(&[&COUNT]);
///     println!("not a child");
/// }
/// ```
pub fn run_if_child<T>(targets: &[&Target<T>])
where
    T: Serialize + DeserializeOwned,
{
    for target in targets {
        match self_spawn::inherited(&target.role()) {
            Ok(None) => {}
            Ok(Some(inherited)) => exit(run(target, inherited)),
            Err(error) => {
                eprintln!("can't start as a child: {error}");
                exit(1);
            }
        }
    }
}

fn run<T>(target: &Target<T>, inherited: Inherited) -> i32 {
    match Branch::new(inherited) {
        Ok(branch) => {
            let queue = Queue { side: Side::Child(Arc::clone(&branch)), value: PhantomData };
            let ran = catch_unwind(AssertUnwindSafe(|| (target.run)(queue)));
            branch.leave(); // the target may have leaked its queue
            if ran.is_ok() { 0 } else { 101 } // the panic hook has told the panic
        }
        Err(_) => 1, // the parent is gone, so there is nobody to tell
    }
}

/// A queue between this process and those it starts with [`Process::start`]: Python's `Queue`.
///
/// Values travel as [postcard](https://docs.rs/postcard) bytes of 64 MiB at most. Each goes to exactly
/// one that gets, and each reader gets those of one writer in their order. A reader is given some
/// ahead, as many as it handles in about a millisecond and 1,024 at most; those it has not begun it
/// gives back when another waits, or when its target returns. Several threads may share a queue by
/// reference.
///
/// A process may put until it has called [`close`](Self::close), dropped its queue or ended.
pub struct Queue<T> {
    side: Side,
    value: PhantomData<fn(T) -> T>,
}

enum Side {
    Hub(Arc<Hub>),
    Child(Arc<Branch>),
}

impl<T: Serialize + DeserializeOwned> Queue<T> {
    /// An empty queue. It must live in this process for as long as others are to use it.
    ///
    /// # Errors
    ///
    /// None today; pipes are made when processes are started.
    ///
    /// ```
    /// let queue = ipc_queue::Queue::<String>::new()?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn new() -> io::Result<Self> {
        Ok(Queue { side: Side::Hub(Arc::default()), value: PhantomData })
    }

    /// Puts a value at the end of the queue: `Queue.put`.
    ///
    /// It waits while more than 64 MiB wait to be got (in a child, once its pipe is full too). In a
    /// child, a value that follows another within 20 µs may leave the process a moment after this
    /// returns; [`close`](Self::close), a dropped queue and the target's end wait for it,
    /// [`std::process::exit`] doesn't.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] for one that can't be serialised or is too long, [`Error::Closed`] after
    /// [`close`](Self::close), [`Error::Full`] where it would wait and nobody is left who could
    /// get: no other thread here that ever did, and no child that isn't waiting to put as well. A
    /// child is told when the process of the queue has dropped it, too, and what it had just put is
    /// gone.
    ///
    /// ```
    /// let queue = ipc_queue::Queue::new()?;
    /// queue.put(&"A".to_string())?;
    /// assert_eq!(queue.get()?, "A");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn put(&self, value: &T) -> Result<(), Error> {
        let message = wire::put(value).map_err(Error::Value)?;
        match &self.side {
            Side::Hub(hub) => Block::new(message)?.map_or(Ok(()), |value| hub.put(value)),
            Side::Child(branch) => branch.put(message),
        }
    }

    /// Takes the value at the front, waiting for one: `Queue.get`.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] once nobody can put any more and nothing is left: a process that only gets
    /// calls [`close`](Self::close) first, or it waits for itself. [`Error::Value`] if what came
    /// isn't a `T`; it is gone then.
    ///
    /// ```
    /// let queue = ipc_queue::Queue::new()?;
    /// queue.put(&1)?;
    /// queue.close();
    /// assert_eq!(queue.get()?, 1);
    /// assert!(matches!(queue.get(), Err(ipc_queue::Error::Closed)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get(&self) -> Result<T, Error> {
        self.get_until(None)
    }

    /// [`get`](Self::get), but only for so long: `Queue.get(timeout=…)`.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] after `timeout`, and as [`get`](Self::get). No value is lost by it.
    ///
    /// ```
    /// let queue = ipc_queue::Queue::<u32>::new()?;
    /// let got = queue.get_timeout(std::time::Duration::from_millis(1));
    /// assert!(matches!(got, Err(ipc_queue::Error::TimedOut)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, Error> {
        self.get_until(Some(timeout))
    }

    fn get_until(&self, timeout: Option<Duration>) -> Result<T, Error> {
        let value = match &self.side {
            Side::Hub(hub) => frame::decode(&hub.get(timeout)?),
            Side::Child(branch) => branch.get(timeout, frame::decode)?,
        };
        value.map_err(Error::Value)
    }

    /// The values one after the other, until the queue is closed.
    ///
    /// ```
    /// let queue = ipc_queue::Queue::new()?;
    /// (1..=3).try_for_each(|n| queue.put(&n))?;
    /// queue.close();
    /// assert_eq!(queue.iter().collect::<Result<Vec<i32>, _>>()?, [1, 2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Result<T, Error>> {
        std::iter::from_fn(|| Some(self.get()).filter(|got| !matches!(got, Err(Error::Closed))))
    }
}

impl<T> Queue<T> {
    /// This process puts no more, and all that it has put is on its way: `Queue.close` and
    /// `Queue.join_thread`. It can still get.
    ///
    /// ```
    /// let queue = ipc_queue::Queue::new()?;
    /// queue.close();
    /// assert!(matches!(queue.put(&1), Err(ipc_queue::Error::Closed)));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn close(&self) {
        match &self.side {
            Side::Hub(hub) => hub.close(),
            Side::Child(branch) => branch.close(),
        }
    }

    /// Waits until every value in the queue has been got, and each process that got some has come
    /// back for more or ended, so that it is done with them: `JoinableQueue.join`.
    ///
    /// What another process is still about to put isn't in the queue yet: join the writers first.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::BrokenPipe`] if values are left and all processes that could get them have
    /// ended; [`io::ErrorKind::Unsupported`] in a child: only the process that made the queue can tell.
    ///
    /// ```
    /// let queue = ipc_queue::Queue::<u32>::new()?;
    /// queue.join()?; // nothing is in it
    /// # std::io::Result::Ok(())
    /// ```
    pub fn join(&self) -> io::Result<()> {
        match &self.side {
            Side::Hub(hub) => hub.join(),
            Side::Child(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn hub(&self) -> Option<&Arc<Hub>> {
        match &self.side {
            Side::Hub(hub) => Some(hub),
            Side::Child(_) => None,
        }
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        match &self.side {
            Side::Hub(hub) => hub.leave(),
            Side::Child(branch) => branch.leave(),
        }
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}
