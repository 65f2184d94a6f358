//! The queue in the process that made it: the middle of a star.
//!
//! Each child has two pipes of its own with the hub, so no lock crosses a process and a killed child
//! loses what it held, nothing else. For each child the hub has a thread that reads what it says and
//! a thread that writes what may not fit into its pipe. A child asks for values and gets one answer,
//! so nothing is on its way to a child that doesn't wait for it.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use os_pipe::{PipeReader, PipeWriter};
use task_utils::{frame, respawn};

use crate::error::Error;
use crate::wire::{self, Control, Down, Up};

/// How many bytes may wait in the queue before those who put have to wait.
const ROOM: usize = 64 << 20;
/// How many bytes of values go into one answer, unless one value has more.
const ANSWER: usize = 64 << 10;
/// What fits into an empty pipe on every system.
const FITS: usize = 4096;

#[derive(Default)]
pub(crate) struct Hub {
    state: Mutex<State>,
    /// Something came, went or ended.
    news: Condvar,
}

/// A value with its place in the order in which they came; given back, it takes that place again.
type Placed = (u64, Vec<u8>);

#[derive(Default)]
struct State {
    values: VecDeque<Placed>,
    came: u64,
    bytes: usize,
    children: BTreeMap<u64, Child>,
    started: u64,
    /// This process has closed the queue.
    closed: bool,
    /// Who waits for values, the longest first.
    waiting: VecDeque<Wish>,
    /// How many threads of this process wait in `get`, and who ever did.
    getting: usize,
    getters: Getters,
    /// This process has dropped its queue.
    dropped: bool,
}

/// The threads of this process that have called `get`, and may again.
#[derive(Default, Clone, Copy, PartialEq)]
enum Getters {
    #[default]
    None,
    One(ThreadId),
    Several,
}

#[derive(Clone, Copy)]
struct Wish {
    child: u64,
    count: usize,
    deadline: Option<Instant>,
}

struct Child {
    down: Arc<PipeWriter>,
    control: PipeWriter,
    may_put: bool,
    /// The places of the values that it was given and has not come back from.
    held: Vec<u64>,
    recalled: bool,
    /// Whether it ever asked for values.
    gets: bool,
    /// Whether it can't put, since there is no room.
    blocked: bool,
    /// Counts the batches of values it was given.
    batch: u64,
    /// An answer for the writing thread, and the values in it.
    answer: Option<(Vec<u8>, Vec<Placed>)>,
    /// Wakes the writing thread: an answer, a deadline or the end.
    wake: Arc<Condvar>,
}

impl Hub {
    // ── this process ────────────────────────────────────────────────────────────────────────────

    pub fn put(&self, value: Vec<u8>) -> Result<(), Error> {
        let mut state = self.lock();
        while state.bytes > ROOM {
            if state.nobody_else_could_get() {
                return Err(Error::Full);
            }
            state = wait_until(&self.news, state, None);
        }
        if state.closed {
            return Err(Error::Closed);
        }
        state.push_back(value);
        self.serve(state);
        Ok(())
    }

