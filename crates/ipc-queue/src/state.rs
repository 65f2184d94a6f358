//! Who gets which values: what is in the queue, who waits, who may still put. No thread, no pipe here.
//!
//! Four rules make the rest follow:
//! * A value is in the queue or with one child, never in two places.
//! * A reader is given as many as it handles in about a millisecond, and no more than its share. So a
//!   flood travels in big messages, and slow readers are given one at a time.
//! * While a reader has values of a writer that it hasn't taken, nobody else is given any of that
//!   writer. So each reader sees each writer's values in their order, also if they come back.
//! * A reader that has values it hasn't taken is asked for them as soon as another waits.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::ops::Range;
use std::thread::ThreadId;
use std::time::Instant;

use task_utils::frame;

use crate::block::Block;
use crate::wire::{Control, Down, Up};

/// How many bytes may wait in the queue before those who put have to wait.
const ROOM: usize = 64 << 20;
/// How many bytes of values go into one answer, unless one value has more. (One value of 64 KiB for
/// each answer: 0.85 of the speed.)
const ANSWER: usize = 200 << 10;
/// This process, among the writers.
pub(crate) const HERE: u64 = 0;

#[derive(Default)]
pub(crate) struct State {
    /// Each writer's values.
    streams: BTreeMap<u64, VecDeque<Block>>,
    /// The values in `streams`, and their bytes.
    count: usize,
    bytes: usize,
    /// How many blocks came; and values of this process.
    came: u64,
    put_here: u64,
    children: BTreeMap<u64, Child>,
    started: u64,
    /// This process has closed the queue; and dropped it.
    pub closed: bool,
    pub dropped: bool,
    /// Who waits for values, the longest first.
    waiting: VecDeque<Wish>,
    /// How many threads of this process wait in `get`, and who ever did.
    pub getting: usize,
    getters: Getters,
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

#[derive(Default)]
struct Child {
    /// It puts no more.
    closed: bool,
    /// How many values it has put.
    put: u64,
    /// The values that it was given and has not come back from: their writer and places.
    held: (u64, Range<u64>),
    recalled: bool,
    /// Whether it ever asked for values.
    gets: bool,
    /// Whether it can't put, since there is no room.
    blocked: bool,
    /// Counts the batches of values it was given.
    batch: u64,
}

/// What is to be told to a child.
pub(crate) struct Letter {
    pub child: u64,
    pub what: What,
}

pub(crate) enum What {
    Values(Vec<Block>),
    Down(Down),
    Control(Control),
}

impl State {
    // ── values ──────────────────────────────────────────────────────────────────────────────────

    /// Puts a writer's next values into the queue.
    pub fn push(&mut self, writer: u64, mut block: Block) {
        let child = self.children.get_mut(&writer);
        let put = child.map_or(&mut self.put_here, |child| &mut child.put);
        (block.writer, block.first, block.came) = (writer, *put, self.came);
        *put += block.count as u64;
        self.came += 1;
        self.count += block.count;
        self.bytes += block.len();
        let stream = self.streams.entry(writer).or_default();
        let left = match stream.back_mut() {
            Some(last) => last.join(block),
            None => Some(block),
        };
        stream.extend(left);
    }

    /// Puts values back to where they were.
    fn put_back(&mut self, block: Block) {
        self.count += block.count;
        self.bytes += block.len();
        let stream = self.streams.entry(block.writer).or_default();
        let at = stream.partition_point(|other| other.first < block.first);
        stream.insert(at, block);
    }

    /// The writer whose values came first, of those that this reader may get.
    fn writer_for(&self, reader: Option<u64>) -> Option<u64> {
        let ahead = |writer: u64| {
            self.children.iter().any(|(id, child)| {
                Some(*id) != reader && child.held.0 == writer && child.may_give_back()
            })
        };
        let fronts = self.streams.values().filter_map(VecDeque::front);
        let free = fronts.filter(|block| !ahead(block.writer));
        free.min_by_key(|block| block.came).map(|block| block.writer)
    }

