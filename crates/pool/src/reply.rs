//! Where results go: into the [`Slot`] of one task, or through a channel to a `map` or an iterator.
//!
//! A result stays bytes until it is used, so a type needs no `Send` to be a task's result, and one that
//! waits takes little memory.

use std::mem::replace;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::Instant;

use serde::de::DeserializeOwned;

use crate::error::TaskError;
use crate::process::Process;
use crate::{ignore_poison, message};

/// One task's result as it came, or why there is none.
pub(crate) type Raw = Result<Vec<u8>, TaskError>;

pub(crate) fn decode<R: DeserializeOwned>(raw: Raw) -> Result<R, TaskError> {
    raw.and_then(|item| message::decode_outcome(&item))
}

/// A callback with its result, for the thread that calls these.
pub(crate) type Call = Box<dyn FnOnce() + Send>;

/// A message with results from some place on, or why there are none.
pub(crate) type Piece = Result<(Vec<u8>, usize), TaskError>;

/// Who receives the results of a job.
#[derive(Clone)]
pub(crate) enum ReplyTo {
    One(Arc<Slot>),
    /// A `map`: the number of a task, and results of it and those after it.
    Many(Sender<(usize, Piece)>),
    /// An iterator: the same, as long as it lives.
    Stream(Sender<(usize, Piece)>, Weak<()>),
}

impl ReplyTo {
    /// Hands on the results in a message from `start` on.
    pub fn reply(self, first: usize, mut message: Vec<u8>, start: usize) -> Option<Call> {
        match self {
            ReplyTo::One(slot) => {
                message.drain(..start + size_of::<u32>()); // its length stands before the one result
                slot.fill(Ok(message))
            }
            ReplyTo::Many(sender) | ReplyTo::Stream(sender, _) => {
                let _ = sender.send((first, Ok((message, start)))); // no error if nobody wants it
                None
            }
        }
    }

    /// Reports that `count` tasks have no result.
    pub fn fail(self, first: usize, count: usize, error: TaskError) -> Option<Call> {
        match self {
            ReplyTo::One(slot) => slot.fill(Err(error)),
            ReplyTo::Many(sender) | ReplyTo::Stream(sender, _) => {
                for i in first..first + count {
                    let _ = sender.send((i, Err(error.clone())));
                }
                None
            }
        }
    }

    /// The task is about to be sent to this worker; `false` if it was cancelled.
    pub fn begin(&self, worker: &Arc<Process>) -> bool {
        let slot = match self {
            ReplyTo::One(slot) => slot,
            ReplyTo::Many(_) => return true,
            ReplyTo::Stream(_, iterator) => return iterator.strong_count() > 0,
        };
        let mut state = slot.lock();
        if !state.cancelled {
            state.worker = Some(Arc::clone(worker));
        }
        !state.cancelled
    }

    pub fn is_cancelled(&self) -> bool {
        matches!(self, ReplyTo::One(slot) if slot.lock().cancelled)
    }
}

/// The place for one task's result.
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
    cancelled: bool,
    /// Whether a thread waits: to wake nobody would be a system call, too.
    awaited: bool,
    callback: Option<Box<dyn FnOnce(Raw) + Send>>,
    /// The last worker that was given the task.
    worker: Option<Arc<Process>>,
}

impl Slot {
    /// Puts the result in, unless the task was cancelled; returns the callback that is to get it.
    pub fn fill(&self, raw: Raw) -> Option<Call> {
        let mut state = self.lock();
        state.worker = None;
        if replace(&mut state.done, true) {
            return None;
        }
        if let Some(callback) = state.callback.take() {
            return Some(Box::new(move || callback(raw)));
        }
        state.result = Some(raw);
        if state.awaited {
            drop(state);
            self.filled.notify_all();
        }
        None
    }

    /// Cancels the task if it has no result; returns whether it had none.
    pub fn cancel(&self) -> bool {
        let mut state = self.lock();
        if replace(&mut state.done, true) {
            return false;
        }
        (state.cancelled, state.result) = (true, Some(Err(TaskError::Cancelled)));
        let worker = state.worker.take();
        drop(state);
        self.filled.notify_all();
        // The worker may be in another task of the batch. It is killed once it has only this one, see
        // `Scheduler::take_back`.
        worker.inspect(|worker| worker.ask_to_return());
        true
    }

    /// Calls `callback` with the result: at once if it is there.
    pub fn call_back(&self, callback: impl FnOnce(Raw) + Send + 'static) {
        let mut state = self.lock();
        if !state.done {
            state.callback = Some(Box::new(callback));
        } else if let Some(raw) = state.result.take() {
            drop(state);
            callback(raw);
        }
    }

    pub fn is_full(&self) -> bool {
        self.lock().done
    }

    /// Waits until there is a result, or until then; returns whether there is one.
    pub fn wait(&self, deadline: Option<Instant>) -> bool {
        let mut state = self.lock();
        while !state.done {
            state.awaited = true;
            state = match deadline.map(|end| end.saturating_duration_since(Instant::now())) {
                None => ignore_poison(self.filled.wait(state)),
                Some(left) if left.is_zero() => return false,
                Some(left) => ignore_poison(self.filled.wait_timeout(state, left)).0,
            };
        }
        true
    }

    /// Takes the result, if there is one.
    pub fn take(&self) -> Option<Raw> {
        self.lock().result.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        ignore_poison(self.state.lock())
    }
}
