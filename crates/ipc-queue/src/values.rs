//! The values that wait in a queue, in the order of their arrival.

use std::collections::VecDeque;

use crate::batch::Batch;

#[derive(Default)]
pub(crate) struct Values {
    batches: VecDeque<Batch>,
    /// All values, and their bytes.
    pub count: usize,
    pub bytes: usize,
    /// How often some were taken.
    pub taken: u64,
}

impl Values {
    pub fn push_back(&mut self, batch: Batch) {
        self.add(&batch);
        let left = match self.batches.back_mut() {
            Some(last) => last.append(batch),
            None => Some(batch),
        };
        self.batches.extend(left.filter(|left| left.count > 0));
    }

    pub fn push_front(&mut self, batch: Batch) {
        self.add(&batch);
        if batch.count > 0 {
            self.batches.push_front(batch);
        }
    }

    /// Takes the first values: `most` at most, but one at least.
    pub fn take(&mut self, most: usize) -> Option<Batch> {
        let (batch, rest) = self.batches.pop_front()?.split(most.max(1));
        if let Some(rest) = rest {
            self.batches.push_front(rest);
        }
        self.count -= batch.count;
        self.bytes -= batch.len();
        self.taken += 1;
        Some(batch)
    }

    fn add(&mut self, batch: &Batch) {
        self.count += batch.count;
        self.bytes += batch.len();
    }
}