    pub fn get(&self, timeout: Option<Duration>) -> Result<Vec<u8>, Error> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.lock();
        state.getters = state.getters.and(thread::current().id());
        state.getting += 1;
        let got = loop {
            if !state.is_ahead(None)
                && let Some((_, value)) = state.pop()
            {
                break Ok(value);
            }
            if state.is_closed() {
                break Err(Error::Closed);
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                break Err(Error::TimedOut);
            }
            state.recall();
            state = wait_until(&self.news, state, deadline);
        };
        state.getting -= 1;
        self.serve(state); // there may be room now, or a value that this thread didn't wait for
        got
    }

    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.serve(state);
    }

    /// This process will neither put nor get.
    pub fn leave(&self) {
        self.lock().dropped = true;
        self.close();
    }

    /// Waits until all values are taken and each child that took some has come back or ended; an
    /// error if values are left and every child that was started has ended.
    pub fn join(&self) -> io::Result<()> {
        let left = |state: &State| !state.values.is_empty();
        let gone =
            |state: &State| state.started > 0 && state.children.is_empty() && state.getting == 0;
        let busy = |state: &mut State| {
            left(state) && !gone(state)
                || state.children.values().any(|child| !child.held.is_empty())
        };
        let state = self.news.wait_while(self.lock(), busy).unwrap_or_else(PoisonError::into_inner);
        match state.values.len() {
            0 => Ok(()),
            n => Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                format!("{n} values are left in the queue, and no process that could get them"),
            )),
        }
    }

    // ── one child ───────────────────────────────────────────────────────────────────────────────

    pub fn add(&self, down: PipeWriter, control: PipeWriter) -> u64 {
        let mut state = self.lock();
        state.started += 1;
        let id = state.started;
        let down = Arc::new(down);
        let wake = Arc::new(Condvar::new());
        let child = Child {
            down,
            control,
            may_put: true,
            held: Vec::new(),
            recalled: false,
            gets: false,
            blocked: false,
            batch: 0,
            answer: None,
            wake,
        };
        state.children.insert(id, child);
        id
    }

    /// Reads what a child says until it ends. `hello` hears its first word.
    pub fn read(&self, id: u64, up: PipeReader, hello: Sender<()>) {
        respawn::broken_pipes_are_errors();
        let mut up = frame::Reader::new(up);
        // Garbage is the child's end too: it can't be trusted with the queue any more.
        while let Ok(Some(message)) = up.next() {
            if self.hear(id, message, &hello).is_err() {
                break;
            }
        }
        self.remove(id);
    }

    fn hear(&self, id: u64, message: &[u8], hello: &Sender<()>) -> io::Result<()> {
        let (up, rest) = frame::decode_first::<Up>(message)?;
        let mut state = self.lock();
        let child = state.children.get_mut(&id).ok_or(io::ErrorKind::NotFound)?;
        match up {
            Up::Hello => drop(hello.send(())), // whoever no longer waits needs no answer
            Up::Put => {
                // Not reading any further is what makes the child wait, once its pipe is full.
                state = self.wait_for_room(state, id);
                if state.bytes > ROOM {
                    state.tell_on_control(id, Control::Full); // and the value is nobody's loss
                } else {
                    state.push_back(rest.to_vec());
                }
            }
            Up::Want { count, timeout } => {
                (child.held, child.recalled, child.gets) = (Vec::new(), false, true);
                let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
                if deadline.is_some() {
                    child.wake.notify_one();
                }
                state.waiting.push_back(Wish { child: id, count: count as usize, deadline });
            }
            Up::GaveBack => {
                let values = wire::values(rest).take(child.held.len() + 1);
                let values: Vec<_> = values.collect::<io::Result<_>>()?;
                let taken = child.held.len().checked_sub(values.len());
                let taken = taken.ok_or_else(|| frame::garbage("more values than it was given"))?;
                let places = child.held.split_off(taken);
                child.held.truncate(1); // however many it took, it may be at work on the last
                for (place, value) in places.into_iter().zip(values) {
                    state.put_back((place, value.to_vec()));
                }
            }
            Up::Closed => child.may_put = false,
        }
        self.serve(state);
        Ok(())
    }

    /// Waits until there is room, or nobody is left who could make any.
    fn wait_for_room<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        id: u64,
    ) -> MutexGuard<'a, State> {
        while state.bytes > ROOM {
            state.set_blocked(id, true);
            if state.dropped && state.all_blocked() {
                break;
            }
            self.news.notify_all(); // someone may wait for what can't come now
            state = wait_until(&self.news, state, None);
        }
        state.set_blocked(id, false);
        state
    }

    /// Writes the answers that may not fit into the child's pipe, and those about the time.
    pub fn write(&self, id: u64) {
        respawn::broken_pipes_are_errors();
        let mut state = self.lock();
        while let Some(child) = state.children.get_mut(&id) {
            let wake = Arc::clone(&child.wake);
            if let Some((message, values)) = child.answer.take() {
                let down = Arc::clone(&child.down);
                drop(state);
                let written = (&*down).write_all(&message);
                drop(down);
                state = self.lock();
                if written.is_err() {
                    state.not_taken(id, values);
                    state.serve();
                }
                continue;
            }
            let wish = state.waiting.iter().find(|wish| wish.child == id);
            let deadline = wish.and_then(|wish| wish.deadline);
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                state.waiting.retain(|wish| wish.child != id);
                state.tell(id, Down::TimedOut);
                continue;
            }
            state = wait_until(&wake, state, deadline);
        }
    }

    pub fn remove(&self, id: u64) {
        let mut state = self.lock();
        state.waiting.retain(|wish| wish.child != id);
        if let Some((_, values)) = state.children.get_mut(&id).and_then(|child| child.answer.take())
        {
            state.not_taken(id, values);
        }
        if let Some(child) = state.children.remove(&id) {
            child.wake.notify_one();
        }
        self.serve(state);
    }

    /// Waits until a child has ended and all that it had put is in the queue; an error if it can't end,
    /// since it has more to put and nobody could get.
    pub fn wait_for_end(&self, id: u64) -> Result<(), Error> {
        let mut state = self.lock();
        while let Some(child) = state.children.get(&id) {
            let stuck = child.blocked && state.bytes > ROOM && !state.dropped;
            if stuck && state.nobody_else_could_get() {
                return Err(Error::Full);
            }
            state = wait_until(&self.news, state, None);
        }
        Ok(())
    }

    fn serve(&self, mut state: MutexGuard<'_, State>) {
        state.serve();
        drop(state);
        self.news.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait_until<'a>(
    condition: &Condvar,
    state: MutexGuard<'a, State>,
    deadline: Option<Instant>,
) -> MutexGuard<'a, State> {
    let Some(deadline) = deadline else {
        return condition.wait(state).unwrap_or_else(PoisonError::into_inner);
    };
    let left = deadline.saturating_duration_since(Instant::now());
    condition.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
}

impl Getters {
    fn and(self, thread: ThreadId) -> Getters {
        match self {
            Getters::None => Getters::One(thread),
            Getters::One(first) if first == thread => self,
            _ => Getters::Several,
        }
    }
}