    /// Takes the value that came first, for this process.
    pub fn pop(&mut self) -> Option<Vec<u8>> {
        let writer = self.writer_for(None)?;
        let stream = self.streams.get_mut(&writer)?;
        let block = stream.front_mut()?;
        let before = block.len();
        let value = block.pop()?;
        self.bytes -= before - block.len();
        self.count -= 1;
        if block.count == 0 {
            stream.pop_front();
        }
        Some(value)
    }

    pub fn is_full(&self) -> bool {
        self.bytes > ROOM
    }

    #[cfg(test)]
    pub fn counts(&self) -> (usize, usize) {
        (self.count, self.bytes)
    }

    /// Nobody can put any more and nothing is left, also not with a child that may give it back.
    pub fn is_closed(&self) -> bool {
        let may_come = |child: &Child| !child.closed || child.may_give_back();
        self.closed && self.count == 0 && !self.children.values().any(may_come)
    }

    /// Whether all values are taken and handled, or nobody is left who could: how many are left.
    pub fn is_handled(&self) -> Option<usize> {
        let gone = self.started > 0 && self.children.is_empty() && self.getting == 0;
        let handled = self.children.values().all(|child| child.held.1.is_empty());
        (handled && (self.count == 0 || gone)).then_some(self.count)
    }

    // ── this process ────────────────────────────────────────────────────────────────────────────

    pub fn gets(&mut self, thread: ThreadId) {
        self.getters = match self.getters {
            Getters::None => Getters::One(thread),
            Getters::One(first) if first == thread => Getters::One(first),
            _ => Getters::Several,
        };
    }

    /// Whether the queue stays full: each child waits to put, and no thread of this process but
    /// this one has ever got from it.
    pub fn nobody_else_could_get(&self, me: ThreadId) -> bool {
        self.getting == 0
            && (self.getters == Getters::None || self.getters == Getters::One(me))
            && self.all_blocked()
    }

    // ── children ────────────────────────────────────────────────────────────────────────────────

    pub fn add(&mut self) -> u64 {
        self.started += 1;
        self.children.insert(self.started, Child::default());
        self.started
    }

    pub fn remove(&mut self, id: u64) {
        self.waiting.retain(|wish| wish.child != id);
        self.children.remove(&id);
        self.streams.retain(|id, stream| !stream.is_empty() || self.children.contains_key(id));
    }

    pub fn has(&self, id: u64) -> bool {
        self.children.contains_key(&id)
    }

    /// Notes what a child says; answers until when it will wait.
    pub fn hear(&mut self, id: u64, up: Up, values: Option<Block>) -> io::Result<Option<Instant>> {
        let Some(child) = self.children.get_mut(&id) else { return Ok(None) };
        match up {
            Up::Want { count, timeout } => {
                // It is done with the values it had.
                (child.held.1, child.recalled, child.gets) = (0..0, false, true);
                let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
                self.waiting.push_back(Wish { child: id, count: count as usize, deadline });
                return Ok(deadline);
            }
            Up::GaveBack => self.gives_back(id, values)?,
            Up::Closed => child.closed = true,
            Up::Put => values.into_iter().for_each(|values| self.push(id, values)),
            Up::Hello => {}
        }
        Ok(None)
    }

    /// It gives back the last of the values it had, if any.
    fn gives_back(&mut self, id: u64, block: Option<Block>) -> io::Result<()> {
        let Some(child) = self.children.get_mut(&id) else { return Ok(()) };
        let (writer, held) = child.held.clone();
        let left = block.as_ref().map_or(0, |block| block.count as u64);
        let Some(first) = held.end.checked_sub(left).filter(|first| *first >= held.start) else {
            return Err(frame::garbage("more values than it was given"));
        };
        // However many it took, it may be at work on the last.
        child.held.1 = held.start.max(first.saturating_sub(1))..first;
        if let Some(mut block) = block {
            (block.writer, block.first) = (writer, first);
            self.put_back(block);
        }
        Ok(())
    }

