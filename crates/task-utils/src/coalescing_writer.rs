//! Messages that are sent at once when they come alone, and in big writes when they are a flood.

use std::io::{self, ErrorKind};
use std::mem::take;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crate::pipe_writer::PipeWriter;

use crate::frame;

/// Messages that follow each other faster than this are a flood.
const FLOOD: Duration = Duration::from_micros(20);
/// When so many bytes wait, whoever puts the next message writes them, and so waits for the pipe.
const FULL: usize = 64 << 10;

/// The writing end of a pipe, for several threads.
///
/// ```
/// use task_utils::frame;
/// use task_utils::coalescing_writer::CoalescingWriter;
///
/// let (reader, writer) = os_pipe::pipe()?;
/// let out = CoalescingWriter::new(writer, frame::HEADER);
/// for value in [b"A", b"B"] {
///     let mut message = Vec::new();
///     frame::append(&mut message, |out| frame::append_item(out, |out| Ok(out.extend(value))))?;
///     out.put(message)?;
/// }
/// out.flush()?;
/// let message = frame::Reader::new(reader).next()?.unwrap();
/// assert_eq!(frame::split_first(&mut &message[frame::HEADER..])?, b"A");
/// # std::io::Result::Ok(())
/// ```
pub struct CoalescingWriter {
    pending: Mutex<Pending>,
    /// Held while writing, so that messages keep their order. Locked before `pending`.
    pipe: Mutex<PipeWriter>,
    more: Condvar,
    /// What stands in front of the items of a message that [`put`](Self::put) sends.
    front: usize,
}

/// What is not written yet. The thread that writes floods waits only while this is empty, which it sees
/// under the lock; whoever adds to it sees under the same lock whether the thread waits. So none is
/// left lying.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// Where the last message starts, if it has items, which more can join.
    open: Option<usize>,
    /// When the last message with items came.
    last: Option<Instant>,
    writer: Writer,
    broken: bool,
}

/// The thread that writes a flood.
#[derive(Default, PartialEq)]
enum Writer {
    #[default]
    None,
    Waiting,
    Busy,
}

impl CoalescingWriter {
    /// Takes over a pipe. What stands in front of the items in a message with items, its header and
    /// maybe a word, has `front` bytes, the same in each.
    pub fn new(pipe: os_pipe::PipeWriter, front: usize) -> Arc<Self> {
        Arc::new(CoalescingWriter {
            pending: Mutex::default(),
            pipe: Mutex::new(PipeWriter::new(pipe)),
            more: Condvar::new(),
            front,
        })
    }

    /// Sends a message with items. A lone one is in the pipe when this returns. One of a flood joins
    /// those that wait, and is left to a thread that writes all that has come meanwhile: 13 times as
    /// many small values a second. [`flush`](Self::flush) before the process ends.
    ///
    /// # Errors
    ///
    /// What the pipe answers, also to what was put before.
    pub fn put(self: &Arc<Self>, message: Vec<u8>) -> io::Result<()> {
        let now = Instant::now();
        let mut pending = lock(&self.pending);
        let flood = pending.last.replace(now).is_some_and(|last| now - last < FLOOD);
        if pending.broken {
            return Err(ErrorKind::BrokenPipe.into()); // and what nobody will read isn't kept
        }
        pending.add_items(message, self.front)?;
        if flood && pending.bytes.len() < FULL && self.has_writer(&mut pending) {
            return Ok(());
        }
        drop(pending);
        self.flush()
    }

    /// Sends a message, and all that was put before it.
    ///
    /// # Errors
    ///
    /// What the pipe answers.
    pub fn send(&self, message: &[u8]) -> io::Result<()> {
        let mut pending = lock(&self.pending);
        pending.bytes.extend_from_slice(message);
        pending.open = None;
        drop(pending);
        self.flush()
    }

