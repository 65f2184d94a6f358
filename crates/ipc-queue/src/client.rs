//! The queue in a child: two pipes to the broker, and the values that it has sent ahead.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::Builder;

use os_pipe::{PipeReader, PipeWriter};
use serde::de::DeserializeOwned;
use task_utils::{frame, sigpipe};

use crate::error::Error;
use crate::held::{Source, set_busy};
use crate::inbox::Inbox;
use crate::messages::{FRONT, Request, Response, decode, message};
use crate::sync::{Deadline, Monitor, is_over};
use crate::writer::CoalescingWriter;

pub(crate) struct Client {
    requests: Arc<CoalescingWriter>,
    state: Monitor<State>,
    /// Each value is offered, since the queue is full or has a capacity.
    paused: AtomicBool,
    /// The queue has a capacity: values are asked for one at a time, so that none is sent ahead.
    exact: bool,
}

#[derive(Default)]
struct State {
    inbox: Inbox,
    /// How many threads wait for a value.
    waiting: usize,
    /// How many are at work on one, and how many of them the broker knows.
    busy: isize,
    told_busy: isize,
    /// How many values were offered, and which of them were accepted, or not.
    offers: u64,
    responses: BTreeMap<u64, bool>,
    /// The target has returned.
    left: bool,
    /// The pipe to the process that made the queue has broken.
    broken: Option<io::ErrorKind>,
}

impl Client {
    /// Takes over the pipes, and starts the thread that reads the responses.
    pub fn new(responses: PipeReader, requests: PipeWriter, exact: bool) -> io::Result<Arc<Self>> {
        let client = Arc::new(Client {
            requests: CoalescingWriter::new(requests, Some(FRONT)),
            state: Monitor::default(),
            paused: AtomicBool::new(exact),
            exact,
        });
        let reading = Arc::clone(&client);
        Builder::new().name("queue responses".into()).spawn(move || reading.read(responses))?;
        Ok(client)
    }

    // ── put ─────────────────────────────────────────────────────────────────────────────────────

    /// Puts the value that `value` writes.
    pub fn put(
        &self,
        value: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let value = |out: &mut Vec<u8>| frame::append_item(out, value);
        if !self.paused.load(Relaxed) {
            return self.requests.put(&message(Request::Put, value).map_err(Error::Value)?);
        }
        let mut state = self.state.lock();
        state.offers += 1;
        let number = state.offers;
        drop(state);
        let message = message(Request::Offer { number, endless: deadline.is_none() }, value)
            .map_err(Error::Value)?;
        self.requests.offer(&message)?;
        let mut accepted = self.wait_for_response(number, deadline);
        if accepted.is_none() {
            self.send(Request::Withdraw { number }, &[])?;
            accepted = self.wait_for_response(number, None);
        }
        accepted.unwrap_or(Ok(false))?.then_some(()).ok_or(Error::Full)
    }

    /// Waits for the response to an offer.
    fn wait_for_response(&self, number: u64, deadline: Deadline) -> Option<Result<bool, Error>> {
        let response = |state: &mut State| {
            let response = state.responses.remove(&number).map(Ok);
            response.or_else(|| state.broken.map(|kind| Err(Error::Pipe(kind.into()))))
        };
        self.state.wait_for(self.state.lock(), deadline, response).1
    }

    // ── get ─────────────────────────────────────────────────────────────────────────────────────

    /// Takes the next value.
    pub fn get<T: DeserializeOwned + 'static>(
        self: &Arc<Self>,
        deadline: Deadline,
    ) -> Result<T, Error> {
        let mut state = self.state.lock();
        state.busy += set_busy(self, false);
        let mut cancelled = false;
        loop {
            if state.left {
                return Err(Error::Closed);
            }
            if let Some(value) = state.inbox.take(decode)? {
                state.busy += set_busy(self, true);
                return value.map_err(Error::Value);
            }
            if let Some(kind) = state.broken {
                return Err(Error::Pipe(kind.into()));
            }
            if cancelled && !state.inbox.requested {
                return Err(Error::TimedOut);
            }
            self.tell_busy(&mut state)?;
            if !state.inbox.requested {
                let count = state.inbox.request();
                self.send(Request::Get { count: if self.exact { 1 } else { count } }, &[])?;
            }
            if is_over(deadline) && !cancelled {
                if state.waiting > 0 {
                    return Err(Error::TimedOut); // the others still want what may come
                }
                self.send(Request::Cancel, &[])?;
                cancelled = true;
            }
            state.waiting += 1;
            state = self.state.wait(state, if cancelled { None } else { deadline });
            state.waiting -= 1;
        }
    }

    fn read(&self, responses: PipeReader) {
        sigpipe::block();
        let mut responses = frame::Reader::new(responses);
        let mut respond = || -> io::Result<()> {
            while let Some(message) = responses.buffered()? {
                self.respond(message)?;
            }
            (responses.fill()? > 0).then_some(()).ok_or(io::ErrorKind::UnexpectedEof.into())
        };
        let error = loop {
            if let Err(error) = respond() {
                break error;
            }
        };
        self.state.lock().broken = Some(error.kind());
        self.state.notify();
    }

    /// Does what a response says.
    fn respond(&self, message: Vec<u8>) -> io::Result<()> {
        let (response, _) = frame::decode_first::<Response>(&message[frame::HEADER..])?;
        let mut state = self.state.lock();
        match response {
            Response::Revoke => self.requeue(&mut state)?,
            Response::Pause(paused) => self.paused.store(paused, Relaxed),
            Response::Accepted { number, accepted } => {
                state.responses.insert(number, accepted);
            }
            response => state.inbox.fill(response, message),
        }
        drop(state);
        self.state.notify();
        Ok(())
    }

    // ── the end ─────────────────────────────────────────────────────────────────────────────────

    /// This process puts no more.
    pub fn close(&self) -> io::Result<()> {
        self.requests.close(&message(Request::Closed, |_| Ok(()))?)
    }

    /// This process gets and puts no more; what it has not taken is for others, also what is on its way.
    /// An error if the process that made the queue is gone.
    pub fn leave(self: &Arc<Self>) -> io::Result<()> {
        let mut state = self.state.lock();
        state.busy += set_busy(self, false);
        state.left = true;
        self.state.notify();
        if state.inbox.requested {
            self.send(Request::Cancel, &[])?;
        }
        let responded =
            |state: &mut State| (!state.inbox.requested || state.broken.is_some()).then_some(());
        let (mut state, _) = self.state.wait_for(state, None, responded);
        self.requeue(&mut state)?;
        drop(state);
        self.close()
    }

    fn requeue(&self, state: &mut State) -> io::Result<()> {
        self.tell_busy(state)?;
        if state.inbox.requested {
            return Ok(()); // which says that all were taken
        }
        let values = state.inbox.take_all();
        self.send(Request::Requeue, &values)
    }

    fn tell_busy(&self, state: &mut State) -> io::Result<()> {
        if state.busy != state.told_busy {
            state.told_busy = state.busy;
            let threads = u32::try_from(state.busy).unwrap_or(0);
            self.send(Request::Busy { threads }, &[])?;
        }
        Ok(())
    }

    fn send(&self, request: Request, values: &[u8]) -> io::Result<()> {
        self.requests.send(&message(request, |out| {
            out.extend_from_slice(values);
            Ok(())
        })?)
    }
}

impl Source for Client {
    fn thread_ended(&self) {
        let mut state = self.state.lock();
        state.busy -= 1;
        let _ = self.requeue(&mut state); // if the pipe is broken, the broker knows already
    }
}
