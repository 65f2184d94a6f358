//! What `Queue::join` and `Process::join` wait for, and when they give up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::broker::{Broker, Shared};
use crate::error::Error;
use crate::held::is_busy;
use crate::sync::{Deadline, after, is_over};

/// How long a `join` waits for a value to be taken, when no process is left that could take it.
const STALLED: Duration = Duration::from_secs(2);

impl Broker {
    /// Waits until all values are taken and handled; an error if some are left and nobody gets them.
    pub fn join(self: &Arc<Self>) -> io::Result<()> {
        drop(self.lock_back());
        let handled = |shared: &Shared| shared.state.left() == 0 && shared.state.is_idle();
        let stuck = |shared: &Shared| shared.links.is_empty() && shared.state.busy == 0;
        match self.wait_for(None, handled, stuck) {
            Some(Err(left)) => Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                format!("{left} values are left in the queue, and no process that could get them"),
            )),
            _ => Ok(()),
        }
    }

    /// Waits until a child is gone and all that it had put is in the queue. An error if it waits to put
    /// more and nobody gets. `None` if that takes longer.
    pub fn wait_for_end(
        self: &Arc<Self>,
        id: u64,
        deadline: Deadline,
    ) -> Option<Result<(), Error>> {
        // The calling thread takes no value while it waits here.
        let mine = isize::from(is_busy(self));
        let gone = |shared: &Shared| !shared.links.contains_key(&id);
        let stuck = |Shared { state, links }: &Shared| {
            links.len() == 1 && state.is_blocked(id) && state.busy == mine
        };
        self.wait_for(deadline, gone, stuck).map(|done| done.map_err(|_| Error::Full))
    }

    /// Waits until it is `done`. If nobody takes a value for some time and it is `stuck`, returns how many
    /// are left: only so can a thread of this process be seen that is yet to call `get`.
    fn wait_for(
        &self,
        deadline: Deadline,
        done: impl Fn(&Shared) -> bool,
        stuck: impl Fn(&Shared) -> bool,
    ) -> Option<Result<(), usize>> {
        let mut shared = self.shared.lock();
        loop {
            let taken = shared.state.values.taken;
            let some_time = after(STALLED).into_iter().chain(deadline).min();
            let is_done = |shared: &mut Shared| done(shared).then_some(());
            let (guard, is_done) = self.shared.wait_for(shared, some_time, is_done);
            if is_done.is_some() {
                return Some(Ok(()));
            }
            if is_over(deadline) {
                return None;
            }
            if guard.state.values.taken == taken && stuck(&guard) {
                return Some(Err(guard.state.left()));
            }
            shared = guard;
        }
    }
}
