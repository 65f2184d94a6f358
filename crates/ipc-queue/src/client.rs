//! The queue as a process uses it: the values that were sent ahead to it, and what its threads wait for.

use std::io;
use std::mem::take;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, MutexGuard};
use std::thread::Builder;

use os_pipe::{PipeReader, PipeWriter};
use serde::de::DeserializeOwned;
use task_utils::frame;

use crate::error::Error;
use crate::held::set_at_work;
use crate::inbox::Inbox;
use crate::link::Link;
use crate::messages::{FRONT, Request, Response, Wanted, decode, message, read_all};
use crate::sync::{Deadline, Monitor, is_over};
use crate::writer::CoalescingWriter;

pub(crate) struct Client {
    pub link: Link,
    state: Monitor<State>,
    /// Room for each value has to be waited for.
    paused: AtomicBool,
}

#[derive(Default)]
struct State {
    inbox: Inbox,
    /// There is room for one value, which was waited for.
    room: bool,
    pending: [Pending; 2],
    /// How many threads are at work on a value.
    at_work: u32,
    /// This process puts no more, and gets no more.
    closed: bool,
    left: bool,
    /// The pipe to the process that made the queue has broken.
    broken: bool,
}

/// How often values were waited for, or room, and how many responses there were.
#[derive(Default, Clone, Copy)]
struct Pending {
    requests: u64,
    responses: u64,
}

impl Pending {
    fn is_waiting(self) -> bool {
        self.requests > self.responses
    }
}

impl State {
    fn pending(&mut self, wanted: Wanted) -> &mut Pending {
        &mut self.pending[usize::from(wanted.is_values())]
    }
}

impl Client {
    /// The client in a child. Takes over the pipes, and starts the thread that reads the responses.
    pub fn new(responses: PipeReader, requests: PipeWriter) -> io::Result<Arc<Self>> {
        let client = Client::of(Link::Pipe(CoalescingWriter::new(requests, Some(FRONT))));
        let reading = Arc::clone(&client);
        Builder::new().name("queue responses".into()).spawn(move || reading.read(responses))?;
        Ok(client)
    }

    pub fn of(link: Link) -> Arc<Self> {
        let paused = AtomicBool::new(true); // until the broker has said whether it is
        Arc::new(Client { link, state: Monitor::default(), paused })
    }

    /// Puts the value that `value` writes.
    pub fn put(
        &self,
        value: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let value = |out: &mut Vec<u8>| frame::append_item(out, value);
        let message = message(Request::Put, value).map_err(Error::Value)?;
        if self.paused.load(Relaxed) || self.link.is_full() {
            let wanted = Wanted::Room { endless: deadline.is_none() };
            self.wait_for(self.state.lock(), wanted, deadline, |state| match state.closed {
                true => Err(Error::Closed),
                false => Ok(take(&mut state.room).then_some(())),
            })?;
        }
        self.link.put(message)
    }

    /// Takes the next value.
    pub fn get<T: DeserializeOwned + 'static>(
        self: &Arc<Self>,
        deadline: Deadline,
    ) -> Result<T, Error> {
        let mut state = self.state.lock();
        let done = set_at_work(self, false);
        state.at_work -= done;
        if done > 0 && state.pending(Wanted::VALUES).is_waiting() {
            self.requeue(&mut state)?; // so that `join` hears of it
        }
        let got = self.wait_for(state, Wanted::VALUES, deadline, |state| {
            if state.left {
                return Err(Error::Closed);
            }
            let Some(value) = state.inbox.take(decode)? else { return Ok(None) };
            state.at_work += set_at_work(self, true);
            value.map(Some).map_err(Error::Value)
        });
        if done > 0 && got.is_err() {
            self.finish(0);
        }
        got
    }

    /// Waits until `taken` returns something, for which the broker is asked.
    fn wait_for<T>(
        &self,
        mut state: MutexGuard<'_, State>,
        wanted: Wanted,
        deadline: Deadline,
        mut taken: impl FnMut(&mut State) -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        let mut cancelled = None; // the number of the request
        loop {
            if let Some(taken) = taken(&mut state)? {
                return Ok(taken);
            }
            if state.broken {
                return Err(Error::Pipe(io::ErrorKind::BrokenPipe.into()));
            }
            if cancelled.is_some_and(|request| state.pending(wanted).responses >= request) {
                return Err(Error::TimedOut);
            }
            if !state.pending(wanted).is_waiting() {
                self.request(&mut state, wanted)?;
            }
            if is_over(deadline) && cancelled.is_none() {
                self.link.send(Request::Cancel(wanted), &[])?;
                cancelled = Some(state.pending(wanted).requests);
            }
            state = self.state.wait(state, deadline.filter(|_| cancelled.is_none()));
        }
    }

    fn request(&self, state: &mut State, mut wanted: Wanted) -> io::Result<()> {
        if let Wanted::Values { most, at_work } = &mut wanted {
            (*most, *at_work) = (state.inbox.request(), state.at_work);
        }
        state.pending(wanted).requests += 1;
        self.link.send(Request::Wait(wanted), &[])
    }

    fn read(&self, responses: PipeReader) {
        read_all(responses, |message| self.respond(message), || ());
        let mut state = self.state.lock();
        state.broken = true;
        self.state.notify(state);
    }

    /// Does what a response says.
    pub fn respond(&self, message: Vec<u8>) -> io::Result<()> {
        let (response, _) = frame::decode_first::<Response>(&message[frame::HEADER..])?;
        let mut state = self.state.lock();
        match response {
            Response::Revoke => self.requeue(&mut state)?,
            Response::Pause => self.paused.store(true, Relaxed),
            Response::Resume => self.paused.store(false, Relaxed),
            Response::Room | Response::Full => {
                state.room = response == Response::Room;
                state.pending(Wanted::Room { endless: false }).responses += 1;
            }
            Response::Values | Response::Empty | Response::Closed => {
                state.pending(Wanted::VALUES).responses += 1;
                state.inbox.fill(response, message);
            }
        }
        self.state.notify(state);
        Ok(())
    }

    /// So many threads are done with the value that they had. What this process has not taken is for others.
    pub fn finish(&self, threads: u32) {
        let mut state = self.state.lock();
        state.at_work -= threads;
        let _ = self.requeue(&mut state); // if the pipe is broken, the broker knows already
    }

    /// What this process has not taken is for others, unless a thread is about to take it.
    fn requeue(&self, state: &mut State) -> io::Result<()> {
        let waits = state.pending(Wanted::VALUES).is_waiting();
        let values = if waits { Vec::new() } else { state.inbox.take_rest(state.left) };
        let at_work = state.at_work + u32::from(!state.inbox.is_empty());
        self.link.send(Request::Requeue { at_work, waits }, &values)
    }

    /// This process puts no more, and all that it has put is on its way.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        self.state.notify(state);
        let _ = self.link.close(); // as in `finish`
    }

    /// As [`close`](Self::close), and it gets no more. What it has not taken is for others.
    pub fn leave(self: &Arc<Self>) {
        let mut state = self.state.lock();
        state.left = true;
        if state.pending(Wanted::VALUES).is_waiting() {
            let _ = self.link.send(Request::Cancel(Wanted::VALUES), &[]); // as in `finish`
        }
        self.state.notify(state);
        let mut state = self.state.lock();
        while state.pending(Wanted::VALUES).is_waiting() && !state.broken {
            state = self.state.wait(state, None);
        }
        drop(state);
        self.finish(set_at_work(self, false));
        self.close();
        self.link.remove();
    }
}

#[cfg(test)]
mod tests;
