//! The result of one task, now or later.

use std::marker::PhantomData;
use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::batch::Raw;
use crate::error::TaskError;
use crate::scheduler::Scheduler;
use crate::{ignore_poison, message};

/// A callback with its result, for the thread that calls these.
pub(crate) type Call = Box<dyn FnOnce() + Send>;

/// A callback, and how it gets to that thread.
type Callback = (Sender<Option<Call>>, Box<dyn FnOnce(Raw) + Send>);

/// The place for one task's result, which the user and the pool share.
#[derive(Default)]
pub(crate) struct Slot {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    /// Whether there is a result, or was one until it was taken.
    done: bool,
    result: Option<Raw>,
    callback: Option<Callback>,
    /// Whether a thread waits: to wake nobody would be a system call, too.
    awaited: bool,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        ignore_poison(self.state.lock())
    }

    pub fn is_full(&self) -> bool {
        self.lock().done
    }

    /// Puts the result in if there is none; returns whether there was none.
    pub fn fill(&self, raw: Raw) -> bool {
        let mut state = self.lock();
        if replace(&mut state.done, true) {
            return false;
        }
        match state.callback.take() {
            Some((callbacks, call)) => drop(callbacks.send(Some(Box::new(move || call(raw))))),
            None => state.result = Some(raw),
        }
        if state.awaited {
            drop(state);
            self.filled.notify_all();
        }
        true
    }
}

/// The result of [`Pool::apply_async`](crate::Pool::apply_async): Python's `AsyncResult`.
///
/// Dropping it doesn't stop the task ([`cancel`](Self::cancel) does); its result is thrown away.
pub struct AsyncResult<R> {
    pub(crate) slot: Arc<Slot>,
    scheduler: Arc<Scheduler>,
    result: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> AsyncResult<R> {
    pub(crate) fn new(scheduler: &Arc<Scheduler>) -> Self {
        let (slot, scheduler) = (Arc::default(), Arc::clone(scheduler));
        AsyncResult { slot, scheduler, result: PhantomData }
    }

    /// Waits for the task and returns its result: `AsyncResult.get()`.
    ///
    /// # Errors
    ///
    /// Why there is no result, see [`TaskError`].
    pub fn get(mut self) -> Result<R, TaskError> {
        self.get_timeout(Duration::MAX)
    }

    /// [`get`](Self::get), but waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`TaskError::TimedOut`] after `timeout`: the task goes on, and you can call this again. After any
    /// other return the result is taken, and a further call is [`TaskError::TimedOut`], too.
    pub fn get_timeout(&mut self, timeout: Duration) -> Result<R, TaskError> {
        let _ = self.wait_timeout(timeout);
        let raw = self.slot.lock().result.take();
        raw.map_or(Err(TaskError::TimedOut), message::decode_one)
    }

    /// Waits until there is a result, good or bad.
    pub fn wait(&self) {
        let _ = self.wait_timeout(Duration::MAX); // a time that no clock reaches is no limit
    }

    /// [`wait`](Self::wait), but no longer than `timeout`; returns whether there is a result.
    #[must_use = "tells whether there is a result"]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let mut state = self.slot.lock();
        state.awaited = true;
        let waited = self.slot.filled.wait_timeout_while(state, timeout, |state| !state.done);
        ignore_poison(waited).0.done
    }

    /// Whether there is a result, good or bad.
    #[must_use = "tells whether there is a result"]
    pub fn ready(&self) -> bool {
        self.slot.is_full()
    }

    /// Cancels the task, so that its result is [`TaskError::Cancelled`]; returns `false` and does nothing
    /// if it has a result already. It never waits.
    ///
    /// A task that wasn't started never runs. One that runs is ended by killing its worker, which the
    /// pool replaces; programs that it has started go on. No other task is lost by that.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # fn wait(seconds: u64) { std::thread::sleep(std::time::Duration::from_secs(seconds)) }
    /// # fn main() -> Result<(), pool::Error> {
    /// # pool::run_if_worker(wait);
    /// let pool = Pool::new(1, wait)?;
    /// let result = pool.apply_async(1_000_000);
    /// assert!(result.cancel());
    /// assert!(matches!(result.get(), Err(TaskError::Cancelled)));
    /// pool.join() // at once
    /// # }
    /// ```
    pub fn cancel(&self) -> bool {
        let cancelled = self.slot.fill(Err(TaskError::Cancelled));
        self.scheduler.lock().cancelled |= cancelled; // the clock sees to the worker that may be in it
        self.scheduler.news.notify_all();
        cancelled
    }

    /// Calls `callback` with the result: Python's `callback` and `error_callback` in one.
    ///
    /// If there is a result already, the callback runs at once, on the calling thread. So hold no lock that
    /// it needs. Otherwise it runs once there is one, on a thread that runs all these callbacks one after the
    /// other: a slow one delays the others. A callback may use the pool, wait for other tasks of it and drop
    /// it. A panic in a callback is printed to stderr and goes no further. If
    /// [`get_timeout`](Self::get_timeout) has taken the result, the callback gets [`TaskError::TimedOut`].
    ///
    /// ```
    /// # use pool::Pool;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(1, square)?;
    /// let (sender, squares) = std::sync::mpsc::channel();
    /// pool.apply_async(7).on_done(move |result| sender.send(result.unwrap()).unwrap());
    /// assert_eq!(squares.recv()?, 49);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_done(self, callback: impl FnOnce(Result<R, TaskError>) + Send + 'static) {
        let callback = move |raw| {
            // The panic hook has printed it; the thread has other callbacks to call.
            let _ = catch_unwind(AssertUnwindSafe(|| callback(message::decode_one(raw))));
        };
        let mut state = self.slot.lock();
        if state.done {
            let raw = state.result.take().unwrap_or(Err(TaskError::TimedOut));
            drop(state);
            callback(raw);
        } else {
            state.callback = Some((self.scheduler.callbacks.clone(), Box::new(callback)));
        }
    }
}
