//! Which threads are at work on a value: from the `get` that returns it until they call `get` again,
//! join, or end.

use std::cell::RefCell;
use std::mem::replace;
use std::sync::{Arc, Weak};

use crate::client::Client;

thread_local! {
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

/// A queue from which the thread has got a value.
struct Held {
    client: Weak<Client>,
    at_work: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.at_work
            && let Some(client) = self.client.upgrade()
        {
            client.finish(1);
        }
    }
}

/// Sets whether the calling thread is at work on a value of a client. Returns by how much that changes the
/// number of such threads, up or down.
pub(crate) fn set_at_work(client: &Arc<Client>, at_work: bool) -> u32 {
    let set = |held: &RefCell<Vec<Held>>| {
        let mut held = held.borrow_mut();
        let mine = |held: &&mut Held| held.client.as_ptr() == Arc::as_ptr(client);
        if let Some(held) = held.iter_mut().find(mine) {
            return u32::from(at_work != replace(&mut held.at_work, at_work));
        }
        held.retain(|held| held.client.strong_count() > 0);
        held.push(Held { client: Arc::downgrade(client), at_work });
        u32::from(at_work)
    };
    HELD.try_with(set).unwrap_or(0) // a thread that gets while it ends isn't watched
}