    /// It was gone before it could take these.
    pub fn not_taken(&mut self, id: u64, blocks: Vec<Block>) {
        if let Some(child) = self.children.get_mut(&id) {
            child.held.1 = 0..0;
        }
        blocks.into_iter().for_each(|block| self.put_back(block));
    }

    /// Whether it still waits although its time is over; then it no longer does.
    pub fn gives_up(&mut self, id: u64, now: Instant) -> bool {
        let before = self.waiting.len();
        let over = |wish: &Wish| wish.deadline.is_some_and(|deadline| deadline <= now);
        self.waiting.retain(|wish| wish.child != id || !over(wish));
        self.waiting.len() < before
    }

    pub fn set_blocked(&mut self, id: u64, blocked: bool) {
        if let Some(child) = self.children.get_mut(&id) {
            child.blocked = blocked;
        }
    }

    pub fn is_blocked(&self, id: u64) -> bool {
        self.children.get(&id).is_some_and(|child| child.blocked)
    }

    pub fn all_blocked(&self) -> bool {
        self.children.values().all(|child| child.blocked)
    }

    // ── what is to be told ──────────────────────────────────────────────────────────────────────

    /// The answers to those who wait, as far as there is something to answer.
    pub fn letters(&mut self) -> Vec<Letter> {
        let mut letters = Vec::new();
        for wish in std::mem::take(&mut self.waiting) {
            // A thread of this process that waits is one who waits, too.
            let values = if self.count > self.getting { self.values_for(wish) } else { None };
            let what = match values {
                Some(values) => What::Values(values),
                None if self.is_closed() => What::Down(Down::Closed),
                None => {
                    self.waiting.push_back(wish);
                    continue;
                }
            };
            letters.push(Letter { child: wish.child, what });
        }
        if !self.waiting.is_empty() || self.getting > 0 && self.writer_for(None).is_none() {
            letters.extend(self.recall());
        }
        letters
    }

    fn values_for(&mut self, wish: Wish) -> Option<Vec<Block>> {
        let readers = self.children.values().filter(|child| child.gets).count();
        let readers = readers + usize::from(self.getters != Getters::None);
        let share = (self.count / readers.max(1)).max(1);
        let writer = self.writer_for(Some(wish.child))?;
        let stream = self.streams.get_mut(&writer)?;
        let first = stream.front()?.first;
        let (mut places, mut bytes, mut blocks) = (first..first, 0, Vec::new());
        let most = first + wish.count.min(share) as u64;
        while let Some(block) = stream.pop_front_if(|next| {
            next.first == places.end
                && places.end < most
                && (bytes == 0 || bytes + next.len() <= ANSWER)
        }) {
            let (block, rest) = block.split((most - places.end) as usize, ANSWER);
            places.end = block.places().end;
            bytes += block.len();
            blocks.push(block);
            if let Some(rest) = rest {
                stream.push_front(rest);
                break;
            }
        }
        self.count -= (places.end - places.start) as usize;
        self.bytes -= bytes;
        let child = self.children.get_mut(&wish.child)?;
        child.held = (writer, places);
        child.batch += 1;
        Some(blocks)
    }

    /// Someone waits: asks those who may have values that they haven't taken.
    fn recall(&mut self) -> Vec<Letter> {
        let ahead = |(_, child): &(&u64, &mut Child)| child.may_give_back() && !child.recalled;
        let recall = |(id, child): (&u64, &mut Child)| {
            child.recalled = true;
            let what = What::Control(Control::Recall { batch: child.batch });
            Letter { child: *id, what }
        };
        self.children.iter_mut().filter(ahead).map(recall).collect()
    }
}

impl Child {
    fn may_give_back(&self) -> bool {
        self.held.1.end - self.held.1.start > 1
    }
}
