//! The queue in a child: two pipes to the broker, and the values that it has sent ahead.
//!
//! A response is read by a thread that waits in `get`, so that no other has to wake it. One that waits
//! only for some time can't do that, since a read can't be given up: from then on a thread reads.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{Builder, ThreadId};

use os_pipe::{PipeReader, PipeWriter};
use task_utils::frame;

use crate::error::Error;
use crate::gate::Gate;
use crate::getters::{Getters, ThreadEnd, at_thread_end};
use crate::inbox::{self, Inbox, read_response};
use crate::messages::{self, FRONT, Notification, Request};
use crate::sync::{Wait, lock, wait};
use crate::writer::CoalescingWriter;

pub(crate) struct Client {
    requests: Arc<CoalescingWriter>,
    getting: Mutex<Getting>,
    /// A response has come.
    response: Condvar,
    gate: Gate,
    /// Held for reading during a `put`, so that none comes after `Closed`.
    closed: RwLock<bool>,
    /// Values are asked for one at a time, so that none is sent ahead.
    exact: bool,
}

/// What threads need that get.
struct Getting {
    inbox: Inbox,
    /// `None` while a thread reads.
    responses: Option<frame::Reader<PipeReader>>,
    /// How many threads wait for a response.
    waiting: usize,
    getters: Getters,
    /// How many of them the broker thinks are at work on a value.
    told_busy: usize,
    /// The target has returned.
    left: bool,
}

impl Client {
    pub fn new(responses: PipeReader, requests: PipeWriter, exact: bool) -> Arc<Self> {
        let getting = Getting {
            inbox: Inbox::default(),
            responses: Some(frame::Reader::new(responses)),
            waiting: 0,
            getters: Getters::default(),
            told_busy: 0,
            left: false,
        };
        Arc::new(Client {
            requests: CoalescingWriter::new(requests, Some(FRONT)),
            getting: Mutex::new(getting),
            response: Condvar::new(),
            gate: Gate::new(exact),
            closed: RwLock::new(false),
            exact,
        })
    }

    /// Puts the value of a message.
    pub fn put(&self, message: Vec<u8>, wait: Wait) -> Result<(), Error> {
        let permit = self.gate.pass(wait, |request| self.send(request, &[]))?;
        let closed = self.closed.read().unwrap_or_else(PoisonError::into_inner);
        if !*closed {
            return Ok(self.requests.put(message)?);
        }
        drop(closed);
        if permit {
            self.send(Request::Release, &[])?;
        }
        Err(Error::Closed)
    }

    /// Hands the next value's bytes to `read`.
    pub fn get<T>(self: &Arc<Self>, wait: Wait, read: impl FnOnce(&[u8]) -> T) -> Result<T, Error> {
        let mut getting = lock(&self.getting);
        if getting.getters.comes_back() {
            at_thread_end(self);
        }
        let mut cancelled = false;
        loop {
            if getting.left {
                return Err(Error::Closed);
            }
            if let Some(value) = getting.inbox.take()? {
                let value = read(value);
                getting.getters.takes();
                if getting.inbox.revoked == getting.inbox.batch {
                    self.requeue(&mut getting)?;
                }
                return Ok(value);
            }
            if cancelled && !getting.inbox.requested {
                return Err(Error::TimedOut);
            }
            self.tell_busy(&mut getting)?;
            if !getting.inbox.requested {
                let count = if self.exact { 1 } else { getting.inbox.pace() };
                self.send(Request::Get { count }, &[])?;
                getting.inbox.requested = true;
            }
            let over = wait.is_over();
            if over && getting.waiting > 0 {
                return Err(Error::TimedOut); // the others still want what may come
            }
            if over && !cancelled {
                self.send(Request::Cancel, &[])?;
                cancelled = true;
            }
            getting = self.wait(getting, if over { Wait::Forever } else { wait })?;
        }
    }

