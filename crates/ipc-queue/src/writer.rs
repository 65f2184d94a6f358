//! Writes messages at once when they come alone, and together when they follow each other quickly.

use std::io::{self, ErrorKind};
use std::mem::{replace, take};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use os_pipe::PipeWriter;
use task_utils::{frame, pipe_writer, sigpipe};

use crate::error::Error;
use crate::sync::Monitor;

/// Messages that follow each other faster than this are left to a thread that writes many at once. Less
/// than the time there and back through two pipes, so that a lone request is written at once.
const BURST: Duration = Duration::from_micros(4);
/// When so many bytes wait, the thread that puts the next message writes them, and so waits for the pipe. A
/// message with so many bytes gets no further values.
const FULL: usize = 64 << 10;

/// The writing end of a pipe, for several threads.
pub(crate) struct CoalescingWriter {
    pending: Monitor<Pending>,
    /// Held while writing, so that messages keep their order. Locked before `pending`.
    pipe: Mutex<pipe_writer::PipeWriter>,
    /// How many bytes stand in front of the values of a message that others can join.
    front: Option<usize>,
}

/// What is not written yet.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// Where the last message starts, if values can join it.
    open: Option<usize>,
    /// When the last message was put.
    last: Option<Instant>,
    /// Whether the thread that writes was started.
    has_thread: bool,
    broken: bool,
    closed: bool,
}

impl CoalescingWriter {
    /// Takes over a pipe. If `front` is given, a message that [`put`](Self::put) gets may join the one
    /// before it, without its first `front` bytes.
    pub fn new(pipe: PipeWriter, front: Option<usize>) -> Arc<Self> {
        let pipe = Mutex::new(pipe_writer::PipeWriter::new(pipe));
        Arc::new(CoalescingWriter { pending: Monitor::default(), pipe, front })
    }

    /// Writes a message. A lone one is in the pipe when this returns; one that follows another within
    /// [`BURST`] may be left to the thread.
    pub fn put(self: &Arc<Self>, message: Vec<u8>) -> Result<(), Error> {
        let now = Instant::now();
        let mut pending = self.pending.lock();
        pending.check()?;
        let burst = pending.last.replace(now).is_some_and(|last| now.duration_since(last) < BURST);
        pending.add(message, self.front)?;
        if burst && pending.bytes.len() < FULL && self.has_thread(&mut pending) {
            self.pending.notify();
            return Ok(());
        }
        drop(pending);
        self.flush()?;
        self.pending.lock().last = Some(Instant::now()); // the write itself may have taken long
        Ok(())
    }

    /// Writes a message, also after [`close`](Self::close).
    pub fn send(&self, message: &[u8]) -> io::Result<()> {
        self.pending.lock().append(message);
        self.flush()
    }

    /// Takes no more, and writes `last` behind all that was put.
    pub fn close(&self, last: &[u8]) -> io::Result<()> {
        let mut pending = self.pending.lock();
        if !replace(&mut pending.closed, true) {
            pending.append(last);
        }
        drop(pending);
        self.pending.notify();
        self.flush()
    }

    /// Another end of the pipe, behind all that was put.
    pub fn try_clone(&self) -> io::Result<PipeWriter> {
        self.flush()?;
        self.lock_pipe().get_ref().try_clone()
    }

    fn flush(&self) -> io::Result<()> {
        let pipe = self.lock_pipe();
        let mut pending = self.pending.lock();
        let bytes = take(&mut pending.bytes);
        pending.open = None;
        drop(pending);
        if bytes.is_empty() {
            return Ok(()); // another thread has written it
        }
        let written = pipe.write_all(&bytes);
        let mut pending = self.pending.lock();
        pending.broken |= written.is_err();
        if pending.bytes.is_empty() && bytes.capacity() <= 2 * FULL {
            pending.bytes = bytes; // for the next messages
            pending.bytes.clear();
        }
        written
    }

    fn lock_pipe(&self) -> std::sync::MutexGuard<'_, pipe_writer::PipeWriter> {
        self.pipe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a thread that writes; if there is none yet, starts it.
    fn has_thread(self: &Arc<Self>, pending: &mut Pending) -> bool {
        if !pending.has_thread {
            let myself = Arc::clone(self);
            let thread = Builder::new().name("queue put".into());
            pending.has_thread = thread.spawn(move || myself.write_bursts()).is_ok();
        }
        pending.has_thread
    }

    fn write_bursts(&self) {
        sigpipe::block();
        let more = |pending: &mut Pending| {
            (pending.closed || !pending.bytes.is_empty()).then_some(pending.closed)
        };
        loop {
            let (pending, closed) = self.pending.wait_for(self.pending.lock(), None, more);
            drop(pending);
            if closed != Some(false) {
                return;
            }
            let _ = self.flush(); // the next `put` returns the error
        }
    }
}

impl Pending {
    /// An error if nothing more can be put.
    fn check(&self) -> Result<(), Error> {
        match (self.closed, self.broken) {
            (true, _) => Err(Error::Closed),
            (_, true) => Err(Error::Pipe(ErrorKind::BrokenPipe.into())), // nobody would read it
            _ => Ok(()),
        }
    }

    fn append(&mut self, message: &[u8]) {
        self.bytes.extend_from_slice(message);
        self.open = None;
    }

    fn add(&mut self, message: Vec<u8>, front: Option<usize>) -> io::Result<()> {
        match (self.open, front) {
            (Some(start), Some(front)) if self.bytes.len() - start + message.len() <= 2 * FULL => {
                self.bytes.extend_from_slice(&message[front..]);
                frame::set_header(&mut self.bytes[start..])?;
            }
            _ if self.bytes.is_empty() && message.len() >= FULL => {
                (self.open, self.bytes) = (Some(0), message);
            }
            _ => {
                self.open = Some(self.bytes.len());
                self.bytes.extend_from_slice(&message);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
