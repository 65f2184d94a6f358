#![doc = include_str!("../README.md")]

use std::any::type_name;
use std::io;
use std::marker::PhantomData;
use std::mem::take;
use std::process::exit;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde::{Serialize, de::DeserializeOwned};
use task_utils::frame;
use task_utils::self_spawn::{self, Role};

mod crew;
mod error;
#[cfg(test)]
mod fuzz;
mod plan;
mod results;
mod wire;
mod worker;

use crew::Crew;
pub use error::{Error, TaskError};
use plan::Job;
pub use results::{AsyncResult, Imap, ImapUnordered};
use results::{Mapped, Sink};

/// How many bytes of arguments `map` hands in at once. With 64 KiB for each task it takes 1.5 times as
/// long to hand in all at once.
const PIECE: usize = 64 << 10;

/// The guard: in a worker for `task` it serves tasks and never returns; elsewhere it does nothing.
///
/// The first line of `main`, once for each task that the program has pools for. It is what
/// `if __name__ == '__main__':` is in Python: a worker is this program started again, and must not
/// do again what the program does. The same on Windows, macOS and Linux.
///
/// The worker ends when the pool is done with it, and within an instant when the pool's process
/// ends, however that happens. Its stdout and stderr are the pool's, its stdin is empty.
///
/// ```
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// fn main() {
///     pool::run_if_worker(square);
///     println!("not a worker");
/// }
/// ```
pub fn run_if_worker<T, R, F>(task: F)
where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
    F: Fn(T) -> R,
{
    match self_spawn::inherited(&role::<F>()) {
        Ok(None) => {}
        Ok(Some(inherited)) => worker::serve(task, inherited),
        Err(error) => {
            eprintln!("can't start as a worker: {error}");
            exit(1);
        }
    }
}

fn role<F>() -> Role {
    Role::new("pool", type_name::<F>())
}

/// Worker processes that run one function, each with one argument at a time: Python's `Pool`.
///
/// `T` goes to the worker and `R` comes back, as [postcard](https://docs.rs/postcard) bytes of
/// 64 MiB at most. All methods may be called from several threads at once. A dropped pool is
/// terminated: [`close`](Self::close) and [`join`](Self::join) it to have all results.
///
/// ```
/// use pool::Pool;
///
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     pool::run_if_worker(square);
///     let pool = Pool::new(2, square)?;
///     assert_eq!(pool.map(1..=4)?, [1, 4, 9, 16]);
///     Ok(pool.join()?)
/// }
/// ```
pub struct Pool<T, R> {
    crew: Arc<Crew>,
    threads: Vec<JoinHandle<()>>,
    task: PhantomData<fn(T) -> R>,
}

