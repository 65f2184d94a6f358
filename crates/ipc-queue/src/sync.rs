//! A lock that outlives a panic, and waits for what it guards to change.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a call may wait.
#[derive(Clone, Copy)]
pub(crate) enum Wait {
    Never,
    Until(Instant),
    Forever,
}

impl Wait {
    /// A timeout that no clock can tell is forever.
    pub fn for_up_to(timeout: Duration) -> Self {
        Instant::now().checked_add(timeout).map_or(Wait::Forever, Wait::Until)
    }

    pub fn at_most(self, timeout: Duration) -> Self {
        match (self, Wait::for_up_to(timeout)) {
            (Wait::Forever, sooner) => sooner,
            (Wait::Until(deadline), Wait::Until(sooner)) => Wait::Until(deadline.min(sooner)),
            _ => self,
        }
    }

    pub fn is_over(self) -> bool {
        match self {
            Wait::Never => true,
            Wait::Until(deadline) => deadline <= Instant::now(),
            Wait::Forever => false,
        }
    }
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
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes those who wait. Call it after a change, with or without the lock.
    pub fn notify(&self) {
        if self.waits.load(Relaxed) && self.waits.swap(false, Relaxed) {
            self.changed.notify_all();
        }
    }

    /// Waits for a notification, or until the time is over.
    pub fn wait<'a>(&self, guard: MutexGuard<'a, T>, how_long: Wait) -> MutexGuard<'a, T> {
        self.waits.store(true, Relaxed); // under the lock, as the changes are
        match how_long {
            Wait::Until(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                self.changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0
            }
            _ => self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Waits until `ready` returns something, or for so long.
    pub fn wait_for<'a, R>(
        &self,
        mut guard: MutexGuard<'a, T>,
        how_long: Wait,
        mut ready: impl FnMut(&mut T) -> Option<R>,
    ) -> (MutexGuard<'a, T>, Option<R>) {
        loop {
            let done = ready(&mut guard);
            if done.is_some() || how_long.is_over() {
                return (guard, done);
            }
            guard = self.wait(guard, how_long);
        }
    }
}
