//! Writes messages at once when they come alone, and together when they follow each other quickly.

use std::io::{self, ErrorKind};
use std::mem::take;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::Builder;
use std::time::{Duration, Instant};

use os_pipe::PipeWriter;
use task_utils::{frame, pipe_writer, sigpipe};

use crate::sync::lock;

/// Messages that follow each other faster than this are left to a thread that writes many at once. Less
/// than the time there and back through two pipes, so that a lone request is written at once.
const BURST: Duration = Duration::from_micros(4);
/// When so many bytes wait, the thread that puts the next message writes them, and so waits for the pipe. A
/// message with so many bytes gets no further values.
const FULL: usize = 64 << 10;

/// The writing end of a pipe, for several threads.
pub(crate) struct CoalescingWriter {
    pending: Mutex<Pending>,
    /// Held while writing, so that messages keep their order. Locked before `pending`.
    pipe: Mutex<pipe_writer::PipeWriter>,
    more: Condvar,
    /// How many bytes stand in front of the values of a message that others can join.
    front: Option<usize>,
}

/// What is not written yet. The thread that writes waits only while this is empty, which it sees under
/// the lock; a thread that adds to it sees under the same lock whether the thread waits. So nothing is left.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// Where the last message starts, if values can join it.
    open: Option<usize>,
    /// When the last message was put.
    last: Option<Instant>,
    thread: Thread,
    broken: bool,
    ended: bool,
}

#[derive(Default, PartialEq)]
enum Thread {
    #[default]
    None,
    Waiting,
    Busy,
}

impl CoalescingWriter {
    /// Takes over a pipe. If `front` is given, a message that [`put`](Self::put) gets may join the one
    /// before it, without its first `front` bytes.
    pub fn new(pipe: PipeWriter, front: Option<usize>) -> Arc<Self> {
        Arc::new(CoalescingWriter {
            pending: Mutex::default(),
            pipe: Mutex::new(pipe_writer::PipeWriter::new(pipe)),
            more: Condvar::new(),
            front,
        })
    }

    /// Writes a message. A lone one is in the pipe when this returns; one that follows another within
    /// [`BURST`] may be left to the thread.
    pub fn put(self: &Arc<Self>, message: Vec<u8>) -> io::Result<()> {
        let now = Instant::now();
        let mut pending = lock(&self.pending);
        let burst = pending.last.replace(now).is_some_and(|last| now.duration_since(last) < BURST);
        if pending.broken {
            return Err(ErrorKind::BrokenPipe.into()); // and what nobody will read isn't kept
        }
        pending.add(message, self.front)?;
        if burst && pending.bytes.len() < FULL && self.has_thread(&mut pending) {
            return Ok(());
        }
        drop(pending);
        self.flush()?;
        lock(&self.pending).last = Some(Instant::now()); // the write itself may have taken long
        Ok(())
    }

    /// Writes a message, and all that was put before it.
    pub fn send(&self, message: &[u8]) -> io::Result<()> {
        let mut pending = lock(&self.pending);
        pending.bytes.extend_from_slice(message);
        pending.open = None;
        drop(pending);
        self.flush()
    }

    pub fn is_broken(&self) -> bool {
        lock(&self.pending).broken
    }

    /// Writes all that waits.
    pub fn flush(&self) -> io::Result<()> {
        let pipe = lock(&self.pipe);
        let mut pending = lock(&self.pending);
        let bytes = take(&mut pending.bytes);
        pending.open = None;
        drop(pending);
        if bytes.is_empty() {
            return Ok(()); // another thread has written it
        }
        let written = pipe.write_all(&bytes);
        let mut pending = lock(&self.pending);
        pending.broken |= written.is_err();
        if pending.bytes.is_empty() && bytes.capacity() <= 2 * FULL {
            pending.bytes = bytes; // for the next messages
            pending.bytes.clear();
        }
        written
    }

    /// Writes all that waits, and ends the thread, so that the pipe is closed when this is dropped.
    pub fn end(&self) {
        let _ = self.flush(); // nobody reads if that is an error
        lock(&self.pending).ended = true;
        self.more.notify_one();
    }

    /// Another end of the pipe, behind all that was put.
    pub fn try_clone(&self) -> io::Result<PipeWriter> {
        self.flush()?;
        lock(&self.pipe).get_ref().try_clone()
    }

    /// Wakes the thread that writes, or starts it; `false` if there can be none.
    fn has_thread(self: &Arc<Self>, pending: &mut Pending) -> bool {
        match pending.thread {
            Thread::Busy => return true,
            Thread::Waiting => self.more.notify_one(),
            Thread::None => {
                let myself = Arc::clone(self);
                let thread = Builder::new().name("queue put".into());
                if thread.spawn(move || myself.write_bursts()).is_err() {
                    return false;
                }
            }
        }
        pending.thread = Thread::Busy;
        true
    }

    fn write_bursts(&self) {
        sigpipe::block();
        loop {
            let _ = self.flush(); // the next `put` returns the error
            let mut pending = lock(&self.pending);
            while pending.bytes.is_empty() {
                if pending.ended {
                    return;
                }
                pending.thread = Thread::Waiting;
                pending = crate::sync::wait(&self.more, pending, crate::sync::Wait::Forever);
            }
            pending.thread = Thread::Busy;
        }
    }
}

impl Pending {
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
#[path = "writer_tests.rs"]
mod tests;
