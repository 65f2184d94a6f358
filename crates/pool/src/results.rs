//! Where results go: to one who waits, into a `map`'s list, or through an iterator.
//!
//! A result travels as bytes and becomes a value where it is used, so a type needs no `Send` to be
//! a task's result, and a waiting one takes little memory.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::error::TaskError;
use crate::wire::{self, Items};

/// One task's result as it came, or why there is none.
type Raw = Result<Vec<u8>, TaskError>;

fn value<R: DeserializeOwned>(raw: Raw) -> Result<R, TaskError> {
    raw.and_then(|item| wire::outcome(&item))
}

/// Where the results of the tasks from `first` on go. Called without any lock of the pool held.
pub(crate) trait Sink: Send + Sync {
    /// Takes the results of `count` tasks, in a message from `start` on.
    fn deliver(&self, first: usize, count: usize, message: Vec<u8>, start: usize);
    /// Takes the news that `count` tasks have no result.
    fn fail(&self, first: usize, count: usize, error: TaskError);
}

// ── one task ────────────────────────────────────────────────────────────────────────────────────

/// The result of [`Pool::apply_async`](crate::Pool::apply_async), now or later: Python's `AsyncResult`.
///
/// Dropping it doesn't stop the task; its result is thrown away.
pub struct AsyncResult<R> {
    slot: Arc<Slot>,
    result: PhantomData<fn() -> R>,
}

pub(crate) struct Slot {
    state: Mutex<SlotState>,
    filled: Condvar,
}

enum SlotState {
    Empty,
    /// Empty, and a thread waits. Waking nobody is a system call, too.
    Awaited,
    Full(Raw),
    Callback(Box<dyn FnOnce(Raw) + Send>),
    Taken,
}

impl<R: DeserializeOwned> AsyncResult<R> {
    pub(crate) fn new() -> (Self, Arc<Slot>) {
        let slot = Arc::new(Slot { state: Mutex::new(SlotState::Empty), filled: Condvar::new() });
        (AsyncResult { slot: Arc::clone(&slot), result: PhantomData }, slot)
    }

    /// Waits for the task and answers its result.
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
    /// let pool = Pool::new(1, square)?;
    /// assert_eq!(pool.apply_async(7).get()?, 49);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(self) -> Result<R, TaskError> {
        self.wait();
        self.taken().unwrap_or(Err(TaskError::TimedOut))
    }

    /// [`get`](Self::get), but only for so long.
    ///
    /// # Errors
    ///
    /// [`TaskError::TimedOut`] after `timeout`: the task goes on, and its result can still be got.
    /// After any other answer the result is gone, and a further call is [`TaskError::TimedOut`] too.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(1, square)?;
    /// let mut result = pool.apply_async(7);
    /// assert_eq!(result.get_timeout(Duration::from_secs(60))?, 49);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_timeout(&mut self, timeout: Duration) -> Result<R, TaskError> {
        let _ = self.wait_timeout(timeout);
        self.taken().unwrap_or(Err(TaskError::TimedOut))
    }

    /// Waits until there is a result, good or bad.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(1, square)?;
    /// let result = pool.apply_async(7);
    /// result.wait();
    /// assert!(result.ready());
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(&self) {
        let filled = self.slot.filled.wait_while(self.slot.state(), SlotState::await_result);
        drop(filled.unwrap_or_else(PoisonError::into_inner));
    }

    /// [`wait`](Self::wait), but only for so long; answers whether there is a result.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(1, square)?;
    /// assert!(pool.apply_async(7).wait_timeout(Duration::from_secs(60)));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "tells whether there is a result"]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.slot.state();
        while state.await_result() {
            // A time that no clock reaches is no limit.
            let left =
                deadline.map_or(timeout, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            let waited = self.slot.filled.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Whether there is a result, good or bad.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
    /// # fn square(n: u64) -> u64 { n * n }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # pool::run_if_worker(square);
    /// let pool = Pool::new(1, square)?;
    /// let result = pool.apply_async(7);
    /// while !result.ready() {
    ///     std::thread::yield_now(); // or something useful
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "tells whether there is a result"]
    pub fn ready(&self) -> bool {
        self.slot.is_full()
    }

    /// Calls `callback` with the result once it is there; at once if it is: Python's `callback` and
    /// `error_callback` in one.
    ///
    /// It runs on a thread of the pool, so a slow one delays the results of that worker; a panic in
    /// it is told on stderr and goes no further.
    ///
    /// ```
    /// # use pool::{Pool, TaskError};
    /// # use std::time::Duration;
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
            // The panic hook has told it; the pool's thread has others to serve.
            let _ = catch_unwind(AssertUnwindSafe(|| callback(value(raw))));
        };
        let mut state = self.slot.state();
        match std::mem::replace(&mut *state, SlotState::Taken) {
            SlotState::Empty | SlotState::Awaited => {
                *state = SlotState::Callback(Box::new(callback))
            }
            SlotState::Full(raw) => {
                drop(state);
                callback(raw);
            }
            SlotState::Callback(_) | SlotState::Taken => {} // `get_timeout` has taken the result
        }
    }

    fn taken(&self) -> Option<Result<R, TaskError>> {
        let mut state = self.slot.state();
        match std::mem::replace(&mut *state, SlotState::Taken) {
            SlotState::Full(raw) => {
                drop(state);
                Some(value(raw))
            }
            other => {
                *state = other;
                None
            }
        }
    }
}

