//! An iterator over the results of many tasks, which takes their arguments as the results are taken.

use std::collections::BTreeMap;
use std::collections::btree_map::OccupiedEntry;
use std::iter;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde::{Serialize, de::DeserializeOwned};

use crate::batch::{BATCH_BYTES, Job, Raw, ReplyTo};
use crate::error::TaskError;
use crate::message;
use crate::scheduler::Scheduler;

/// How many arguments are taken at most before their results are; fewer if they are long.
const LOOK_AHEAD: usize = 1000;
/// Arguments that come more slowly are not waited for once the next result is there.
const QUICKLY: Duration = Duration::from_millis(2);

/// The results of [`Pool::imap`](crate::Pool::imap) and
/// [`Pool::imap_unordered`](crate::Pool::imap_unordered).
///
/// While it lives, a closed pool goes on for it. When you drop it, the tasks that it has handed in and no
/// worker has begun are dropped, too.
pub struct Imap<I, R> {
    stream: Arc<Stream>,
    /// None if no more are taken.
    args: Option<I>,
    reply_to: ReplyTo,
    results: Receiver<(usize, Raw)>,
    /// How many arguments were taken, and results returned to the user.
    taken: usize,
    returned: usize,
    /// How many arguments are enough to be taken ahead.
    enough: usize,
    /// Whether the results are returned in the order of the arguments.
    ordered: bool,
    /// Results that have come, with the numbers of their tasks.
    come: BTreeMap<usize, Raw>,
    /// Why the pool takes no more tasks: the last item.
    refused: Option<TaskError>,
    result: PhantomData<fn() -> R>,
}

impl<I: Iterator<Item: Serialize>, R: DeserializeOwned> Imap<I, R> {
    pub(crate) fn new(scheduler: Arc<Scheduler>, args: I, ordered: bool) -> Self {
        let (sender, results) = mpsc::channel();
        let mut state = scheduler.lock();
        state.streams += 1;
        let refused = state.refusal(false);
        drop(state);
        let stream = Arc::new(Stream(scheduler));
        let mut imap = Imap {
            args: Some(args).filter(|_| refused.is_none()),
            reply_to: ReplyTo::Imap(sender, Arc::downgrade(&stream)),
            stream,
            results,
            taken: 0,
            returned: 0,
            enough: LOOK_AHEAD,
            ordered,
            come: BTreeMap::new(),
            refused,
            result: PhantomData,
        };
        imap.take_args();
        imap
    }

    /// [`next`](Iterator::next), but waits no longer than `timeout` for a result; for arguments it waits as
    /// `next` does. After an `Err` of [`TaskError::TimedOut`] the tasks go on, and you can call this again.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Result<R, TaskError>> {
        self.next_within(timeout).map(|(_, result)| result)
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
    pub fn indexed(mut self) -> impl Iterator<Item = (usize, Result<R, TaskError>)> {
        iter::from_fn(move || self.next_within(Duration::MAX))
    }

    fn next_within(&mut self, timeout: Duration) -> Option<(usize, Result<R, TaskError>)> {
        let start = Instant::now();
        loop {
            self.take_args();
            if let Some(next) = self.ready() {
                let (number, raw) = next.remove_entry();
                self.returned += 1;
                return Some((number, message::decode_one(raw)));
            }
            if self.returned == self.taken {
                return Some((self.taken, Err(self.refused.take()?)));
            }
            let left = timeout.saturating_sub(start.elapsed());
            let Ok(result) = self.results.recv_timeout(left) else {
                return Some((self.returned, Err(TaskError::TimedOut)));
            };
            self.come.extend([result]);
        }
    }

    /// The next result, if it has come.
    fn ready(&mut self) -> Option<OccupiedEntry<'_, usize, Raw>> {
        self.come.extend(self.results.try_iter());
        let first = self.come.first_entry();
        first.filter(|first| !self.ordered || *first.key() == self.returned)
    }

    /// Hands in tasks until there are enough, or the next result is there and arguments come slowly.
    fn take_args(&mut self) {
        if self.taken - self.returned > self.enough / 2 {
            return; // many at once are quicker than one at a time
        }
        let start = Instant::now();
        while self.taken - self.returned < self.enough
            && (start.elapsed() < QUICKLY || self.ready().is_none())
            && let Some(args) = &mut self.args
        {
            let Some(arg) = args.next() else { return self.args = None };
            let mut job = Job::new(self.reply_to.clone(), self.taken);
            if let Err(error) = job.push(&arg) {
                job.fail(error);
            } else {
                let least = 2 * self.stream.0.config.processes;
                let enough = 4 * BATCH_BYTES / job.args().len();
                self.enough = enough.clamp(least, LOOK_AHEAD.max(least));
                self.refused = self.stream.0.push(job, false).err();
                if self.refused.is_some() {
                    return self.args = None;
                }
            }
            self.taken += 1;
        }
    }
}

impl<I: Iterator<Item: Serialize>, R: DeserializeOwned> Iterator for Imap<I, R> {
    type Item = Result<R, TaskError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_within(Duration::MAX).map(|(_, result)| result)
    }
}

/// The share of an iterator in its pool: a closed pool goes on as long as it lives. It is dropped with the
/// iterator, and then the tasks that wait are dropped, too.
pub(crate) struct Stream(Arc<Scheduler>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.change(|state| state.streams -= 1);
    }
}
