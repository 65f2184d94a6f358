//! The way from a client to its broker: a pipe from a child, a call in the process that made the queue.

use std::io;
use std::sync::Arc;

use crate::broker::Broker;
use crate::error::Error;
use crate::messages::{Request, message_with};
use crate::writer::CoalescingWriter;

pub(crate) enum Link {
    Pipe(Arc<CoalescingWriter>),
    Broker(Arc<Broker>, u64),
}

impl Link {
    /// The broker, if it is in this process, and the client's id there.
    pub fn broker(&self) -> io::Result<(&Arc<Broker>, u64)> {
        match self {
            Link::Broker(broker, id) => Ok((broker, *id)),
            Link::Pipe(_) => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "only the process that made the queue can start others with it, and join it",
            )),
        }
    }

    /// Whether the queue is full, where that is known without a message.
    pub fn is_full(&self) -> bool {
        matches!(self, Link::Broker(broker, _) if broker.state.lock().paused)
    }

    /// Sends a value. From a child, one of several that follow each other quickly may be on its way only
    /// a moment later.
    pub fn put(&self, message: Vec<u8>) -> Result<(), Error> {
        match self {
            Link::Pipe(pipe) => pipe.put(&message),
            Link::Broker(broker, id) => {
                broker.change(|state| state.request(*id, message)).map_err(|_| Error::Closed)
            }
        }
    }

    /// Sends any other request, also after [`close`](Self::close).
    pub fn send(&self, request: Request, values: &[u8]) -> io::Result<()> {
        let message = message_with(request, values)?;
        match self {
            Link::Pipe(pipe) => pipe.send(&message),
            Link::Broker(broker, id) => broker.change(|state| state.request(*id, message)),
        }
    }

    /// The client is gone. That of a child is when its process has ended.
    pub fn remove(&self) {
        if let Link::Broker(broker, id) = self {
            broker.change(|state| state.remove(*id));
        }
    }

    /// Sends no more values; those that were put are on their way before this returns.
    pub fn close(&self) -> io::Result<()> {
        match self {
            Link::Pipe(pipe) => pipe.close(&message_with(Request::Closed, &[])?),
            Link::Broker(..) => self.send(Request::Closed, &[]),
        }
    }
}
