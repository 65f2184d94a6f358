//! Writes messages at once when they come alone, and together when they follow each other quickly.

use std::io;
use std::mem::{replace, swap};
use std::sync::{Arc, Mutex};
use std::thread::{self, Builder, Thread};
use std::time::{Duration, Instant};

use os_pipe::PipeWriter;
use task_utils::{frame, pipe_writer, sigpipe};

use crate::error::Error;
use crate::sync::{WAITED, lock};

/// Short messages that follow each other faster than this are left to a thread that writes many at once.
const BURST: Duration = Duration::from_micros(4);
/// From this length on, a message is written by itself: copying it takes as long as a system call.
const LONG: usize = 8 << 10;
/// When so many bytes wait, the thread that puts the next message writes them, and so waits for the pipe.
const FULL: usize = 64 << 10;

/// The writing end of a pipe, for several threads.
pub(crate) struct CoalescingWriter {
    pending: Mutex<Pending>,
    /// Locked while writing, so that messages keep their order, and before `pending`.
    pipe: Mutex<Pipe>,
    /// How many bytes stand in front of the values of a message that others can join.
    front: Option<usize>,
}

/// The pipe, and a buffer that is empty between two writes.
type Pipe = (pipe_writer::PipeWriter, Vec<u8>);

/// What is not written yet.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// When the last message was put.
    last: Option<Instant>,
    /// The thread that writes, once there has been a burst.
    thread: Option<Thread>,
    broken: bool,
    closed: bool,
}

impl CoalescingWriter {
    /// Takes over a pipe. If `front` is given, a message that [`put`](Self::put) gets may join the one
    /// before it, without its first `front` bytes.
    pub fn new(pipe: PipeWriter, front: Option<usize>) -> Arc<Self> {
        let pipe = Mutex::new((pipe_writer::PipeWriter::new(pipe), Vec::new()));
        Arc::new(CoalescingWriter { pending: Mutex::default(), pipe, front })
    }

    /// Writes a message. A lone one is in the pipe when this returns; one that follows another within
    /// [`BURST`] may be left to the thread.
    pub fn put(self: &Arc<Self>, message: &[u8]) -> Result<(), Error> {
        let now = Instant::now();
        let mut pending = lock(&self.pending);
        let last = pending.last.replace(now);
        let is_burst = !WAITED.take() && last.is_some_and(|last| now - last < BURST);
        let has_room = message.len() < LONG && pending.bytes.len() < FULL;
        let is_open = !pending.closed && !pending.broken;
        if is_burst && has_room && is_open && self.wake(&mut pending) {
            let front = if pending.bytes.is_empty() { 0 } else { self.front.unwrap_or(0) };
            pending.bytes.extend_from_slice(&message[front..]);
            return Ok(());
        }
        drop(pending);
        let mut pipe = lock(&self.pipe);
        // Asked with the pipe locked, so that nothing comes behind the last message.
        if lock(&self.pending).closed {
            return Err(Error::Closed);
        }
        self.write(&mut pipe, message)?;
        lock(&self.pending).last = Some(Instant::now()); // the write itself may have taken long
        Ok(())
    }

    /// Writes a message, also after [`close`](Self::close).
    pub fn send(&self, message: &[u8]) -> io::Result<()> {
        self.write(&mut lock(&self.pipe), message)
    }

    /// Takes no more, and writes `last` behind all that was put.
    pub fn close(&self, last: &[u8]) -> io::Result<()> {
        let mut pending = lock(&self.pending);
        let closed = replace(&mut pending.closed, true);
        pending.thread.take().inspect(Thread::unpark);
        drop(pending);
        self.send(if closed { &[] } else { last })
    }

    /// Another end of the pipe, behind all that was put.
    pub fn try_clone(&self) -> io::Result<PipeWriter> {
        self.send(&[])?;
        lock(&self.pipe).0.get_ref().try_clone()
    }

    /// Writes what waits, and then the message.
    fn write(&self, (pipe, buffer): &mut Pipe, message: &[u8]) -> io::Result<()> {
        swap(&mut lock(&self.pending).bytes, buffer);
        if self.front.is_some() && !buffer.is_empty() {
            let header = frame::header(buffer.len() - frame::HEADER)?; // others have joined the first message
            buffer[..frame::HEADER].copy_from_slice(&header);
        }
        let both = [&buffer[..], message];
        let written = both.iter().filter(|b| !b.is_empty()).try_for_each(|b| pipe.write_all(b));
        buffer.clear();
        lock(&self.pending).broken |= written.is_err();
        written
    }

    /// Wakes the thread that writes. If there is none yet, starts it; `false` if that fails.
    fn wake(self: &Arc<Self>, pending: &mut Pending) -> bool {
        if pending.thread.is_none() {
            let this = Arc::clone(self);
            let thread = Builder::new().name("queue put".into()).spawn(move || this.write_bursts());
            pending.thread = thread.ok().map(|thread| thread.thread().clone());
        }
        pending.thread.as_ref().map(Thread::unpark).is_some()
    }

    fn write_bursts(&self) {
        sigpipe::block();
        while !lock(&self.pending).closed {
            let _ = self.send(&[]); // the next `put` returns the error
            thread::park();
        }
    }
}

#[cfg(test)]
mod tests;