impl<T: Serialize + DeserializeOwned, R: Serialize + DeserializeOwned> Pool<T, R> {
    /// Starts `processes` workers for `task` and returns when they are ready: `Pool(processes)`.
    ///
    /// # Errors
    ///
    /// [`Error::NoGuard`] if `main` doesn't begin with [`run_if_worker`]`(task)`; the others of
    /// [`Error`] say what they mean. No process is left behind then.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// assert_eq!(pool.worker_pids().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new<F: Fn(T) -> R>(processes: usize, task: F) -> Result<Self, Error> {
        Self::builder(task).processes(processes).build()
    }

    /// A pool with more to say about its workers.
    ///
    /// ```
    /// # use pool::Pool;
    /// # fn double(n: u32) -> u32 { 2 * n }
    /// fn connect() {
    ///     // opens what each worker needs once, for instance into a `thread_local!`
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// pool::run_if_worker(double);
    /// let pool = Pool::builder(double).processes(2).initializer(connect).max_tasks_per_child(100);
    /// assert_eq!(pool.build()?.apply(21)?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder<F: Fn(T) -> R>(_task: F) -> Builder<T, R> {
        let plain = size_of::<F>() == 0 && !type_name::<F>().contains("{{closure}}");
        Builder {
            role: role::<F>(),
            name: type_name::<F>(),
            plain,
            processes: thread::available_parallelism().map_or(1, |n| n.get()),
            max_tasks: None,
            initializer: None,
            task: PhantomData,
        }
    }

    /// Runs one task and waits for its result: `Pool.apply`.
    ///
    /// # Errors
    ///
    /// Why there is no result, see [`TaskError`].
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// assert_eq!(pool.apply(7)?, 49);
    /// # Ok(())
    /// # }
    /// ```
    pub fn apply(&self, arg: T) -> Result<R, TaskError> {
        let (result, slot) = AsyncResult::new();
        match encoded(&arg) {
            Ok(items) => {
                let answered = || slot.is_full();
                self.crew.apply(job(slot.clone(), 0, 1, false, items), answered);
            }
            Err(error) => slot.fill(Err(error)),
        }
        result.get()
    }

    /// Hands in one task and returns at once, however busy the workers are: `Pool.apply_async`.
    ///
    /// Tasks start in the order in which they were handed in. Those that wait take memory: the
    /// argument's bytes and about 230 more.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// let results = [7, 8].map(|n| pool.apply_async(n));
    /// assert_eq!(results.map(|result| result.get().unwrap()), [49, 64]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn apply_async(&self, arg: T) -> AsyncResult<R> {
        let (result, slot) = AsyncResult::new();
        match encoded(&arg) {
            Ok(items) => self.push(slot, 0, 1, false, items),
            Err(error) => slot.fill(Err(error)),
        }
        result
    }

    /// Runs a task for each argument; answers the results in the order of `args`: `Pool.map`.
    ///
    /// The workers take as many at a time as are done in about 2 ms, so there is no chunk size to
    /// choose.
    ///
    /// # Errors
    ///
    /// The error of the first task, in the order of `args`, that has one, also if it is that its
    /// argument can't be sent. All others run first, as in Python.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// assert_eq!(pool.map(1..=4)?, [1, 4, 9, 16]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn map(&self, args: impl IntoIterator<Item = T>) -> Result<Vec<R>, TaskError> {
        let mapped = Mapped::new();
        // In pieces, so that the first tasks run while the last arguments are being made.
        let (mut first, mut count, mut items) = (0, 0, Vec::new());
        for arg in args {
            let added = append(&mut items, &arg);
            count += usize::from(added.is_ok());
            if added.is_err() || items.len() >= PIECE {
                mapped.expect(count);
                self.push(mapped.clone(), first, count, true, take(&mut items));
                first += take(&mut count);
            }
            if let Err(error) = added {
                mapped.expect(1);
                mapped.fail(first, 1, error);
                first += 1;
            }
        }
        mapped.expect(count);
        self.push(mapped.clone(), first, count, true, items);
        mapped.get()
    }

    /// Hands in a task for each argument; the results come in the order of `args`, each as soon as
    /// it and those before it are there: `Pool.imap`.
    ///
    /// All arguments are taken at once, as in Python. A task that fails is an `Err` in its place.
    ///
    /// ```
    /// # use pool::Pool;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// for result in pool.imap(1..=3) {
    ///     println!("{}", result?); // 1, then 4, then 9
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn imap(&self, args: impl IntoIterator<Item = T>) -> Imap<R> {
        let args: Vec<T> = args.into_iter().collect();
        let (results, channel) = Imap::new(args.len());
        self.push_each(channel, args);
        results
    }

    /// [`imap`](Self::imap) with the results in the order in which they come:
    /// `Pool.imap_unordered`.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// let sum: u64 = pool.imap_unordered(1..=3).map(Result::unwrap).sum();
    /// assert_eq!(sum, 14);
    /// # Ok(())
    /// # }
    /// ```
    pub fn imap_unordered(&self, args: impl IntoIterator<Item = T>) -> ImapUnordered<R> {
        let args: Vec<T> = args.into_iter().collect();
        let (results, channel) = ImapUnordered::new(args.len());
        self.push_each(channel, args);
        results
    }

    /// The process ids of the workers that live now.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// assert!(!pool.worker_pids().contains(&std::process::id()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn worker_pids(&self) -> Vec<u32> {
        self.crew.pids()
    }

    /// Takes no more tasks; those that are in go on: `Pool.close`. A task handed in later answers
    /// [`TaskError::Closed`].
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let mut pool = Pool::new(2, square)?;
    /// let result = pool.apply_async(7);
    /// pool.close();
    /// assert!(matches!(pool.apply(8), Err(TaskError::Closed)));
    /// assert_eq!(result.get()?, 49);
    /// # Ok(())
    /// # }
    /// ```
    pub fn close(&mut self) {
        self.crew.close();
    }

    /// Waits until all tasks are done and every worker has ended: `Pool.close` and `Pool.join`.
    ///
    /// # Errors
    ///
    /// Why the pool had lost its workers before, if it had.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// let result = pool.apply_async(7);
    /// pool.join()?;
    /// assert!(result.ready());
    /// # Ok(())
    /// # }
    /// ```
    pub fn join(mut self) -> Result<(), Error> {
        self.crew.close();
        self.join_threads();
        self.crew.failure().map_or(Ok(()), Err)
    }

    /// Ends the workers now, whatever they do (SIGKILL; on Windows TerminateProcess), and reaps
    /// them; what has no result yet answers [`TaskError::Terminated`]: `Pool.terminate`.
    ///
    /// Programs that a task has started go on.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// pool.terminate(); // all workers are gone when this returns
    /// # Ok(())
    /// # }
    /// ```
    pub fn terminate(self) {}

    fn push_each<S: Sink + 'static>(&self, sink: Arc<S>, args: Vec<T>) {
        for (i, arg) in args.into_iter().enumerate() {
            match encoded(&arg) {
                Ok(items) => self.push(sink.clone(), i, 1, false, items),
                Err(error) => sink.fail(i, 1, error),
            }
        }
    }

    fn push(&self, sink: Arc<dyn Sink>, first: usize, count: usize, bulk: bool, items: Vec<u8>) {
        if count > 0 {
            self.crew.push(job(sink, first, count, bulk, items));
        }
    }
}

