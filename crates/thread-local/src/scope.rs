//! A thread's value for the time of one call.

use std::cell::RefCell;
use std::thread::LocalKey;

/// Calls `run` with `value` as this thread's value of `key`; afterwards, also after a panic, the
/// value is what it was before.
///
/// Other threads' values aren't touched. The same on Windows, macOS and Linux.
///
/// ```
/// use std::cell::RefCell;
/// use thread_local::{current, with};
///
/// thread_local! {
///     static USER: RefCell<Option<&'static str>> = const { RefCell::new(None) };
/// }
///
/// assert_eq!(with(&USER, "Alice", || current(&USER)), Some("Alice"));
/// assert_eq!(current(&USER), None);
/// ```
pub fn with<T: 'static, R>(
    key: &'static LocalKey<RefCell<Option<T>>>,
    value: T,
    run: impl FnOnce() -> R,
) -> R {
    let _before = Restore { key, before: key.replace(Some(value)) };
    run()
}

/// A copy of this thread's value of `key`, if it has one.
///
/// The example of [`with`] shows it.
pub fn current<T: Clone + 'static>(key: &'static LocalKey<RefCell<Option<T>>>) -> Option<T> {
    key.with_borrow(Clone::clone)
}

struct Restore<T: 'static> {
    key: &'static LocalKey<RefCell<Option<T>>>,
    before: Option<T>,
}

impl<T> Drop for Restore<T> {
    fn drop(&mut self) {
        self.key.replace(self.before.take());
    }
}
