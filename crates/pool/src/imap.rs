//! Iterators over the results of many tasks, which take their arguments as the results are taken.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use serde::{Serialize, de::DeserializeOwned};

use crate::batch::{BATCH_BYTES, Job};
use crate::error::TaskError;
use crate::pool;
use crate::reply::{self, Piece, Raw, ReplyTo};
use crate::scheduler::Scheduler;

/// How many arguments are taken at most before their results are; fewer if they are long.
const LOOK_AHEAD: usize = 1000;
/// Results that are waited for without a limit.
const NO_LIMIT: Duration = Duration::MAX;

/// What both iterators do. While it lives, a closed pool goes on for it.
struct Tasks<I> {
    scheduler: Arc<Scheduler>,
    args: Option<I>,
    sender: Sender<(usize, Piece)>,
    results: Receiver<(usize, Piece)>,
    /// How many arguments were taken, results received, and results returned to the user.
    taken: usize,
    received: usize,
    returned: usize,
    /// Why the pool took no more tasks; the last item.
    refused: Option<TaskError>,
    /// How many tasks are enough at a time.
    enough: usize,
}

impl<T: Serialize, I: Iterator<Item = T>> Tasks<I> {
    fn new(scheduler: Arc<Scheduler>, args: I) -> Self {
        let (sender, results) = mpsc::channel();
        let refused = scheduler.begin_stream().err();
        let args = Some(args).filter(|_| refused.is_none());
        let (taken, received, returned, enough) = (0, 0, 0, LOOK_AHEAD);
        let mut tasks =
            Tasks { scheduler, args, sender, results, taken, received, returned, refused, enough };
        tasks.take_args();
        tasks
    }

    /// Hands in tasks until there are enough.
    fn take_args(&mut self) {
        let least = 2 * self.scheduler.config.processes;
        if self.taken - self.returned > self.enough / 2 {
            return; // many at once are quicker than one at a time
        }
        while self.taken - self.returned < self.enough
            && let Some(args) = &mut self.args
        {
            let Some(arg) = args.next() else { return self.end(None) };
            let reply_to = ReplyTo::Many(self.sender.clone());
            let pushed = match pool::encode(&arg) {
                Ok(bytes) => {
                    self.enough =
                        (4 * BATCH_BYTES / bytes.len()).clamp(least, LOOK_AHEAD.max(least));
                    self.scheduler.push_of_stream(Job::single(reply_to, self.taken, bytes))
                }
                Err(error) => Ok(drop(reply_to.fail(self.taken, 1, error))),
            };
            match pushed {
                Ok(()) => self.taken += 1,
                Err(refused) => self.end(Some(refused)),
            }
        }
    }

    /// There are no more arguments.
    fn end(&mut self, refused: Option<TaskError>) {
        if self.args.take().is_some() {
            self.refused = refused;
            self.scheduler.end_stream();
        }
    }

    /// The next result that comes, and its number; `None` after all, an error when the time is over.
    fn receive(&mut self, deadline: Option<Instant>) -> Option<Result<(usize, Raw), TaskError>> {
        self.take_args();
        if self.received == self.taken {
            return self.refused.take().map(Err);
        }
        let received = match deadline.map(|end| end.saturating_duration_since(Instant::now())) {
            None => self.results.recv().ok(),
            Some(left) => self.results.recv_timeout(left).ok(),
        };
        let Some((number, piece)) = received else { return Some(Err(TaskError::TimedOut)) };
        self.received += 1;
        // Each piece has one result here, behind its length.
        let item =
            |(message, start): (Vec<u8>, usize)| message[start + size_of::<u32>()..].to_vec();
        Some(Ok((number, piece.map(item))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.args.as_ref().map_or((0, Some(0)), I::size_hint);
        let waiting = self.taken - self.returned + usize::from(self.refused.is_some());
        // The pool may refuse all but one of those that were not taken.
        (waiting + least.min(1), most.and_then(|most| most.checked_add(waiting)))
    }
}

impl<I> Drop for Tasks<I> {
    fn drop(&mut self) {
        if self.args.is_some() {
            self.scheduler.end_stream();
        }
    }
}

/// The results of [`Pool::imap_unordered`](crate::Pool::imap_unordered), each as it comes.
pub struct ImapUnordered<I, R> {
    tasks: Tasks<I>,
    result: PhantomData<fn() -> R>,
}

impl<T: Serialize, I: Iterator<Item = T>, R: DeserializeOwned> ImapUnordered<I, R> {
    pub(crate) fn new(scheduler: Arc<Scheduler>, args: I) -> Self {
        ImapUnordered { tasks: Tasks::new(scheduler, args), result: PhantomData }
    }

    /// [`next`](Iterator::next), but waits no longer than `timeout`. After an `Err` of
    /// [`TaskError::TimedOut`] the tasks go on, and you can call this again.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Result<R, TaskError>> {
        self.next_indexed(timeout).map(|next| next.and_then(|(_, raw)| reply::decode(raw)))
    }

    /// The results with the positions of their arguments, counted from 0.
    ///
    /// ```
    /// # use pool::Pool;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), pool::Error> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(2, square)?;
    /// let args = [30, 20, 10];
    /// for (i, result) in pool.imap_unordered(args).indexed() {
    ///     assert_eq!(result?, args[i] * args[i]);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn indexed(self) -> Indexed<I, R> {
        Indexed { unordered: self }
    }