impl SlotState {
    /// Whether there is no result yet; then the caller has to wait for one.
    fn await_result(&mut self) -> bool {
        if matches!(self, SlotState::Empty) {
            *self = SlotState::Awaited;
        }
        matches!(self, SlotState::Awaited)
    }
}

impl Slot {
    pub(crate) fn is_full(&self) -> bool {
        !matches!(*self.state(), SlotState::Empty | SlotState::Awaited)
    }

    pub(crate) fn fill(&self, raw: Raw) {
        let mut state = self.state();
        match std::mem::replace(&mut *state, SlotState::Taken) {
            SlotState::Callback(callback) => {
                drop(state);
                callback(raw);
            }
            before => {
                *state = SlotState::Full(raw);
                drop(state);
                if matches!(before, SlotState::Awaited) {
                    self.filled.notify_all();
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Slot {
    fn deliver(&self, _: usize, _: usize, mut message: Vec<u8>, start: usize) {
        message.drain(..start + size_of::<u32>()); // there is one, and its length stands before it
        self.fill(Ok(message));
    }

    fn fail(&self, _: usize, _: usize, error: TaskError) {
        self.fill(Err(error));
    }
}

// ── map ─────────────────────────────────────────────────────────────────────────────────────────

/// The results of one `map`, in pieces as they came.
pub(crate) struct Mapped {
    state: Mutex<MapState>,
    complete: Condvar,
}

#[derive(Default)]
struct MapState {
    missing: usize,
    pieces: Vec<(usize, Piece)>,
}

/// A message with results from some place on, or why there are none.
type Piece = Result<(Vec<u8>, usize), TaskError>;

impl Mapped {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Mapped { state: Mutex::default(), complete: Condvar::new() })
    }

    /// So many results more will come.
    pub(crate) fn expect(&self, count: usize) {
        self.state().missing += count;
    }

    /// Waits for all results; answers them in the order of the tasks, or the first error among them.
    pub(crate) fn get<R: DeserializeOwned>(&self) -> Result<Vec<R>, TaskError> {
        let waiting = |state: &mut MapState| state.missing > 0;
        let state = self.complete.wait_while(self.state(), waiting);
        let mut pieces = take(&mut state.unwrap_or_else(PoisonError::into_inner).pieces);
        pieces.sort_unstable_by_key(|(first, _)| *first);
        let mut results = Vec::new();
        for (_, piece) in pieces {
            let (message, start) = piece?;
            for item in Items(&message[start..]) {
                // A piece is whole: it was counted before it was delivered.
                results.push(wire::outcome(item.unwrap_or_default())?);
            }
        }
        Ok(results)
    }

    fn add(&self, first: usize, count: usize, piece: Piece) {
        let mut state = self.state();
        state.pieces.push((first, piece));
        state.missing -= count;
        if state.missing == 0 {
            self.complete.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, MapState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Mapped {
    fn deliver(&self, first: usize, count: usize, message: Vec<u8>, start: usize) {
        self.add(first, count, Ok((message, start)));
    }

    fn fail(&self, first: usize, count: usize, error: TaskError) {
        self.add(first, count, Err(error));
    }
}

// ── imap ────────────────────────────────────────────────────────────────────────────────────────

pub(crate) struct Channel(Sender<(usize, Raw)>);

impl Sink for Channel {
    fn deliver(&self, first: usize, _: usize, message: Vec<u8>, start: usize) {
        for (i, item) in Items(&message[start..]).enumerate() {
            // Whoever dropped the iterator wants no more results.
            let _ = self.0.send((first + i, item.map(<[u8]>::to_vec).or(Ok(Vec::new()))));
        }
    }

    fn fail(&self, first: usize, count: usize, error: TaskError) {
        for i in first..first + count {
            let _ = self.0.send((i, Err(error.clone())));
        }
    }
}

/// The results of [`Pool::imap_unordered`](crate::Pool::imap_unordered), each as it comes.
pub struct ImapUnordered<R> {
    results: Receiver<(usize, Raw)>,
    left: usize,
    result: PhantomData<fn() -> R>,
}

impl<R> ImapUnordered<R> {
    pub(crate) fn new(count: usize) -> (Self, Arc<Channel>) {
        let (sender, results) = mpsc::channel();
        (ImapUnordered { results, left: count, result: PhantomData }, Arc::new(Channel(sender)))
    }

    fn receive(&mut self) -> Option<(usize, Raw)> {
        self.left = self.left.checked_sub(1)?;
        self.results.recv().ok()
    }
}

impl<R: DeserializeOwned> Iterator for ImapUnordered<R> {
    type Item = Result<R, TaskError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.receive().map(|(_, raw)| value(raw))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// The results of [`Pool::imap`](crate::Pool::imap), in the order of the tasks.
pub struct Imap<R> {
    unordered: ImapUnordered<R>,
    next: usize,
    early: BTreeMap<usize, Raw>,
}

impl<R> Imap<R> {
    pub(crate) fn new(count: usize) -> (Self, Arc<Channel>) {
        let (unordered, channel) = ImapUnordered::new(count);
        (Imap { unordered, next: 0, early: BTreeMap::new() }, channel)
    }
}

impl<R: DeserializeOwned> Iterator for Imap<R> {
    type Item = Result<R, TaskError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(raw) = self.early.remove(&self.next) {
                self.next += 1;
                return Some(value(raw));
            }
            let (i, raw) = self.unordered.receive()?;
            self.early.insert(i, raw);
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.unordered.left + self.early.len();
        (left, Some(left))
    }
}