impl State {
    fn push_back(&mut self, value: Vec<u8>) {
        self.bytes += value.len();
        self.came += 1;
        self.values.push_back((self.came, value));
    }

    fn put_back(&mut self, (place, value): Placed) {
        self.bytes += value.len();
        let at = self.values.partition_point(|(other, _)| *other < place);
        self.values.insert(at, (place, value));
    }

    fn pop(&mut self) -> Option<Placed> {
        let (place, value) = self.values.pop_front()?;
        self.bytes -= value.len();
        Some((place, value))
    }

    fn set_blocked(&mut self, id: u64, blocked: bool) {
        if let Some(child) = self.children.get_mut(&id) {
            child.blocked = blocked;
        }
    }

    fn all_blocked(&self) -> bool {
        self.children.values().all(|child| child.blocked)
    }

    /// Whether the queue stays full: each child waits to put, and no thread of this process but
    /// the one that asks has ever got from it.
    fn nobody_else_could_get(&self) -> bool {
        let me = Getters::One(thread::current().id());
        self.getting == 0
            && (self.getters == Getters::None || self.getters == me)
            && self.all_blocked()
    }

    /// Nobody can put any more and nothing is left, also not with a child that may give it back.
    fn is_closed(&self) -> bool {
        self.closed
            && self.values.is_empty()
            && !self.children.values().any(|child| child.may_put || child.held.len() > 1)
    }

    /// Answers those who wait, as far as there is something to answer.
    fn serve(&mut self) {
        while let Some(wish) = self.waiting.front().copied() {
            // A thread of this process that waits is one who waits, too.
            if self.values.len() > self.getting && !self.is_ahead(Some(wish.child)) {
                self.waiting.pop_front();
                self.give(wish);
            } else if self.is_closed() {
                self.waiting.pop_front();
                self.tell(wish.child, Down::Closed);
            } else {
                self.recall();
                return;
            }
        }
    }

    fn give(&mut self, wish: Wish) {
        let most = if self.is_sole_reader(wish.child) { wish.count } else { 1 };
        let (mut values, mut bytes) = (Vec::new(), 0);
        while values.is_empty() || values.len() < most && bytes < ANSWER {
            let Some(value) = self.pop() else { break };
            bytes += value.1.len();
            if bytes > ANSWER && !values.is_empty() {
                self.put_back(value);
                break;
            }
            values.push(value);
        }
        let message = wire::message(&Down::Values, |out| {
            wire::push_values(out, values.iter().map(|(_, value)| value))
        });
        let (Some(child), Ok(message)) = (self.children.get_mut(&wish.child), message) else {
            return values.into_iter().for_each(|value| self.put_back(value));
        };
        child.held = values.iter().map(|(place, _)| *place).collect();
        child.batch += 1;
        if message.len() > FITS {
            child.answer = Some((message, values));
            child.wake.notify_one();
        } else if (&*child.down).write_all(&message).is_err() {
            // The child waits, so its pipe is empty and this write doesn't block; it is gone if it fails.
            self.not_taken(wish.child, values);
        }
    }

    /// The child was gone before it could take these.
    fn not_taken(&mut self, id: u64, values: Vec<Placed>) {
        if let Some(child) = self.children.get_mut(&id) {
            child.held.clear();
        }
        values.into_iter().for_each(|value| self.put_back(value));
    }

    fn tell(&mut self, id: u64, down: Down) {
        if let (Some(child), Ok(message)) =
            (self.children.get(&id), wire::message(&down, |_| Ok(())))
        {
            let _ = (&*child.down).write_all(&message); // as in `give`
        }
    }

    /// Whether a child other than `reader` may have values that it hasn't taken. They are older than
    /// those in the queue, so they have to come back before another reader is given any: each reader
    /// is to see each writer's values in their order.
    fn is_ahead(&self, reader: Option<u64>) -> bool {
        self.children.iter().any(|(id, child)| Some(*id) != reader && child.held.len() > 1)
    }

    /// Whether nobody but this child gets values. Only then is it given some ahead: with several
    /// readers each takes one at a time, so none waits behind a reader that is busy.
    fn is_sole_reader(&self, reader: u64) -> bool {
        self.getters == Getters::None
            && !self.children.iter().any(|(id, child)| *id != reader && child.gets)
    }

    /// Someone waits: asks those who may have values that they haven't taken.
    fn recall(&mut self) {
        let ahead =
            self.children.iter_mut().filter(|(_, child)| child.held.len() > 1 && !child.recalled);
        let asked: Vec<_> = ahead
            .map(|(id, child)| {
                child.recalled = true;
                (*id, child.batch)
            })
            .collect();
        for (id, batch) in asked {
            self.tell_on_control(id, Control::Recall { batch });
        }
    }

    fn tell_on_control(&mut self, id: u64, control: Control) {
        if let (Some(child), Ok(message)) =
            (self.children.get_mut(&id), wire::message(&control, |_| Ok(())))
        {
            let _ = child.control.write_all(&message); // short, and the child reads it at once
        }
    }
}
