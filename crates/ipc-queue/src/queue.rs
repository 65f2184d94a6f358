//! The queue as its users see it, in the process that made it and in a child.

use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::broker::Broker;
use crate::capacity::Capacity;
use crate::client::Client;
use crate::error::Error;
use crate::messages::ComesBack;
use crate::sync::{Deadline, after};

/// A queue between this process and those it starts with [`Process::start`](crate::Process::start):
/// Python's `Queue`.
///
/// Values are sent as [postcard](https://docs.rs/postcard) bytes of 64 MiB at most. Each goes to exactly
/// one that gets, and each reader gets those of one writer in their order. One reader at a time is sent some
/// ahead, as many as it handles in about a millisecond and 1,024 at most; those it has not taken are requeued
/// when another waits, or when its target returns. Several threads may share a queue by reference.
///
/// A process may put until it has called [`close`](Self::close), dropped its queue or ended.
///
/// There is no `qsize`: values are also in pipes and sent ahead, so no process knows how many there are.
pub struct Queue<T> {
    pub(crate) client: Arc<Client>,
    comes_back: ComesBack,
    value: PhantomData<fn(T) -> T>,
}

impl<T: Serialize + DeserializeOwned + 'static> Queue<T> {
    /// An empty queue. This process must run for as long as others are to use it.
    ///
    /// About 64 MiB of values may wait in it; then `put` waits. That bound is soft: a child goes on until it
    /// hears of it, by about what its pipe holds and a value or two if the machine isn't too busy. A process
    /// that also gets may always put, since it may be the only one that makes room.
    ///
    /// # Errors
    ///
    /// What the system returns if there are too many threads.
    pub fn new() -> io::Result<Self> {
        Queue::with_capacity(0)
    }

    /// A queue in which at most `values` values wait to be got, exactly: `Queue(maxsize)`. 0 is no bound,
    /// as in Python: it is [`new`](Self::new).
    ///
    /// Each `put` waits until it is told that there is room, and no value is sent ahead to one that gets: this
    /// queue is many times slower than [`new`](Self::new)'s. A value that comes back from a reader that was
    /// killed may be one too many.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// ```
    /// let queue = ipc_queue::Queue::with_capacity(1)?;
    /// queue.put(&'A')?;
    /// assert!(matches!(queue.try_put(&'B'), Err(ipc_queue::Error::Full)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_capacity(values: usize) -> io::Result<Self> {
        let capacity = if values == 0 { Capacity::default() } else { Capacity::Values(values) };
        Broker::start(capacity).map(Queue::of)
    }

    /// Puts a value at the end of the queue, and waits while it is full: `Queue.put`.
    ///
    /// If nobody ever gets, this waits forever, as in Python; [`put_timeout`](Self::put_timeout) doesn't.
    /// In a child, a value that follows another within 4 µs may leave the process a moment after this
    /// returns; [`close`](Self::close), a dropped queue and the target's end wait for it,
    /// [`std::process::exit`] doesn't.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] for one that can't be serialized or is too long, [`Error::Closed`] after
    /// [`close`](Self::close).
    ///
    /// ```
    /// let queue = ipc_queue::Queue::new()?;
    /// queue.put(&"A".to_string())?;
    /// assert_eq!(queue.get()?, "A");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn put(&self, value: &T) -> Result<(), Error> {
        self.put_for(value, None)
    }

    /// [`put`](Self::put), but it waits only for so long: `Queue.put(timeout=…)`.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] after `timeout`, and as [`put`](Self::put).
    pub fn put_timeout(&self, value: &T, timeout: Duration) -> Result<(), Error> {
        self.put_for(value, after(timeout))
    }

    /// Puts a value if there is room for it now: `Queue.put_nowait`.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] if there is none, and as [`put`](Self::put).
    pub fn try_put(&self, value: &T) -> Result<(), Error> {
        self.put_for(value, after(Duration::ZERO))
    }

    fn put_for(&self, value: &T, deadline: Deadline) -> Result<(), Error> {
        let put = self.client.put(|out| self.comes_back.encode(value, out), deadline);
        put.map_err(|error| if matches!(error, Error::TimedOut) { Error::Full } else { error })
    }

    /// Takes the value at the front, waiting for one: `Queue.get`.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] once nobody can put any more and nothing is left: a process that only gets
    /// calls [`close`](Self::close) first, or it waits for itself. [`Error::Value`] if the value
    /// isn't a `T`; it is gone then.
    ///
    /// ```
    /// let queue = ipc_queue::Queue::new()?;
    /// queue.put(&1)?;
    /// queue.close();
    /// assert_eq!(queue.get()?, 1);
    /// assert!(matches!(queue.get(), Err(ipc_queue::Error::Closed)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get(&self) -> Result<T, Error> {
        self.client.get(None)
    }

    /// [`get`](Self::get), but it waits only for so long: `Queue.get(timeout=…)`. No value is lost by it.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] after `timeout`, and as [`get`](Self::get).
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, Error> {
        self.client.get(after(timeout))
    }

    /// Takes a value if there is one now: `Queue.get_nowait`. As in Python, one that was put a moment ago
    /// may still be on its way; or another reader has been sent it and has not taken it.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] if there is none, and as [`get`](Self::get).
    pub fn try_get(&self) -> Result<T, Error> {
        self.client.get(after(Duration::ZERO))
    }

    /// The values one after the other, until the queue is closed.
    ///
    /// ```
    /// let queue = ipc_queue::Queue::new()?;
    /// (1..=3).try_for_each(|n| queue.put(&n))?;
    /// queue.close();
    /// assert_eq!(queue.iter().collect::<Result<Vec<i32>, _>>()?, [1, 2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Result<T, Error>> {
        std::iter::from_fn(|| Some(self.get()).filter(|got| !matches!(got, Err(Error::Closed))))
    }
}

impl<T> Queue<T> {
    pub(crate) fn of(client: Arc<Client>) -> Self {
        Queue { client, comes_back: ComesBack::default(), value: PhantomData }
    }

    /// This process puts no more, and all that it has put is on its way: `Queue.close` and
    /// `Queue.join_thread`. It can still get.
    pub fn close(&self) {
        self.client.close();
    }

    /// Waits until every value in the queue has been got, and each thread that got one has come back for
    /// more, joined a process or ended, so that it is done with it: `JoinableQueue.join`. (Of this process too, but for the
    /// calling thread.)
    ///
    /// What another process is still about to put isn't in the queue yet: join the writers first.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::BrokenPipe`] if values are left, all processes that could get them have ended, and
    /// no thread of this one has taken a value for 2 seconds; [`io::ErrorKind::Unsupported`] in a child:
    /// only the process that made the queue can tell.
    pub fn join(&self) -> io::Result<()> {
        while !self.client.join(None, None)? {}
        Ok(())
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        self.client.leave();
    }
}
