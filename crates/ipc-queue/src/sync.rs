//! A lock that outlives a panic, and waits for what it guards to change.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Until when a call may wait; `None` is forever.
pub(crate) type Deadline = Option<Instant>;

/// The end of so much time. A time that no clock can tell is forever.
pub(crate) fn after(timeout: Duration) -> Deadline {
    Instant::now().checked_add(timeout)
}

pub(crate) fn is_over(deadline: Deadline) -> bool {
    deadline.is_some_and(|deadline| deadline <= Instant::now())
}

thread_local! {
    /// Whether this thread has waited for a value since it last put one. If so, the next one may be a
    /// response, for which another process waits.
    pub(crate) static WAITED: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A value under a lock, and a condition variable for its changes.
#[derive(Default)]
pub(crate) struct Monitor<T> {
    value: Mutex<T>,
    changed: Condvar,
    /// Whether a thread waits. Waking nobody is a system call, too.
    waits: AtomicBool,
}

impl<T> Monitor<T> {
    pub fn new(value: T) -> Self {
        Monitor { value: Mutex::new(value), changed: Condvar::new(), waits: AtomicBool::new(false) }
    }

    pub fn lock(&self) -> MutexGuard<'_, T> {
        lock(&self.value)
    }

    /// Wakes those who wait, after a change that was made under this lock.
    pub fn notify(&self, guard: MutexGuard<'_, T>) {
        let waits = self.waits.swap(false, Relaxed);
        drop(guard);
        if waits {
            self.changed.notify_all();
        }
    }

    /// Waits for a notification, or until the deadline.
    pub fn wait<'a>(&self, guard: MutexGuard<'a, T>, deadline: Deadline) -> MutexGuard<'a, T> {
        WAITED.set(true);
        self.waits.store(true, Relaxed); // under the lock, as in `notify`
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        let left = deadline.map_or(Duration::MAX, left); // which is forever
        self.changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits until `ready` returns something, or until the deadline.
    pub fn wait_for<'a, R>(
        &self,
        mut guard: MutexGuard<'a, T>,
        deadline: Deadline,
        mut ready: impl FnMut(&mut T) -> Option<R>,
    ) -> (MutexGuard<'a, T>, Option<R>) {
        loop {
            let done = ready(&mut guard);
            if done.is_some() || is_over(deadline) {
                return (guard, done);
            }
            guard = self.wait(guard, deadline);
        }
    }
}
