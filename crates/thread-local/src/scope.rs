//! A thread's value for the time of one call.

use std::cell::RefCell;
use std::thread::LocalKey;

/// Calls `run` with `value` as this thread's value of `key`, and returns what `run` returns.
///
/// Afterwards, also after a panic, the value is what it was before; so calls can be nested. Other
/// threads' values aren't touched, not even those of threads that `run` starts. A future that
/// `run` returns runs later, without the value.
///
/// # Panics
///
/// If the caller has borrowed the value itself (`key.with_borrow(…)`), or in a destructor that runs
/// after this thread's value was dropped.
pub fn with<T: 'static, R>(
    key: &'static LocalKey<RefCell<Option<T>>>,
    value: T,
    run: impl FnOnce() -> R,
) -> R {
    let _restore = Restore { key, before: key.replace(Some(value)) };
    run()
}

/// A clone of this thread's value of `key`; `None` if none is set.
///
/// # Panics
///
/// If the caller has borrowed the value mutably, or as [`with`] in a destructor.
pub fn current<T: Clone + 'static>(key: &'static LocalKey<RefCell<Option<T>>>) -> Option<T> {
    key.with_borrow(Clone::clone)
}

/// Puts the previous value back when it is dropped.
struct Restore<T: 'static> {
    key: &'static LocalKey<RefCell<Option<T>>>,
    before: Option<T>,
}

impl<T> Drop for Restore<T> {
    fn drop(&mut self) {
        self.key.replace(self.before.take());
    }
}
