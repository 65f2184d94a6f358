//! An iterator over the results of many tasks, which takes their arguments as the results are taken.

use std::collections::BTreeMap;
use std::iter;
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

/// The results of [`Pool::imap`](crate::Pool::imap) and
/// [`Pool::imap_unordered`](crate::Pool::imap_unordered).
///
/// While it lives and has arguments left, a closed pool goes on for it. When you drop it, the tasks that
/// it has handed in and no worker has begun are dropped, too.
pub struct Imap<I, R> {
    scheduler: Arc<Scheduler>,
    args: Option<I>,
    sender: Sender<(usize, Piece)>,
    /// Dropped with the iterator: then its tasks don't begin.
    alive: Arc<()>,
    receiver: Receiver<(usize, Piece)>,
    /// How many arguments were taken, results received, and results returned to the user.
    taken: usize,
    received: usize,
    returned: usize,
    /// How many arguments are enough to be taken ahead.
    enough: usize,
    /// Results that came before their turn; none if each one's turn is when it comes.
    early: Option<BTreeMap<usize, Raw>>,
    /// Why the pool takes no more tasks: the last item.
    refused: Option<TaskError>,
    result: PhantomData<fn() -> R>,
}

impl<I: Iterator<Item: Serialize>, R: DeserializeOwned> Imap<I, R> {
    pub(crate) fn new(scheduler: Arc<Scheduler>, args: I, ordered: bool) -> Self {
        let (sender, receiver) = mpsc::channel();
        let refused = scheduler.begin_stream().err();
        let mut imap = Imap {
            scheduler,
            args: Some(args).filter(|_| refused.is_none()),
            sender,
            alive: Arc::new(()),
            receiver,
            taken: 0,
            received: 0,
            returned: 0,
            enough: LOOK_AHEAD,
            early: ordered.then(BTreeMap::new),
            refused,
            result: PhantomData,
        };
        imap.take_args();
        imap
    }

    /// [`next`](Iterator::next), but waits no longer than `timeout`. After an `Err` of
    /// [`TaskError::TimedOut`] the tasks go on, and you can call this again.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Result<R, TaskError>> {
        // A time that no clock reaches is no limit.
        self.next_until(Instant::now().checked_add(timeout)).map(|(_, result)| result)
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
        iter::from_fn(move || self.next_until(None))
    }

    fn next_until(&mut self, deadline: Option<Instant>) -> Option<(usize, Result<R, TaskError>)> {
        loop {
            self.take_args();
            let next = self.early.as_mut().and_then(|early| early.remove_entry(&self.returned));
            if let Some((number, raw)) = next {
                self.returned += 1;
                return Some((number, reply::decode(raw)));
            }
            if self.received == self.taken {
                return Some((self.taken, Err(self.refused.take()?)));
            }
            let left = deadline.map(|end| end.saturating_duration_since(Instant::now()));
            let piece = match left {
                None => self.receiver.recv().ok(),
                Some(left) => self.receiver.recv_timeout(left).ok(),
            };
            let Some((number, piece)) = piece else {
                return Some((self.returned, Err(TaskError::TimedOut)));
            };
            self.received += 1;
            // There is one result in it, behind its length.
            let raw = piece.map(|(message, start)| message[start + size_of::<u32>()..].to_vec());
            match &mut self.early {
                Some(early) => drop(early.insert(number, raw)),
                None => {
                    self.returned += 1;
                    return Some((number, reply::decode(raw)));
                }
            }
        }
    }

    /// Hands in tasks until there are enough.
    fn take_args(&mut self) {
        if self.taken - self.returned > self.enough / 2 {
            return; // many at once are quicker than one at a time
        }
        while self.taken - self.returned < self.enough
            && let Some(args) = &mut self.args
        {
            let Some(arg) = args.next() else { return self.end(None) };
            let reply_to = ReplyTo::Stream(self.sender.clone(), Arc::downgrade(&self.alive));
            match pool::encode(&arg) {
                Err(error) => drop(reply_to.fail(self.taken, 1, error)),
                Ok(bytes) => {
                    let least = 2 * self.scheduler.config.processes;
                    let most = LOOK_AHEAD.max(least);
                    self.enough = (4 * BATCH_BYTES / bytes.len()).clamp(least, most);
                    let job = Job::single(reply_to, self.taken, bytes);
                    if let Err(refused) = self.scheduler.push_of_stream(job) {
                        return self.end(Some(refused));
                    }
                }
            }
            self.taken += 1;
        }
    }
}

impl<I, R> Imap<I, R> {
    /// No more arguments are taken.
    fn end(&mut self, refused: Option<TaskError>) {
        if self.args.take().is_some() {
            self.refused = refused;
            self.scheduler.end_stream();
        }
    }
}

impl<I: Iterator<Item: Serialize>, R: DeserializeOwned> Iterator for Imap<I, R> {
    type Item = Result<R, TaskError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_until(None).map(|(_, result)| result)
    }
}

impl<I, R> Drop for Imap<I, R> {
    fn drop(&mut self) {
        self.end(None);
    }
}
