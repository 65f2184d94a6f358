//! The result of one task, now or later.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::error::TaskError;
use crate::reply::{self, Slot};

/// The result of [`Pool::apply_async`](crate::Pool::apply_async): Python's `AsyncResult`.
///
/// Dropping it doesn't stop the task ([`cancel`](Self::cancel) does); its result is thrown away.
pub struct AsyncResult<R> {
    slot: Arc<Slot>,
    result: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> AsyncResult<R> {
    pub(crate) fn new() -> (Self, Arc<Slot>) {
        let slot = Arc::<Slot>::default();
        (AsyncResult { slot: Arc::clone(&slot), result: PhantomData }, slot)
    }

    /// Waits for the task and returns its result: `AsyncResult.get()`.
    ///
    /// # Errors
    ///
    /// Why there is no result, see [`TaskError`].
    pub fn get(self) -> Result<R, TaskError> {
        self.wait();
        self.slot.take().map_or(Err(TaskError::TimedOut), reply::decode)
    }

    /// [`get`](Self::get), but waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`TaskError::TimedOut`] after `timeout`: the task goes on, and you can call this again. After any
    /// other return the result is taken, and a further call is [`TaskError::TimedOut`], too.
    pub fn get_timeout(&mut self, timeout: Duration) -> Result<R, TaskError> {
        let _ = self.wait_timeout(timeout);
        self.slot.take().map_or(Err(TaskError::TimedOut), reply::decode)
    }

    /// Waits until there is a result, good or bad.
    pub fn wait(&self) {
        self.slot.wait(None);
    }

    /// [`wait`](Self::wait), but no longer than `timeout`; returns whether there is a result.
    #[must_use = "tells whether there is a result"]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.slot.wait(Instant::now().checked_add(timeout)) // a time that no clock reaches is no limit
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
        self.slot.cancel()
    }

    /// Calls `callback` with the result once it is there; at once if it is: Python's `callback` and
    /// `error_callback` in one.
    ///
    /// All callbacks of a pool run on one thread, one after the other, so a slow one delays the others. A
    /// callback may use the pool, wait for other tasks of it and drop it. A panic in a callback is
    /// printed to stderr and goes no further.
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
        self.slot.call_back(move |raw| {
            // The panic hook has printed it; the thread has other callbacks to call.
            let _ = catch_unwind(AssertUnwindSafe(|| callback(reply::decode(raw))));
        });
    }
}
