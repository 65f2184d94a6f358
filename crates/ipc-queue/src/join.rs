//! What `Queue::join` and `Process::join` wait for, and when they give up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::client::Client;
use crate::messages::Wanted;
use crate::state::State;
use crate::sync::{Deadline, after, is_over};

/// How long a `join` waits for a value to be taken, when no process is left that could take it.
const STALLED: Duration = Duration::from_secs(2);

/// So many values are left, and nobody gets them.
pub(crate) struct Stuck(pub usize);

impl Client {
    /// Waits until all values are taken and handled; if a child is given, until it is gone and all that it
    /// had put is in the queue. `None` if that takes longer.
    ///
    /// A thread of this process that is yet to call `get` can't be seen. So this waits for some time before
    /// it is [`Stuck`].
    pub fn join(
        self: &Arc<Self>,
        child: Option<u64>,
        deadline: Deadline,
    ) -> io::Result<Option<Result<(), Stuck>>> {
        let (broker, mine) = self.link.broker()?;
        let _ = self.finish(); // an error if the queue was dropped
        let mut state = broker.state.lock();
        loop {
            let taken = state.taken;
            let some_time = after(STALLED).into_iter().chain(deadline).min();
            let done = |state: &mut State| state.is_joined(child).then_some(());
            let (guard, done) = broker.state.wait_for(state, some_time, done);
            if done.is_some() || is_over(deadline) {
                return Ok(done.map(Ok));
            }
            if guard.taken == taken && guard.is_stuck(mine, child) {
                return Ok(Some(Err(Stuck(guard.values.count))));
            }
            state = guard;
        }
    }
}

impl State {
    fn is_joined(&self, child: Option<u64>) -> bool {
        match child {
            Some(child) => !self.clients.contains_key(&child),
            None => self.is_empty() && self.clients.values().all(|client| client.is_idle()),
        }
    }

    /// Only this process could get values, and it doesn't. A child that is waited for waits for room
    /// without end.
    fn is_stuck(&self, mine: u64, child: Option<u64>) -> bool {
        let endless = |wanted| matches!(wanted, Wanted::Room { endless: true });
        let is_blocked =
            |id| self.waiters.iter().any(|waiter| waiter.id == id && endless(waiter.wanted));
        self.clients.iter().all(|(id, client)| match Some(*id) == child {
            true => is_blocked(*id),
            false => *id == mine && client.is_idle(),
        })
    }
}
