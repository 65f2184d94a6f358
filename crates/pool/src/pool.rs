//! What the user calls.

use std::io;
use std::marker::PhantomData;
use std::mem::take;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use serde::{Serialize, de::DeserializeOwned};
use task_utils::frame;

use crate::async_result::AsyncResult;
use crate::batch::{BATCH_BYTES, Job};
use crate::builder::{Builder, Config};
use crate::error::{Error, TaskError};
use crate::imap::Imap;
use crate::message::{self, Items};
use crate::reply::{Piece, ReplyTo};
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
    /// [`Error::NoGuard`] if `main` doesn't begin with [`run_if_worker`](crate::run_if_worker)`(task)`;
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
        let (scheduler, threads) = Scheduler::start(config)?;
        Ok(Pool { scheduler, threads, task: PhantomData })
    }

    /// Runs one task and waits for its result: `Pool.apply`.
    ///
    /// # Errors
    ///
    /// Why there is no result, see [`TaskError`].
    pub fn apply(&self, arg: T) -> Result<R, TaskError> {
        self.hand_in(&arg, Scheduler::apply).get()
    }

    /// Hands in one task and returns at once, however busy the workers are: `Pool.apply_async`.
    ///
    /// Tasks start in the order in which they were handed in. One that waits takes memory: the argument's
    /// bytes and about 250 more. An error, also that the argument can't be sent, is in the result.
    pub fn apply_async(&self, arg: T) -> AsyncResult<R> {
        self.hand_in(&arg, Scheduler::push)
    }

    fn hand_in(&self, arg: &T, how: fn(&Scheduler, Job)) -> AsyncResult<R> {
        let (result, slot) = AsyncResult::new();
        match encode(arg) {
            Ok(bytes) => how(&self.scheduler, Job::single(ReplyTo::One(slot), 0, bytes)),
            Err(error) => drop(slot.fill(Err(error))), // nobody can have a callback there yet
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
    /// can't be sent. All others run first, as in Python.
    pub fn map(&self, args: impl IntoIterator<Item = T>) -> Result<Vec<R>, TaskError> {
        let (sender, pieces) = mpsc::channel();
        // In pieces, so that the first tasks run while the last arguments are being made.
        let (mut first, mut count, mut bytes) = (0, 0, Vec::new());
        for arg in args {
            let appended = append(&mut bytes, &arg);
            count += usize::from(appended.is_ok());
            if appended.is_err() || bytes.len() >= BATCH_BYTES {
                self.push_piece(&sender, first, count, take(&mut bytes));
                first += take(&mut count);
            }
            if let Err(error) = appended {
                let _ = sender.send((first, Err(error)));
                first += 1;
            }
        }
        self.push_piece(&sender, first, count, bytes);
        drop(sender);
        collect(pieces)
    }

    fn push_piece(
        &self,
        sender: &Sender<(usize, Piece)>,
        first: usize,
        count: usize,
        args: Vec<u8>,
    ) {
        if count > 0 {
            let (reply_to, args) = (ReplyTo::Many(sender.clone()), Arc::new(args));
            let job = Job { reply_to, first, count, args, offset: 0, all_or_nothing: true };
            self.scheduler.push(job);
        }
    }

    /// Runs a task for each argument; the iterator's items are the results in the order of `args`, each
    /// as soon as it and those before it are there: `Pool.imap`. A task that fails is an `Err` in its
    /// place.
    ///
    /// Arguments are taken from `args` as you take results, some ahead: 1000, or fewer if they are long.
    /// So `args` may be infinite. The iterator doesn't borrow the pool. After [`close`](Self::close) it
    /// goes on; once [`join`](Self::join) is called it takes no more arguments, and after the results of
    /// those that it took, its last item is [`TaskError::Closed`]. If you drop the iterator, tasks that no
    /// worker has begun are dropped with it.
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
        self.scheduler.pids()
    }

    /// Takes no more tasks; those that were handed in go on: `Pool.close`. A task handed in later returns
    /// [`TaskError::Closed`].
    pub fn close(&mut self) {
        self.scheduler.close();
    }

    /// Waits until all tasks are done and every worker has ended: `Pool.close` and `Pool.join`.
    ///
    /// # Errors
    ///
    /// Why the pool had lost its workers before, if it had.
    pub fn join(mut self) -> Result<(), Error> {
        self.scheduler.join(take(&mut self.threads)).map_or(Ok(()), Err)
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
            self.scheduler.join(take(&mut self.threads));
        }
    }
}

/// One argument's bytes.
pub(crate) fn encode(arg: &impl Serialize) -> Result<Vec<u8>, TaskError> {
    let mut bytes = Vec::new();
    append(&mut bytes, arg).map(|()| bytes)
}

/// Appends an argument's bytes to those of others; on an error all is as before.
fn append(items: &mut Vec<u8>, arg: &impl Serialize) -> Result<(), TaskError> {
    let not_sent =
        |error: io::Error| TaskError::NotSent { what: "argument", why: error.to_string() };
    frame::append_item(items, |out| frame::encode(arg, out)).map_err(not_sent)
}

/// The results of a `map`, in the order of the tasks, or the first error among them.
fn collect<R: DeserializeOwned>(pieces: Receiver<(usize, Piece)>) -> Result<Vec<R>, TaskError> {
    // They end when all jobs, which have the senders, are done.
    let mut pieces: Vec<_> = pieces.into_iter().collect();
    pieces.sort_unstable_by_key(|(first, _)| *first);
    let mut results = Vec::new();
    for (_, piece) in pieces {
        let (message, start) = piece?;
        for item in Items(&message[start..]) {
            // A piece is whole: it was counted before it was sent here.
            results.push(message::decode_outcome(item.unwrap_or_default())?);
        }
    }
    Ok(results)
}
