//! What `Queue::join` and `Process::join` wait for, and when they give up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::client::Client;
use crate::held::set_at_work;
use crate::messages::Wanted;
use crate::state::State;
use crate::sync::{Deadline, after, is_over};

/// How long a `join` waits for a value to be taken, when no process is left that could take it.
const STALLED: Duration = Duration::from_secs(2);

impl Client {
    /// Waits until all values are taken and handled; if a child is given, until it is gone and all that it
    /// had put is in the queue. `false` if that takes longer than the deadline, or than [`STALLED`]. An error
    /// if in that time nobody took a value and no other process can: only then, since a thread of this
    /// process that is yet to call `get` can't be seen.
    pub fn join(self: &Arc<Self>, child: Option<u64>, deadline: Deadline) -> io::Result<bool> {
        let (broker, mine) = self.link.broker()?;
        self.finish(set_at_work(self, false));
        let state = broker.state.lock();
        let taken = state.taken;
        let some_time = after(STALLED).into_iter().chain(deadline).min();
        let joined = |state: &mut State| state.is_joined(child).then_some(());
        let (state, joined) = broker.state.wait_for(state, some_time, joined);
        if joined.is_none()
            && !is_over(deadline)
            && state.taken == taken
            && state.is_stuck(mine, child)
        {
            let left = state.values.count;
            return Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                format!("{left} values are left in the queue, and no process that could get them"),
            ));
        }
        Ok(joined.is_some())
    }
}

impl State {
    fn is_joined(&self, child: Option<u64>) -> bool {
        match child {
            Some(child) => !self.clients.contains_key(&child),
            None => self.is_empty() && self.clients.values().all(|client| client.is_idle()),
        }
    }

    /// No process is left but this one, which has no value, and the child that is waited for, which waits for
    /// room without end.
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
