//! The values that wait in a queue: for each writer its batches, in the order in which it put them.

use std::collections::{BTreeMap, VecDeque};

use crate::batch::Batch;

#[derive(Default)]
pub(crate) struct Values {
    streams: BTreeMap<u64, Stream>,
    /// All values, and their bytes.
    pub count: usize,
    pub bytes: usize,
    /// How often some were taken.
    pub taken: u64,
    /// How many batches have arrived.
    arrived: u64,
}

#[derive(Default)]
struct Stream {
    batches: VecDeque<Batch>,
    /// The position of the writer's next value.
    next: u64,
}

impl Values {
    /// Adds a writer's next values, if there are any.
    pub fn push(&mut self, writer: u64, mut batch: Batch) {
        if batch.count == 0 {
            return;
        }
        let stream = self.streams.entry(writer).or_default();
        (batch.writer, batch.first, batch.arrived) = (writer, stream.next, self.arrived);
        stream.next += batch.count as u64;
        self.arrived += 1;
        self.count += batch.count;
        self.bytes += batch.len();
        let left = match stream.batches.back_mut() {
            Some(last) => last.append(batch),
            None => Some(batch),
        };
        stream.batches.extend(left);
    }

    /// Puts values back to where they were.
    pub fn requeue(&mut self, batch: Batch) {
        if batch.count == 0 {
            return;
        }
        self.count += batch.count;
        self.bytes += batch.len();
        let batches = &mut self.streams.entry(batch.writer).or_default().batches;
        let at = batches.partition_point(|other| other.first < batch.first);
        batches.insert(at, batch);
    }

    /// Of the writers that `may` be taken from, the one whose values arrived first.
    pub fn first_writer(&self, may: impl Fn(u64) -> bool) -> Option<u64> {
        let fronts = self.streams.values().filter_map(|stream| stream.batches.front());
        let free = fronts.filter(|batch| may(batch.writer));
        free.min_by_key(|batch| batch.arrived).map(|batch| batch.writer)
    }

    /// Takes a writer's first values: `most` at most, but one at least.
    pub fn take(&mut self, writer: u64, most: usize) -> Option<Batch> {
        let batches = &mut self.streams.get_mut(&writer)?.batches;
        let (batch, rest) = batches.pop_front()?.split(most.max(1));
        if let Some(rest) = rest {
            batches.push_front(rest);
        }
        self.count -= batch.count;
        self.bytes -= batch.len();
        self.taken += 1;
        Some(batch)
    }

    /// A writer that is gone puts no more; what it has put stays.
    pub fn forget(&mut self, writer: u64) {
        self.streams.retain(|id, stream| *id != writer || !stream.batches.is_empty());
    }
}
