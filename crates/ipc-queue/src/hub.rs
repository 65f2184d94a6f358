//! The queue in the process that made it: the middle of a star.
//!
//! Each child has two pipes of its own with the hub, so no lock crosses a process and a killed child
//! loses what it held, nothing else. For each child the hub has a thread that reads what it says and
//! a thread that writes what may not fit into its pipe. A child asks for values and gets one answer,
//! so nothing is on its way to a child that doesn't wait for it. All meet in [`State`], under one
//! lock, which nobody holds while reading or writing.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use os_pipe::PipeReader;
use task_utils::pipe_writer::PipeWriter;
use task_utils::{frame, sigpipe};

use crate::block::Block;
use crate::error::Error;
use crate::state::{HERE, Letter, State, What};
use crate::wire::{self, Control, Down, FRONT, Up};

#[derive(Default)]
pub(crate) struct Hub {
    shared: Mutex<Shared>,
    /// Values came, or there is room for more.
    values: Condvar,
    /// A child has ended, or can't go on.
    ends: Condvar,
    /// All values are taken and handled.
    handled: Condvar,
}

#[derive(Default)]
struct Shared {
    state: State,
    /// Those of the children that the state has.
    lines: BTreeMap<u64, Arc<Line>>,
    /// How many threads wait for `values`, and for `handled`. Waking nobody is a system call, too.
    waiting: usize,
    joining: usize,
}

/// How a child is reached.
struct Line {
    down: Arc<PipeWriter>,
    control: PipeWriter,
    writer: Sender<Order>,
}

/// What the writing thread of a child is to do.
enum Order {
    Write(Vec<Block>),
    /// Tell the child at this time that nothing came, if nothing did.
    Watch(Instant),
}

impl Hub {
    // ── this process ────────────────────────────────────────────────────────────────────────────

    pub fn put(&self, value: Block) -> Result<(), Error> {
        let mut shared = self.lock();
        while shared.state.is_full() {
            if shared.state.nobody_else_could_get(thread::current().id()) {
                return Err(Error::Full);
            }
            shared = self.wait(shared, None);
        }
        if shared.state.closed {
            return Err(Error::Closed);
        }
        shared.state.push(HERE, value);
        self.serve(shared);
        Ok(())
    }

