//! Queues and pipe ends among the arguments of a child.
//!
//! serde has no place for them. So the thread that serializes the arguments collects the ends, and the
//! child, which is handed them, takes them in the same order while it deserializes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use task_utils::child_end::ChildEnd;
use task_utils::handover::{self, End};

use crate::client::Client;
use crate::queue::Queue;

// Those that this thread serializes or deserializes. `with` holds them, so after a panic they are gone, too.
thread_local!(static ARGUMENTS: RefCell<Weak<RefCell<Arguments>>> = RefCell::default());

/// What arguments hold besides their bytes.
#[derive(Default)]
pub(crate) struct Arguments {
    /// The child's ends; in the child, those that were not taken yet.
    pub ends: VecDeque<End>,
    /// Where a child is started: what tells its end, and its queues with its ids there.
    pub child_end: Option<ChildEnd>,
    pub queues: Vec<(Arc<Client>, u64)>,
    /// Why one can't be sent. serde's errors forget the kind.
    pub error: Option<io::Error>,
    /// In the child: its queues.
    pub clients: Vec<Arc<Client>>,
}

/// Serializes or deserializes the bytes of these arguments. Returns also what they hold then.
pub(crate) fn with<T>(
    arguments: Arguments,
    serde: impl FnOnce() -> io::Result<T>,
) -> io::Result<(T, Arguments)> {
    let arguments = Rc::new(RefCell::new(arguments));
    ARGUMENTS.set(Rc::downgrade(&arguments));
    let value = serde()?;
    let mut arguments = arguments.take();
    arguments.error.take().map_or(Ok((value, arguments)), Err)
}

fn current() -> Option<Rc<RefCell<Arguments>>> {
    ARGUMENTS.with_borrow(Weak::upgrade)
}

/// Adds a pipe end or a queue to the arguments.
fn send<E: ser::Error>(add: impl FnOnce(&mut Arguments) -> io::Result<()>) -> Result<(), E> {
    let nowhere = "a queue or a pipe end can only be an argument of `Process::start`";
    let arguments = current().ok_or_else(|| E::custom(nowhere))?;
    let mut arguments = arguments.borrow_mut();
    arguments.error = add(&mut arguments).err().or(arguments.error.take());
    Ok(())
}

/// Adds a pipe end to the arguments.
pub(crate) fn send_end<E: ser::Error>(end: io::Result<impl Into<End>>) -> Result<(), E> {
    send(|arguments| end.map(|end| arguments.ends.push_back(end.into())))
}

/// In the child: takes the next pipe end.
pub(crate) fn receive_end<T: From<End>, E: de::Error>() -> Result<T, E> {
    let end = current().and_then(|arguments| arguments.borrow_mut().ends.pop_front());
    end.map(T::from).ok_or_else(|| E::custom("there is no pipe end for it"))
}

/// Only as an argument of [`Process::start`](crate::Process::start), in the process that made the queue.
impl<T> Serialize for Queue<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        send(|Arguments { ends, child_end, queues, .. }| {
            let (broker, _) = self.client.link.broker()?;
            let (child_responses, responses) = handover::pipe()?;
            let (requests, child_requests) = handover::pipe()?;
            let child_end = child_end.clone().ok_or(ErrorKind::InvalidInput)?;
            let id = broker.connect(responses, requests, child_end)?;
            queues.push((Arc::clone(&self.client), id));
            ends.extend([child_responses.into(), child_requests.into()]);
            Ok(())
        })?;
        serializer.serialize_unit()
    }
}

impl<'de, T> Deserialize<'de> for Queue<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer)?;
        let client = Client::new(receive_end()?, receive_end()?).map_err(de::Error::custom)?;
        if let Some(arguments) = current() {
            arguments.borrow_mut().clients.push(Arc::clone(&client));
        }
        Ok(Queue::of(client))
    }
}
