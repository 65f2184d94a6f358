//! The values that wait in a queue: for each writer its batches, in the order in which it put them.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::batch::Batch;

#[derive(Default)]
pub(crate) struct Values {
    streams: BTreeMap<u64, Stream>,
    /// All values, and their bytes.
    pub count: usize,
    pub bytes: usize,
    /// How many values were ever taken.
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

    /// Takes a writer's first values: `most` at most, and as many as fit into `bytes`, but one at least.
    /// Returns also their positions, which follow each other.
    pub fn cut(&mut self, writer: u64, most: usize, bytes: usize) -> (Range<u64>, Vec<Batch>) {
        let Some(stream) = self.streams.get_mut(&writer) else { return (0..0, Vec::new()) };
        let first = stream.batches.front().map_or(0, |batch| batch.first);
        let (mut end, mut length, mut cut) = (first, 0, Vec::new());
        let last = first + most.max(1) as u64;
        while let Some(batch) = stream.batches.pop_front_if(|next| {
            next.first == end && end < last && (length == 0 || length + next.len() <= bytes)
        }) {
            let (batch, rest) = batch.split((last - end) as usize, bytes);
            end = batch.positions().end;
            length += batch.len();
            cut.push(batch);
            if let Some(rest) = rest {
                stream.batches.push_front(rest);
                break;
            }
        }
        self.count -= (end - first) as usize;
        self.bytes -= length;
        self.taken += end - first;
        (first..end, cut)
    }

    /// A writer that is gone puts no more; what it has put stays.
    pub fn forget(&mut self, writer: u64) {
        self.streams.retain(|id, stream| *id != writer || !stream.batches.is_empty());
    }
}
