//! What the user calls.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::mem::{replace, take};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use serde::{Serialize, de::DeserializeOwned};

use crate::async_result::AsyncResult;
use crate::batch::{BATCH_BYTES, Job, ReplyTo};
use crate::builder::{Builder, Config};
use crate::error::{Error, TaskError};
use crate::imap::Imap;
use crate::message;
use crate::scheduler::Scheduler;

/// Worker processes that run one function, each with one argument at a time: Python's `Pool`.
///
/// `T` goes to the worker and `R` comes back, as [postcard](https://docs.rs/postcard) bytes of
/// 64 MiB at most. You may call all methods from several threads at once. A dropped pool is
/// terminated: [`close`](Self::close) and [`join`](Self::join) it to have all results.
pub struct Pool<T, R> {
    scheduler: Arc<Scheduler>,
    threads: Vec<JoinHandle<()>>,
    task: PhantomData<fn(T) -> R>,
}

impl<T: Serialize + DeserializeOwned, R: Serialize + DeserializeOwned> Pool<T, R> {
    /// Starts `processes` workers for `task` and returns when they are ready: `Pool(processes)`.
    ///
    /// # Errors
    ///
    /// [`Error::NoEntryCheck`] if `main` doesn't begin with [`run_if_worker`](crate::run_if_worker)`(task)`;
    /// [`Error::NotAPlainFn`] for a closure; [`Error::NoProcesses`] for none; [`Error::Spawn`] and
    /// [`Error::NoStart`] where the system has too little of something. No process is left behind then.
    pub fn new<F: Fn(T) -> R + 'static>(processes: usize, task: F) -> Result<Self, Error> {
        Self::builder(task).processes(processes).build()
    }

    /// A pool with more to say about its workers.
    pub fn builder<F: Fn(T) -> R + 'static>(_task: F) -> Builder<T, R> {
        Builder::new::<F>()
    }

    pub(crate) fn start(config: Config) -> Result<Self, Error> {
        let (scheduler, threads) = (Arc::new(Scheduler::new(config)), Vec::new());
        let mut pool = Pool { scheduler, threads, task: PhantomData }; // terminated by an error
        let spawned = pool.scheduler.spawn_threads(&mut pool.threads);
        spawned.map_err(|error| Error::Spawn(error.into()))?;
        pool.scheduler.wait_until_ready()?;
        Ok(pool)
    }

    /// Runs one task and waits for its result: `Pool.apply`.
    ///
    /// # Errors
    ///
    /// Why there is no result, see [`TaskError`].
    pub fn apply(&self, arg: T) -> Result<R, TaskError> {
        self.hand_in(&arg, true).get()
    }

    /// Hands in one task and returns at once, however busy the workers are: `Pool.apply_async`.
    ///
    /// Tasks start in the order in which they were handed in. One that waits takes memory: the argument's
    /// bytes and about 300 more. An error, also that the argument can't be sent, is in the result.
    pub fn apply_async(&self, arg: T) -> AsyncResult<R> {
        self.hand_in(&arg, false)
    }

    fn hand_in(&self, arg: &T, lends_thread: bool) -> AsyncResult<R> {
        let result = AsyncResult::new(&self.scheduler);
        let mut job = Job::new(ReplyTo::One(Arc::clone(&result.slot)), 0);
        let handed_in = job.push(arg).and_then(|()| self.scheduler.push(job, lends_thread));
        if let Err(error) = handed_in {
            result.slot.fill(Err(error));
        }
        result
    }

    /// Runs a task for each argument; returns the results in the order of `args`: `Pool.map`.
    ///
    /// There is no chunk size to choose: the workers take as many at a time as are done in about 2 ms.
    ///
    /// # Errors
    ///
    /// The error of the first task, in the order of `args`, that has one, also if it is that its argument
    /// can't be sent. All others run first, as in Python; but if a worker dies, the tasks that it was given
    /// along with this one, about 2 ms of them, may have run or not.
    pub fn map(&self, args: impl IntoIterator<Item = T>) -> Result<Vec<R>, TaskError> {
        let (sender, pieces) = mpsc::channel();
        let reply_to = ReplyTo::Map(sender);
        let mut job = Job::new(reply_to.clone(), 0);
        for (i, arg) in args.into_iter().enumerate() {
            let pushed = job.push(&arg);
            // In pieces, so that the first tasks run while the last arguments are being made.
            if pushed.is_err() || job.args().len() >= BATCH_BYTES {
                let next = Job::new(reply_to.clone(), i + 1);
                self.scheduler.push(replace(&mut job, next), false)?;
            }
            if let Err(error) = pushed {
                reply_to.reply(i, Err(error));
            }
        }
        self.scheduler.push(job, false)?;
        drop(reply_to);
        let (mut results, mut error, mut early) = (Vec::new(), None, BTreeMap::new());
        // They end when all jobs, which have the senders, are done.
        for (first, piece) in pieces {
            early.insert(first, piece);
            while error.is_none()
                && let Some(piece) = early.remove(&results.len())
            {
                error = message::decode_all(piece, &mut results).err();
            }
        }
        error.map_or(Ok(results), Err)
    }

    /// Runs a task for each argument; the iterator's items are the results in the order of `args`, each
    /// as soon as it and those before it are there: `Pool.imap`. A task that fails is an `Err` in its
    /// place.
    ///
    /// Arguments are taken from `args` as you take results, some ahead: 1000, or fewer if they are long.
    /// So `args` may be infinite, but an argument must not wait for a result: `args` runs on your thread,
    /// in this call and in `next`. If it is slow, a result that is there waits for one argument at most.
    /// As many results wait for you in memory. The iterator doesn't borrow the pool. After
    /// [`close`](Self::close) it goes on; once [`join`](Self::join) is called it takes no more arguments, and
    /// after the results of those that it took, its last item is [`TaskError::Closed`]. If you drop the
    /// iterator, tasks that no worker has begun are dropped with it.
    pub fn imap<I: IntoIterator<Item = T>>(&self, args: I) -> Imap<I::IntoIter, R> {
        Imap::new(Arc::clone(&self.scheduler), args.into_iter(), true)
    }

    /// [`imap`](Self::imap) with the results in the order in which they come: `Pool.imap_unordered`.
    pub fn imap_unordered<I: IntoIterator<Item = T>>(&self, args: I) -> Imap<I::IntoIter, R> {
        Imap::new(Arc::clone(&self.scheduler), args.into_iter(), false)
    }

    /// The process ids of the workers that live now.
    #[must_use]
    pub fn worker_pids(&self) -> Vec<u32> {
        self.scheduler.lock().processes.iter().map(|process| process.child.id()).collect()
    }

    /// Takes no more tasks; those that were handed in go on: `Pool.close`. A task handed in later returns
    /// [`TaskError::Closed`].
    pub fn close(&mut self) {
        self.scheduler.change(|state| state.closed = true);
    }

    /// Waits until all tasks are done and every worker has ended: `Pool.close` and `Pool.join`.
    ///
    /// # Errors
    ///
    /// Why the pool had lost its workers before, if it had.
    pub fn join(mut self) -> Result<(), Error> {
        self.scheduler.join(take(&mut self.threads))
    }

    /// Kills the workers now, whatever they do (SIGKILL; on Windows TerminateProcess), and reaps them;
    /// tasks without a result return [`TaskError::Terminated`]: `Pool.terminate`.
    ///
    /// Programs that a task has started go on.
    pub fn terminate(self) {}
}

impl<T, R> Drop for Pool<T, R> {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.scheduler.end(TaskError::Terminated);
            let _ = self.scheduler.join(take(&mut self.threads)); // it is terminated
        }
    }
}
