//! Which threads of this process get values, and which of them are still at work on one.

use std::cell::RefCell;
use std::sync::{Arc, Weak};
use std::thread::{self, ThreadId};

/// The threads that have called `get`, until they end; `true` for one that took a value and has not
/// come back for more.
#[derive(Default)]
pub(crate) struct Getters(Vec<(ThreadId, bool)>);

impl Getters {
    /// The calling thread is in `get`, so it is done with the value it had. Returns whether it is new.
    pub fn comes_back(&mut self) -> bool {
        self.set(false)
    }

    /// The calling thread has taken a value.
    pub fn takes(&mut self) {
        self.set(true);
    }

    fn set(&mut self, busy: bool) -> bool {
        let me = thread::current().id();
        match self.0.iter_mut().find(|(thread, _)| *thread == me) {
            Some(known) => known.1 = busy,
            None => {
                self.0.push((me, busy));
                return true;
            }
        }
        false
    }

    pub fn forget(&mut self, thread: ThreadId) {
        self.0.retain(|known| known.0 != thread);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn busy(&self) -> usize {
        self.0.iter().filter(|known| known.1).count()
    }

    pub fn others(&self) -> usize {
        self.0.iter().filter(|known| known.0 != thread::current().id()).count()
    }

    pub fn others_busy(&self) -> usize {
        self.0.iter().filter(|known| known.1 && known.0 != thread::current().id()).count()
    }
}

/// What wants to know when one of its threads ends.
pub(crate) trait ThreadEnd {
    fn thread_ended(&self, thread: ThreadId);
}

struct AtEnd(Vec<Weak<dyn ThreadEnd>>, ThreadId);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.iter().filter_map(Weak::upgrade).for_each(|queue| queue.thread_ended(self.1));
    }
}

/// Has `queue` told when the calling thread ends.
pub(crate) fn at_thread_end<Q: ThreadEnd + 'static>(queue: &Arc<Q>) {
    thread_local! {
        static AT_END: RefCell<AtEnd> = RefCell::new(AtEnd(Vec::new(), thread::current().id()));
    }
    let weak: Weak<dyn ThreadEnd> = Arc::<Q>::downgrade(queue);
    // A thread that gets a value while it ends isn't watched.
    let _ = AT_END.try_with(|at_end| {
        let queues = &mut at_end.borrow_mut().0;
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(weak);
    });
}
