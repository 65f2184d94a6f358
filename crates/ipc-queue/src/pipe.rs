//! A pipe from one process to another, directly: no broker passes its values on.

use std::cell::RefCell;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use os_pipe::{PipeReader, PipeWriter};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use task_utils::{frame, handover};

use crate::ends;
use crate::error::Error;
use crate::messages::{ComesBack, message};
use crate::sync::{Deadline, WAITED, after};
use crate::writer::CoalescingWriter;

/// A pipe for values from one sender to one receiver: `multiprocessing.Pipe(duplex=False)`. For both
/// directions make two.
///
/// An end among the arguments of [`Process::start`](crate::Process::start) moves to the child. So the pipe
/// ends when its sender ends, and the receiver gets [`Error::Closed`] once all values are received.
///
/// # Errors
///
/// What the system returns if there are too few descriptors.
///
/// ```
/// let (sender, receiver) = ipc_queue::pipe::<String>()?;
/// sender.send(&"hello".into())?;
/// drop(sender);
/// assert_eq!(receiver.recv()?, "hello");
/// assert!(matches!(receiver.recv(), Err(ipc_queue::Error::Closed)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pipe<T>() -> io::Result<(Sender<T>, Receiver<T>)> {
    let (reader, writer) = handover::pipe()?;
    Ok((Sender::new(writer), Receiver::new(reader, Vec::new())))
}

/// The sending end of a [`pipe`]. Several threads may share it by reference.
pub struct Sender<T> {
    pipe: Arc<CoalescingWriter>,
    comes_back: ComesBack,
    value: PhantomData<fn(T)>,
}

impl<T: Serialize + DeserializeOwned> Sender<T> {
    /// Sends a value, and waits while the pipe is full: `Connection.send`.
    ///
    /// A value that follows another within 4 µs may leave the process a moment after this returns. A
    /// dropped sender waits for it, [`std::process::exit`] doesn't.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] if the receiver is gone, [`Error::Value`] for a value that can't be serialized or
    /// is too long.
    pub fn send(&self, value: &T) -> Result<(), Error> {
        let message =
            message((), |out| self.comes_back.encode(value, out)).map_err(Error::Value)?;
        self.pipe.put(&message).map_err(|error| match error {
            Error::Pipe(error) if error.kind() == io::ErrorKind::BrokenPipe => Error::Closed,
            error => error,
        })
    }
}

impl<T> Sender<T> {
    fn new(pipe: PipeWriter) -> Self {
        let pipe = CoalescingWriter::new(pipe, None);
        Sender { pipe, comes_back: ComesBack::default(), value: PhantomData }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let _ = self.pipe.close(&[]); // if that is an error, nobody reads
    }
}

/// The receiving end of a [`pipe`], for one thread at a time.
pub struct Receiver<T> {
    messages: RefCell<frame::Reader<PipeReader>>,
    value: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Receiver<T> {
    /// Receives the next value, waiting for one: `Connection.recv`.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] if the sender is gone and nothing is left; [`Error::Truncated`] before it if the
    /// sender ended in the middle of a value; [`Error::Value`] if the value isn't a `T`.
    pub fn recv(&self) -> Result<T, Error> {
        self.recv_until(None)
    }

    /// [`recv`](Self::recv), but it waits only for so long: `Connection.poll(timeout)` and `recv`. No value
    /// is lost by it.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] after `timeout`, and as [`recv`](Self::recv). On Windows
    /// [`io::ErrorKind::Unsupported`], where no value has been received ahead: a pipe can't be waited for
    /// without reading from it there.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, Error> {
        self.recv_until(after(timeout))
    }

    /// Receives a value if there is one now.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] if there is none, and as [`recv_timeout`](Self::recv_timeout).
    pub fn try_recv(&self) -> Result<T, Error> {
        self.recv_timeout(Duration::ZERO)
    }

    /// The values one after the other, until the sender is gone.
    pub fn iter(&self) -> impl Iterator<Item = Result<T, Error>> {
        std::iter::from_fn(|| Some(self.recv()).filter(|got| !matches!(got, Err(Error::Closed))))
    }

    fn recv_until(&self, deadline: Deadline) -> Result<T, Error> {
        let mut messages = self.messages.borrow_mut();
        loop {
            if let Some(message) = messages.next_buffered()? {
                return frame::decode(&message[frame::HEADER..]).map_err(Error::Value);
            }
            if let Some(deadline) = deadline {
                let left = deadline.saturating_duration_since(Instant::now());
                if !handover::is_readable(messages.get_ref(), left)? {
                    return Err(Error::TimedOut);
                }
            }
            WAITED.set(true);
            if messages.fill()? == 0 {
                let nothing_left = messages.take_rest().is_empty();
                return Err(if nothing_left { Error::Closed } else { Error::Truncated });
            }
        }
    }
}

impl<T> Receiver<T> {
    fn new(pipe: PipeReader, rest: Vec<u8>) -> Self {
        let messages = RefCell::new(frame::Reader::with_rest(pipe, rest));
        Receiver { messages, value: PhantomData }
    }
}

/// Only as an argument of [`Process::start`](crate::Process::start).
impl<T> Serialize for Sender<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ends::send_end(self.pipe.try_clone())?;
        serializer.serialize_unit()
    }
}

impl<'de, T> Deserialize<'de> for Sender<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer)?;
        ends::receive_end().map(Sender::new)
    }
}

/// Only as an argument of [`Process::start`](crate::Process::start); what has been read ahead goes along.
impl<T> Serialize for Receiver<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut messages = self.messages.borrow_mut();
        ends::send_end(messages.get_ref().try_clone())?;
        messages.take_rest().serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Receiver<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rest = Vec::deserialize(deserializer)?;
        Ok(Receiver::new(ends::receive_end()?, rest))
    }
}
