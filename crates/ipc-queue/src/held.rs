//! Which threads are at work on a value: from the `get` that returns it until they call `get` again, or
//! end.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

thread_local! {
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

/// What wants to know when a thread has ended that was at work on one of its values.
pub(crate) trait Source {
    fn thread_ended(&self);
}

struct Held {
    source: Weak<dyn Source>,
    busy: bool,
}

impl Held {
    fn is_of<S>(&self, source: &Arc<S>) -> bool {
        self.source.as_ptr().addr() == Arc::as_ptr(source).addr()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.busy
            && let Some(source) = self.source.upgrade()
        {
            source.thread_ended();
        }
    }
}

/// Sets whether the calling thread is at work on a value of `source`. Returns the change of their number.
pub(crate) fn set_busy<S: Source + 'static>(source: &Arc<S>, busy: bool) -> isize {
    let set = |held: &RefCell<Vec<Held>>| {
        let mut held = held.borrow_mut();
        if let Some(held) = held.iter_mut().find(|held| held.is_of(source)) {
            return isize::from(busy) - isize::from(std::mem::replace(&mut held.busy, busy));
        }
        held.retain(|held| held.source.strong_count() > 0);
        let weak: Weak<dyn Source> = Arc::<S>::downgrade(source);
        held.push(Held { source: weak, busy });
        isize::from(busy)
    };
    HELD.try_with(set).unwrap_or(0) // a thread that gets while it ends isn't watched
}

/// Whether the calling thread is at work on a value of `source`.
pub(crate) fn is_busy<S: Source>(source: &Arc<S>) -> bool {
    let is = |held: &RefCell<Vec<Held>>| {
        held.borrow().iter().any(|held| held.busy && held.is_of(source))
    };
    HELD.try_with(is).unwrap_or(false)
}