    pub fn get(&self, timeout: Option<Duration>) -> Result<Vec<u8>, Error> {
        let mut shared = self.lock();
        shared.state.gets(thread::current().id());
        if let Some(value) = shared.state.pop() {
            self.serve(shared); // there may be room now
            return Ok(value);
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        shared.state.getting += 1;
        self.serve(shared); // a child may have values that it hasn't begun
        let mut shared = self.lock();
        let got = loop {
            if let Some(value) = shared.state.pop() {
                break Ok(value);
            }
            if shared.state.is_closed() {
                break Err(Error::Closed);
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                break Err(Error::TimedOut);
            }
            shared = self.wait(shared, deadline);
        };
        shared.state.getting -= 1;
        self.serve(shared); // there may be a value that this thread no longer waits for
        got
    }

    pub fn close(&self) {
        let mut shared = self.lock();
        shared.state.closed = true;
        self.serve(shared);
    }

    /// This process will neither put nor get.
    pub fn leave(&self) {
        self.lock().state.dropped = true;
        self.close();
    }

    /// Waits until all values are taken and each child that took some has come back or ended; an
    /// error if values are left and every child that was started has ended.
    pub fn join(&self) -> io::Result<()> {
        let mut shared = self.lock();
        shared.joining += 1;
        let busy = |shared: &mut Shared| shared.state.is_handled().is_none();
        let mut shared =
            self.handled.wait_while(shared, busy).unwrap_or_else(PoisonError::into_inner);
        shared.joining -= 1;
        match shared.state.is_handled() {
            None | Some(0) => Ok(()),
            Some(n) => Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                format!("{n} values are left in the queue, and no process that could get them"),
            )),
        }
    }

    /// Waits until a child has ended and all that it had put is in the queue; an error if it can't end,
    /// since it has more to put and nobody could get.
    pub fn wait_for_end(&self, id: u64) -> Result<(), Error> {
        let mut shared = self.lock();
        while shared.state.has(id) {
            let state = &shared.state;
            let stuck = state.is_blocked(id) && state.is_full() && !state.dropped;
            if stuck && state.nobody_else_could_get(thread::current().id()) {
                return Err(Error::Full);
            }
            shared = self.ends.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    // ── one child ───────────────────────────────────────────────────────────────────────────────

    /// Adds a child, and starts its two threads. Answers its number here, and what hears its first word.
    pub fn connect(
        self: &Arc<Self>,
        down: os_pipe::PipeWriter,
        control: os_pipe::PipeWriter,
        up: PipeReader,
    ) -> io::Result<(u64, Receiver<()>)> {
        let down = Arc::new(PipeWriter::new(down));
        let (writer, orders) = mpsc::channel();
        let control = PipeWriter::new(control);
        let line = Arc::new(Line { down: Arc::clone(&down), control, writer });
        let mut shared = self.lock();
        let id = shared.state.add();
        shared.lines.insert(id, Arc::clone(&line));
        drop(shared);
        let (hello, heard) = mpsc::channel();
        let (reading, writing) = (Arc::clone(self), Arc::clone(self));
        let thread = |name: &str| Builder::new().name(format!("queue {name} {id}"));
        thread("writer")
            .spawn(move || writing.write(id, &down, &orders))
            .and_then(|_| thread("reader").spawn(move || reading.read(id, &line, up, hello)))
            .map(|_| (id, heard))
            .inspect_err(|_| self.remove(id))
    }

    fn remove(&self, id: u64) {
        let mut shared = self.lock();
        shared.state.remove(id);
        shared.lines.remove(&id);
        self.serve(shared);
        self.ends.notify_all();
    }

    /// Reads what a child says until it ends. `hello` hears its first word.
    fn read(&self, id: u64, line: &Line, up: PipeReader, hello: Sender<()>) {
        sigpipe::block();
        let mut up = frame::Reader::new(up);
        // Garbage is the child's end too: it can't be trusted with the queue any more.
        while let Ok(Some(message)) = up.next() {
            if self.hear(id, line, message, &hello).is_err() {
                break;
            }
        }
        self.remove(id);
    }

    fn hear(&self, id: u64, line: &Line, message: Vec<u8>, hello: &Sender<()>) -> io::Result<()> {
        let (up, _) = frame::decode_first::<Up>(&message[frame::HEADER..])?;
        let values = if up.has_values() { Block::new(message)? } else { None };
        match (up, values) {
            (Up::Hello, _) => drop(hello.send(())), // whoever no longer waits needs no answer
            (Up::Put, Some(values)) => self.hear_put(id, line, values),
            (up, values) => {
                let mut shared = self.lock();
                let deadline = shared.state.hear(id, up, values)?;
                self.serve(shared);
                if let Some(deadline) = deadline {
                    let _ = line.writer.send(Order::Watch(deadline)); // or the child has ended
                }
            }
        }
        Ok(())
    }

    /// Waits until there is room, or nobody is left who could make any. Not reading any further
    /// meanwhile is what makes the child wait, once its pipe is full.
    fn hear_put(&self, id: u64, line: &Line, values: Block) {
        let mut shared = self.lock();
        while shared.state.is_full() {
            shared.state.set_blocked(id, true);
            if shared.state.dropped && shared.state.all_blocked() {
                return line.control(Control::Full); // and the values are nobody's loss
            }
            // Someone may wait for what can't come now.
            self.values.notify_all();
            self.ends.notify_all();
            shared = self.wait(shared, None);
        }
        shared.state.set_blocked(id, false);
        shared.state.push(id, values);
        self.serve(shared);
    }

    /// Writes the answers that may not fit into the child's pipe, and those about the time.
    fn write(&self, id: u64, down: &PipeWriter, orders: &Receiver<Order>) {
        sigpipe::block();
        let mut deadline = None;
        loop {
            match next(orders, deadline) {
                Ok(Order::Watch(time)) => deadline = Some(time),
                Ok(Order::Write(blocks)) => {
                    if let Err(blocks) = write(|message| down.write_all(message), blocks) {
                        let mut shared = self.lock();
                        shared.state.not_taken(id, blocks);
                        self.serve(shared);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    deadline = None;
                    if self.lock().state.gives_up(id, Instant::now()) {
                        let _ = tell(down, Down::TimedOut); // it has ended, if that is an error
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    // ── what all do ─────────────────────────────────────────────────────────────────────────────

    /// After any change: tells those who wait what there is to be told.
    fn serve<'a>(&'a self, mut shared: MutexGuard<'a, Shared>) {
        loop {
            let letters = shared.letters();
            let waiting = shared.waiting > 0;
            let handled = shared.joining > 0 && shared.state.is_handled().is_some();
            drop(shared);
            if waiting {
                self.values.notify_all();
            }
            if handled {
                self.handled.notify_all();
            }
            let mut refused = Vec::new();
            for (line, Letter { child, what }) in letters {
                refused.extend(line.send(what).err().map(|blocks| (child, blocks)));
            }
            if refused.is_empty() {
                return;
            }
            shared = self.lock();
            for (child, blocks) in refused {
                shared.state.not_taken(child, blocks);
            }
        }
    }

    fn wait<'a>(
        &'a self,
        mut shared: MutexGuard<'a, Shared>,
        deadline: Option<Instant>,
    ) -> MutexGuard<'a, Shared> {
        shared.waiting += 1;
        let mut shared = match deadline {
            None => self.values.wait(shared).unwrap_or_else(PoisonError::into_inner),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                self.values.wait_timeout(shared, left).unwrap_or_else(PoisonError::into_inner).0
            }
        };
        shared.waiting -= 1;
        shared
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next(orders: &Receiver<Order>, deadline: Option<Instant>) -> Result<Order, RecvTimeoutError> {
    match deadline {
        None => orders.recv().map_err(RecvTimeoutError::from),
        Some(time) => orders.recv_timeout(time.saturating_duration_since(Instant::now())),
    }
}

fn tell(down: &PipeWriter, word: Down) -> io::Result<()> {
    down.write_all(&wire::message(&word, &[])?)
}

impl Shared {
    fn letters(&mut self) -> Vec<(Arc<Line>, Letter)> {
        let letters = self.state.letters().into_iter();
        letters
            .filter_map(|letter| Some((self.lines.get(&letter.child)?.clone(), letter)))
            .collect()
    }
}

impl Line {
    /// Never waits for the child. Gives back the values of one that is gone.
    fn send(&self, what: What) -> Result<(), Vec<Block>> {
        match what {
            What::Values(blocks) => {
                let length = blocks.iter().map(|block| FRONT + block.len()).sum();
                if self.down.fits(length) {
                    return write(|message| self.down.write_all(message), blocks); // the child waits, so its pipe is empty
                }
                self.writer.send(Order::Write(blocks)).map_err(|refused| match refused.0 {
                    Order::Write(blocks) => blocks,
                    Order::Watch(_) => Vec::new(),
                })?;
            }
            What::Down(word) => drop(tell(&self.down, word)), // as in `control`
            What::Control(control) => self.control(control),
        }
        Ok(())
    }

    /// Short, and the child reads it at once; an error is its end, which its reading thread sees.
    fn control(&self, control: Control) {
        let message = wire::message(&control, &[]);
        let _ = message.and_then(|message| self.control.write_all(&message));
    }
}

/// Writes an answer. If the child is gone, gives back what it can't have read: a block that came through
/// whole may have been handled, and nobody gets a value twice.
fn write(
    mut pipe: impl FnMut(&[u8]) -> io::Result<()>,
    mut blocks: Vec<Block>,
) -> Result<(), Vec<Block>> {
    let last = blocks.len() - 1;
    let mut write = |(i, block): (usize, &mut Block)| {
        pipe(block.message(if i == last { Down::Values } else { Down::More })?)
    };
    match blocks.iter_mut().enumerate().position(|block| write(block).is_err()) {
        Some(broken) => Err(blocks.split_off(broken)),
        None => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;

    #[test]
    fn what_a_child_may_have_read_before_its_end_is_not_given_back() {
        let block = |n: u32| Block::new(wire::put(&n).unwrap()).unwrap().unwrap();
        let blocks = (0..3).map(|n| (n, block(n)));
        let answer = blocks
            .map(|(n, mut block)| {
                block.first = n.into();
                block
            })
            .collect();
        let mut room = 1;
        let pipe = |_: &[u8]| {
            let full = io::Error::from(io::ErrorKind::BrokenPipe);
            room -= 1;
            (room >= 0).then_some(()).ok_or(full)
        };
        let left = write(pipe, answer).unwrap_err();
        assert_eq!(left.iter().map(|block| block.first).collect::<Vec<_>>(), [1, 2]);
    }
}
