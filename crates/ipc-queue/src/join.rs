//! What `Queue::join` and `Process::join` wait for, and when they give up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::broker::Broker;
use crate::client::Client;
use crate::error::Error;
use crate::messages::Wanted;
use crate::state::State;
use crate::sync::{Deadline, after, is_over};

/// How long a `join` waits for a value to be taken, when no process is left that could take it.
const STALLED: Duration = Duration::from_secs(2);

impl Client {
    /// Waits until all values are taken and handled; an error if some are left and nobody gets them.
    pub fn join(self: &Arc<Self>) -> io::Result<()> {
        let (broker, mine) = self.link.broker()?;
        self.finish()?;
        let handled = |state: &State| state.is_empty() && state.all_idle(|_| true);
        let stuck = |state: &State| state.clients.len() == 1 && state.all_idle(|id| id == mine);
        match wait_for(broker, None, handled, stuck) {
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
        child: u64,
        deadline: Deadline,
    ) -> Option<Result<(), Error>> {
        let (broker, mine) = self.link.broker().ok()?;
        let _ = self.finish(); // the calling thread takes no value while it waits here
        let gone = |state: &State| !state.clients.contains_key(&child);
        let others = |id: &u64| *id != child && *id != mine;
        let stuck = |state: &State| {
            state.is_blocked(child)
                && state.all_idle(|id| id != child)
                && !state.clients.keys().any(others)
        };
        wait_for(broker, deadline, gone, stuck).map(|done| done.map_err(|_| Error::Full))
    }
}

impl State {
    /// None of these clients has values, or a thread at work on one.
    pub fn all_idle(&self, which: impl Fn(u64) -> bool) -> bool {
        let mut some = self.clients.iter().filter(|(id, _)| which(**id));
        some.all(|(_, client)| client.at_work == 0 && !client.sent)
    }

    /// Whether this client waits for room, without end.
    pub fn is_blocked(&self, id: u64) -> bool {
        let endless = |wanted| matches!(wanted, Wanted::Room { endless: true });
        self.waiters.iter().any(|waiter| waiter.id == id && endless(waiter.wanted))
    }
}

/// Waits until it is `done`. If nobody takes a value for some time and it is `stuck`, returns how many are
/// left: only so can a thread of this process be seen that is yet to call `get`.
fn wait_for(
    broker: &Broker,
    deadline: Deadline,
    done: impl Fn(&State) -> bool,
    stuck: impl Fn(&State) -> bool,
) -> Option<Result<(), usize>> {
    let mut state = broker.state.lock();
    loop {
        let taken = state.taken;
        let some_time = after(STALLED).into_iter().chain(deadline).min();
        let is_done = |state: &mut State| done(state).then_some(());
        let (guard, is_done) = broker.state.wait_for(state, some_time, is_done);
        if is_done.is_some() {
            return Some(Ok(()));
        }
        if is_over(deadline) {
            return None;
        }
        if guard.taken == taken && stuck(&guard) {
            return Some(Err(guard.values.count));
        }
        state = guard;
    }
}