    /// Writes all that waits; whoever comes second finds nothing left to be written.
    ///
    /// # Errors
    ///
    /// What the pipe answers.
    pub fn flush(&self) -> io::Result<()> {
        let pipe = lock(&self.pipe);
        let mut pending = lock(&self.pending);
        let bytes = take(&mut pending.bytes);
        pending.open = None;
        drop(pending);
        let written = pipe.write_all(&bytes);
        if written.is_err() {
            lock(&self.pending).broken = true;
        }
        written
    }

    /// Wakes the thread that writes, or starts it; `false` if there can be none.
    fn has_writer(self: &Arc<Self>, pending: &mut Pending) -> bool {
        match pending.writer {
            Writer::Busy => true,
            Writer::Waiting => {
                self.more.notify_one();
                pending.writer = Writer::Busy;
                true
            }
            Writer::None => {
                let myself = Arc::clone(self);
                let thread = Builder::new().name("pipe writer".into());
                let started = thread.spawn(move || myself.write_floods()).is_ok();
                if started {
                    pending.writer = Writer::Busy;
                }
                started
            }
        }
    }

    fn write_floods(&self) {
        loop {
            let _ = self.flush(); // an error is told to whoever puts next
            let mut pending = lock(&self.pending);
            while pending.bytes.is_empty() {
                pending.writer = Writer::Waiting;
                pending = self.more.wait(pending).unwrap_or_else(PoisonError::into_inner);
            }
            pending.writer = Writer::Busy;
        }
    }
}

impl Pending {
    fn add_items(&mut self, message: Vec<u8>, front: usize) -> io::Result<()> {
        match self.open {
            Some(start) if message.len() < FULL => {
                self.bytes.extend_from_slice(&message[front..]);
                frame::set_header(&mut self.bytes[start..])?;
            }
            _ if self.bytes.is_empty() => (self.open, self.bytes) = (Some(0), message),
            _ => {
                self.open = Some(self.bytes.len());
                self.bytes.extend_from_slice(&message);
            }
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use std::thread;

    use super::*;

    const EACH: u64 = if cfg!(miri) { 30 } else { 10_000 };
    const LONG: usize = if cfg!(miri) { 100 } else { 9_000 };

    type Value = (usize, u64, String);

    fn message(value: &Value) -> Vec<u8> {
        let mut message = Vec::new();
        let item = |out: &mut Vec<u8>| frame::append_item(out, |out| frame::encode(value, out));
        frame::append(&mut message, item).unwrap();
        message
    }

    #[test]
    fn what_several_threads_put_arrives_whole_and_in_the_order_of_each() {
        let (reader, writer) = os_pipe::pipe().unwrap();
        let out = CoalescingWriter::new(writer, frame::HEADER);
        let threads = [0, 1, 2].map(|thread| {
            let out = Arc::clone(&out);
            thread::spawn(move || {
                for n in 0..EACH {
                    let long = if n % 10 == 0 { "x".repeat(LONG) } else { String::new() };
                    out.put(message(&(thread, n, long))).unwrap();
                }
                let mut last = Vec::new();
                frame::append(&mut last, |_| Ok(())).unwrap();
                out.send(&last).unwrap();
            })
        });
        let (mut next, mut ended) = ([0; 3], 0);
        let mut messages = frame::Reader::new(reader);
        while ended < 3 {
            let message = messages.next().unwrap().unwrap();
            let mut items = &message[frame::HEADER..];
            ended += u32::from(items.is_empty());
            while !items.is_empty() {
                let item = frame::split_first(&mut items).unwrap();
                let (thread, n, _) = frame::decode::<Value>(item).unwrap();
                assert_eq!(n, next[thread]);
                next[thread] += 1;
            }
        }
        // A thread's last word came after all that it had put.
        assert_eq!(next, [EACH; 3]);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }

    #[test]
    fn a_broken_pipe_is_told_in_the_end() {
        let (reader, writer) = os_pipe::pipe().unwrap();
        let out = CoalescingWriter::new(writer, frame::HEADER);
        drop(reader);
        let value = (0, 0, String::new());
        while out.put(message(&value)).is_ok() {}
        assert!(out.put(message(&value)).is_err());
    }
}
