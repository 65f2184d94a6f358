//! What the process that made a queue does for all its clients: the middle of a star.
//!
//! Each child has pipes of its own with the broker, so no lock crosses a process and a killed child loses
//! what it held, nothing else. One thread always reads its requests, another writes the responses in their
//! order. All meet in [`State`], under one lock, which nobody holds while reading or writing.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread::Builder;

use os_pipe::PipeReader;
use task_utils::child_end::{ChildEnd, ChildReader};
use task_utils::pipe_writer::PipeWriter;
use task_utils::sigpipe;

use crate::capacity::Capacity;
use crate::client::Client;
use crate::link::Link;
use crate::messages::{Response, read_all};
use crate::state::State;
use crate::sync::Monitor;
use crate::values::Values;

/// What is to be written to a client.
type Outgoing = Receiver<(Response, Values)>;

pub(crate) struct Broker {
    pub state: Monitor<State>,
}

impl Broker {
    /// Makes a queue. Returns the client in this process.
    pub fn start(capacity: Capacity) -> io::Result<Arc<Client>> {
        let broker = Arc::new(Broker { state: Monitor::new(State::new(capacity)) });
        let (sender, outgoing) = mpsc::channel();
        let id = broker.change(|state| state.add(sender));
        let client = Client::of(Link::Broker(Arc::clone(&broker), id));
        let responding = Arc::clone(&client);
        broker.spawn(id, "responses", move |broker| {
            broker
                .write(&outgoing, |response, values| responding.respond(values.message(response)?));
        })?;
        Ok(client)
    }

    /// Changes the state, and has done what follows.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock();
        let changed = change(&mut state);
        state.serve();
        self.state.notify(state);
        changed
    }

    /// Adds a child, and starts its two threads. Returns its id.
    pub fn connect(
        self: &Arc<Self>,
        responses: os_pipe::PipeWriter,
        requests: PipeReader,
        end: ChildEnd,
    ) -> io::Result<u64> {
        let responses = PipeWriter::to_child(responses, end.clone())?;
        let requests = ChildReader::new(requests, end);
        let (sender, outgoing) = mpsc::channel();
        let id = self.change(|state| state.add(sender));
        self.spawn(id, "writer", move |broker| {
            broker.write(&outgoing, |response, values| {
                values.write(response, |bytes| responses.write_all(bytes))
            });
        })?;
        self.spawn(id, "reader", move |broker| broker.read(id, requests))?;
        Ok(id)
    }

    /// Starts a thread for a client. If there are too many, the client is removed.
    fn spawn(
        self: &Arc<Self>,
        id: u64,
        name: &str,
        run: impl FnOnce(&Self) + Send + 'static,
    ) -> io::Result<()> {
        let broker = Arc::clone(self);
        let started = Builder::new().name(format!("queue {name} {id}")).spawn(move || run(&broker));
        started.map(drop).inspect_err(|_| self.change(|state| state.remove(id)))
    }

    /// Reads what a child requests until it ends, or sends garbage: then it can't be trusted any more. Does all
    /// that has been read before anything is sent, so that a flood travels in big messages.
    fn read(&self, id: u64, requests: ChildReader) {
        let request = |message| self.state.lock().request(id, message);
        read_all(requests, request, || self.change(|_| ()));
        self.change(|state| state.remove(id));
    }

    /// Writes what is for a client until it is removed. A failure is the client's end, which `read` sees.
    fn write(&self, outgoing: &Outgoing, write: impl Fn(Response, &Values) -> io::Result<()>) {
        sigpipe::block();
        for (response, values) in outgoing {
            let written = write(response, &values);
            if response == Response::Values {
                self.change(|state| state.written(written.is_err().then_some(values)));
            }
        }
    }
}