    /// Waits for a response, or until another thread has taken one.
    fn wait<'a>(
        self: &'a Arc<Self>,
        mut getting: MutexGuard<'a, Getting>,
        how_long: Wait,
    ) -> Result<MutexGuard<'a, Getting>, Error> {
        let reader = getting.responses.take();
        getting.waiting += 1;
        match (reader, how_long) {
            (Some(mut responses), Wait::Forever) => {
                drop(getting);
                let response = read_response(&mut responses);
                getting = lock(&self.getting);
                getting.responses = Some(responses);
                self.fill(&mut getting, response);
            }
            (Some(responses), _) => {
                self.read_in_a_thread(responses)?;
                getting = wait(&self.response, getting, how_long);
            }
            (None, _) => getting = wait(&self.response, getting, how_long),
        }
        getting.waiting -= 1;
        Ok(getting)
    }

    fn read_in_a_thread(
        self: &Arc<Self>,
        mut responses: frame::Reader<PipeReader>,
    ) -> io::Result<()> {
        let client = Arc::clone(self);
        let read = move || {
            loop {
                let response = read_response(&mut responses);
                let ended = response.is_err();
                client.fill(&mut lock(&client.getting), response);
                if ended {
                    return;
                }
            }
        };
        Builder::new().name("queue get".into()).spawn(read).map(drop)
    }

    fn fill(&self, getting: &mut Getting, response: io::Result<inbox::Answer>) {
        getting.inbox.fill(response);
        self.response.notify_all();
    }

    /// This process puts no more.
    pub fn close(&self) {
        let mut closed = self.closed.write().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *closed, true) {
            let _ = self.send(Request::Closed, &[]); // if the pipe is broken, the broker knows already
        }
    }

    /// This process gets and puts no more; what it has not taken is for others, also what is on its way.
    pub fn leave(&self) {
        let mut getting = lock(&self.getting);
        getting.left = true;
        if getting.inbox.requested {
            let _ = self.send(Request::Cancel, &[]); // as in `close`
        }
        while getting.inbox.requested {
            getting = wait(&self.response, getting, Wait::Forever); // a thread in `get` reads it
        }
        let _ = self.requeue(&mut getting);
        drop(getting);
        self.close();
    }

    /// Whether a pipe to the process that made the queue has broken.
    pub fn is_broken(&self) -> bool {
        lock(&self.getting).inbox.is_broken() || self.requests.is_broken()
    }

    pub fn notify(&self, notification: Notification) -> io::Result<()> {
        match notification {
            Notification::Revoke { batch } => {
                let mut getting = lock(&self.getting);
                getting.inbox.revoked = batch; // which may still be in the pipe
                if batch == getting.inbox.batch { self.requeue(&mut getting) } else { Ok(()) }
            }
            Notification::Pause { number, pause } => {
                self.gate.pause(number, pause);
                Ok(())
            }
            Notification::Permit { number, granted } => match self.gate.answer(number, granted) {
                true => Ok(()),
                false => self.send(Request::Release, &[]),
            },
        }
    }

    fn requeue(&self, getting: &mut Getting) -> io::Result<()> {
        self.tell_busy(getting)?;
        if getting.inbox.requested {
            return Ok(()); // which says that all were taken
        }
        let values = getting.inbox.take_all();
        self.send(Request::Requeue, &values)
    }

    fn tell_busy(&self, getting: &mut Getting) -> io::Result<()> {
        let busy = getting.getters.busy();
        if busy != getting.told_busy {
            getting.told_busy = busy;
            let threads = u32::try_from(busy).unwrap_or(u32::MAX);
            self.send(Request::Busy { threads }, &[])?;
        }
        Ok(())
    }

    fn send(&self, request: Request, values: &[u8]) -> io::Result<()> {
        self.requests.send(&messages::message(&request, values)?)
    }
}

impl ThreadEnd for Client {
    fn thread_ended(&self, thread: ThreadId) {
        let mut getting = lock(&self.getting);
        getting.getters.forget(thread);
        let _ = self.requeue(&mut getting); // as in `close`
    }
}
