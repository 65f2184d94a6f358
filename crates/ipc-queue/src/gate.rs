//! Whether a child may put: it needs no permit, or waits for one.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Condvar, Mutex};

use crate::error::Error;
use crate::messages::{Patience, Request};
use crate::sync::{Wait, lock, wait};

pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    needs_permit: bool,
    /// The last notification that said so.
    number: u64,
    /// The threads that wait, by the numbers of their requests, and whether a permit was granted.
    waiting: BTreeMap<u64, Option<bool>>,
    requests: u64,
}

impl Gate {
    pub fn new(needs_permit: bool) -> Self {
        let state = State { needs_permit, number: 0, waiting: BTreeMap::new(), requests: 0 };
        Gate { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Waits until a value may be put. Returns whether that used a permit.
    pub fn pass(
        &self,
        how_long: Wait,
        send: impl FnOnce(Request) -> io::Result<()>,
    ) -> Result<bool, Error> {
        let mut state = lock(&self.state);
        if !state.needs_permit {
            return Ok(false);
        }
        state.requests += 1;
        let number = state.requests;
        state.waiting.insert(number, None);
        let patience = match how_long {
            Wait::Never => Patience::None,
            Wait::Until(_) => Patience::Some,
            Wait::Forever => Patience::Endless,
        };
        let no_wait = patience == Patience::None; // the response comes at once
        send(Request::Acquire { number, patience })?;
        loop {
            let granted = state.waiting.get(&number).copied().flatten();
            let over = !no_wait && how_long.is_over();
            if granted.is_some() || !state.needs_permit || over {
                state.waiting.remove(&number);
                return match granted {
                    Some(true) => Ok(true),
                    None if !state.needs_permit => Ok(false),
                    _ => Err(Error::Full),
                };
            }
            state = wait(&self.changed, state, if no_wait { Wait::Forever } else { how_long });
        }
    }

    /// Of several notifications the one with the greatest number counts.
    pub fn pause(&self, number: u64, pause: bool) {
        let mut state = lock(&self.state);
        if number > state.number {
            (state.number, state.needs_permit) = (number, pause);
            self.changed.notify_all();
        }
    }

    /// The response to a request; `false` if it granted a permit that nobody waits for any more.
    pub fn answer(&self, number: u64, granted: bool) -> bool {
        let mut state = lock(&self.state);
        let Some(waiting) = state.waiting.get_mut(&number) else { return !granted };
        *waiting = Some(granted);
        self.changed.notify_all();
        true
    }
}