    fn next_indexed(&mut self, timeout: Duration) -> Option<Result<(usize, Raw), TaskError>> {
        let next = self.tasks.receive(Instant::now().checked_add(timeout))?;
        self.tasks.returned += usize::from(next.is_ok());
        Some(next)
    }
}

impl<T: Serialize, I: Iterator<Item = T>, R: DeserializeOwned> Iterator for ImapUnordered<I, R> {
    type Item = Result<R, TaskError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_timeout(NO_LIMIT)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.tasks.size_hint()
    }
}

/// The results of [`ImapUnordered::indexed`]. Where the pool takes no more tasks, the last item is that
/// error, with the position of the first argument that wasn't taken.
pub struct Indexed<I, R> {
    unordered: ImapUnordered<I, R>,
}

impl<T: Serialize, I: Iterator<Item = T>, R: DeserializeOwned> Iterator for Indexed<I, R> {
    type Item = (usize, Result<R, TaskError>);

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.unordered.next_indexed(NO_LIMIT)? {
            Ok((i, raw)) => (i, reply::decode(raw)),
            Err(refused) => (self.unordered.tasks.taken, Err(refused)),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.unordered.size_hint()
    }
}

/// The results of [`Pool::imap`](crate::Pool::imap), in the order of the arguments.
pub struct Imap<I, R> {
    tasks: Tasks<I>,
    early: BTreeMap<usize, Raw>,
    result: PhantomData<fn() -> R>,
}

impl<T: Serialize, I: Iterator<Item = T>, R: DeserializeOwned> Imap<I, R> {
    pub(crate) fn new(scheduler: Arc<Scheduler>, args: I) -> Self {
        let tasks = Tasks::new(scheduler, args);
        Imap { tasks, early: BTreeMap::new(), result: PhantomData }
    }

    /// [`next`](Iterator::next), but waits no longer than `timeout`. After an `Err` of
    /// [`TaskError::TimedOut`] the tasks go on, and you can call this again.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Result<R, TaskError>> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            if let Some(raw) = self.early.remove(&self.tasks.returned) {
                self.tasks.returned += 1;
                return Some(reply::decode(raw));
            }
            match self.tasks.receive(deadline)? {
                Ok((number, raw)) => drop(self.early.insert(number, raw)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<T: Serialize, I: Iterator<Item = T>, R: DeserializeOwned> Iterator for Imap<I, R> {
    type Item = Result<R, TaskError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_timeout(NO_LIMIT)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.tasks.size_hint()
    }
}

macro_rules! debug {
    ($($name:ident: $tasks:ident $(. $more:ident)*;)*) => {$(
        impl<I, R> fmt::Debug for $name<I, R> {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                let tasks = &self.$tasks$(.$more)*;
                let mut debug = f.debug_struct(stringify!($name));
                debug.field("taken", &tasks.taken).field("returned", &tasks.returned);
                debug.finish_non_exhaustive()
            }
        }
    )*};
}

debug! {
    Imap: tasks;
    ImapUnordered: tasks;
    Indexed: unordered.tasks;
}