fn job(sink: Arc<dyn Sink>, first: usize, count: usize, bulk: bool, items: Vec<u8>) -> Job {
    Job { sink, first, count, bulk, items: items.into(), offset: 0 }
}

impl<T, R> Pool<T, R> {
    fn join_threads(&mut self) {
        for thread in self.threads.drain(..) {
            // A callback that drops the pool runs on one of these threads, which can't await itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

impl<T, R> Drop for Pool<T, R> {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.crew.end(TaskError::Terminated);
            self.join_threads();
        }
    }
}

/// Appends an argument's bytes to those of others; on an error all is as before.
fn append(items: &mut Vec<u8>, arg: &impl Serialize) -> Result<(), TaskError> {
    let not_sent =
        |error: io::Error| TaskError::NotSent { what: "argument", why: error.to_string() };
    frame::append_item(items, |out| frame::encode(arg, out)).map_err(not_sent)
}

fn encoded(arg: &impl Serialize) -> Result<Vec<u8>, TaskError> {
    let mut items = Vec::new();
    append(&mut items, arg).map(|()| items)
}

/// What a pool is to be like: [`Pool::builder`].
#[must_use = "`build` starts the pool"]
pub struct Builder<T, R> {
    role: Role,
    name: &'static str,
    plain: bool,
    processes: usize,
    max_tasks: Option<usize>,
    initializer: Option<fn()>,
    task: PhantomData<fn(T) -> R>,
}

impl<T: Serialize + DeserializeOwned, R: Serialize + DeserializeOwned> Builder<T, R> {
    /// How many workers; as many as the machine has cores if this isn't said.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::builder(square).processes(3).build()?;
    /// assert_eq!(pool.worker_pids().len(), 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn processes(mut self, processes: usize) -> Self {
        self.processes = processes;
        self
    }

    /// Replaces a worker by a new one after so many tasks (at least 1), against leaks in a task:
    /// `maxtasksperchild`.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::builder(square).processes(1).max_tasks_per_child(1).build()?;
    /// let first = pool.worker_pids();
    /// pool.apply(7)?;
    /// pool.apply(8)?;
    /// assert_ne!(pool.worker_pids(), first);
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_tasks_per_child(mut self, tasks: usize) -> Self {
        self.max_tasks = Some(tasks.max(1));
        self
    }

    /// What each worker runs before its first task, on the thread that will run the tasks:
    /// `initializer`. A panic in it ends the worker.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// fn say_hello() {
    ///     println!("worker {} is here", std::process::id());
    /// }
    ///
    /// let pool = Pool::builder(square).processes(2).initializer(say_hello).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn initializer(mut self, initializer: fn()) -> Self {
        self.initializer = Some(initializer);
        self
    }

    /// Starts the workers and returns when they are ready.
    ///
    /// # Errors
    ///
    /// As [`Pool::new`].
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let none = Pool::builder(square).processes(0).build();
    /// assert!(matches!(none, Err(pool::Error::NoProcesses)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn build(self) -> Result<Pool<T, R>, Error> {
        if !self.plain {
            return Err(Error::NotAPlainFn(self.name));
        }
        if self.role.is_unserved() {
            return Err(Error::NoGuard(self.name)); // a worker that has run past its guard
        }
        if self.processes == 0 {
            return Err(Error::NoProcesses);
        }
        let (crew, threads) =
            Crew::start(self.role, self.name, self.processes, self.initializer, self.max_tasks)?;
        Ok(Pool { crew, threads, task: PhantomData })
    }
}
