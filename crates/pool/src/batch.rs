//! Tasks on their way: a [`Job`] waits in the [`Queue`], a [`Batch`] is with a worker.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use task_utils::frame;

use crate::error::TaskError;
use crate::message::{self, Items, Request, Response};
use crate::reply::{Call, ReplyTo};

/// How many bytes of arguments go into one batch, unless one task has more.
pub(crate) const BATCH_BYTES: usize = 256 << 10;

/// Tasks that follow each other and have one receiver of results: a single task, or a part of a `map`.
pub(crate) struct Job {
    pub reply_to: ReplyTo,
    /// The number of the first task, for the receiver.
    pub first: usize,
    pub count: usize,
    /// The arguments; those before `offset` belong to other jobs.
    pub args: Arc<Vec<u8>>,
    pub offset: usize,
    /// Whether only all results together are of use.
    pub all_or_nothing: bool,
}

impl Job {
    /// One task with its argument.
    pub fn single(reply_to: ReplyTo, number: usize, arg: Vec<u8>) -> Self {
        let args = Arc::new(arg);
        Job { reply_to, first: number, count: 1, args, offset: 0, all_or_nothing: false }
    }

    /// Splits off the first tasks: `count` at most, and as many as fit into `bytes`. Returns them and where
    /// their arguments end.
    fn split_off_front(&mut self, count: usize, bytes: usize) -> (Job, usize) {
        let args = &self.args[self.offset..];
        let (mut length, mut taken) = (0, 0);
        while taken < count.min(self.count) {
            let mut rest = &args[length..];
            let whole = frame::split_first(&mut rest).is_ok(); // `append_item` wrote it
            if !whole || args.len() - rest.len() > bytes {
                break;
            }
            (taken, length) = (taken + 1, args.len() - rest.len());
        }
        let (args, reply_to) = (Arc::clone(&self.args), self.reply_to.clone());
        let front = Job { count: taken, args, reply_to, ..*self };
        self.first += taken;
        self.count -= taken;
        self.offset += length;
        (front, self.offset)
    }

    /// Whether the first task is longer than a batch.
    fn is_long(&self) -> bool {
        let mut args = &self.args[self.offset..];
        frame::split_first(&mut args).is_ok_and(|arg| arg.len() + size_of::<u32>() > BATCH_BYTES)
    }

    pub fn fail(self, error: TaskError) -> Option<Call> {
        self.reply_to.fail(self.first, self.count, error)
    }
}

/// Jobs that wait for a worker.
#[derive(Default)]
pub(crate) struct Queue {
    jobs: VecDeque<Job>,
    /// How many tasks the jobs have; cancelled ones count until they are taken.
    pub tasks: usize,
}

impl Queue {
    pub fn push_back(&mut self, job: Job) {
        self.tasks += job.count;
        self.jobs.push_back(job);
    }

    /// Tasks that come back stand in front of the others, as they did before.
    pub fn push_front(&mut self, jobs: VecDeque<Job>) {
        for job in jobs.into_iter().rev() {
            self.tasks += job.count;
            self.jobs.push_front(job);
        }
    }

    pub fn take_all(&mut self) -> VecDeque<Job> {
        self.tasks = 0;
        std::mem::take(&mut self.jobs)
    }

    /// Takes up to `most` tasks from the front, of which `begin` refuses those that were cancelled: single
    /// ones, or a part of one `map`. None if no other waits.
    pub fn take_batch(&mut self, most: usize, begin: impl Fn(&ReplyTo) -> bool) -> Option<Batch> {
        let (mut jobs, mut ends, mut count, mut bytes) = (VecDeque::new(), Vec::new(), 0, 0);
        let mut all_or_nothing = None;
        while count < most && bytes < BATCH_BYTES {
            let Some(front) = self.jobs.front_mut() else { break };
            if all_or_nothing.is_some_and(|kind| kind || front.all_or_nothing) {
                break;
            }
            // One task may be longer, but in a batch of its own: a message has a bound, too.
            let (most, room) = if count == 0 && front.is_long() {
                (1, usize::MAX)
            } else {
                (most - count, BATCH_BYTES - bytes)
            };
            let (job, end) = front.split_off_front(most, room);
            if job.count == 0 {
                break;
            }
            self.tasks -= job.count;
            if front.count == 0 {
                self.jobs.pop_front();
            }
            if begin(&job.reply_to) {
                all_or_nothing = Some(job.all_or_nothing);
                (count, bytes) = (count + job.count, bytes + end - job.offset);
                jobs.push_back(job);
                ends.push(end);
            }
        }
        let all_or_nothing = all_or_nothing?;
        let args = jobs.iter().zip(ends).map(|(job, end)| &job.args[job.offset..end]);
        let request = Request { count: count as u64, all_or_nothing };
        // Within the bound: one task that is, or several that are short.
        let message = message::encode(&request, &args.collect::<Vec<_>>()).unwrap_or_default();
        Some(Batch { message, jobs, left: count, count, ..Batch::default() })
    }
}

/// What a worker is given at once.
#[derive(Default)]
pub(crate) struct Batch {
    pub message: Vec<u8>,
    /// What has neither a result nor was returned, and how many tasks these are.
    pub jobs: VecDeque<Job>,
    pub left: usize,
    /// How many tasks there were.
    pub count: usize,
    /// How many of them were returned, and whether the worker was asked for more.
    pub returned: usize,
    pub asked_again: bool,
    /// Whether the worker has the message, so that it may have begun the first task.
    pub sent: bool,
}

impl Batch {
    /// Hands on the `count` results in a message.
    pub fn reply(&mut self, count: u64, message: Vec<u8>) -> io::Result<Option<Call>> {
        let (_, items) = message::decode::<Response>(&message)?;
        let start = message.len() - items.0.len();
        let whole = Items(items.0).try_fold(0, |n, item| item.map(|_| n + 1))?;
        let count = usize::try_from(count).map_err(frame::garbage)?;
        let front = self.jobs.front_mut().filter(|job| (1..=job.count).contains(&count));
        let Some(job) = front.filter(|_| whole == count) else {
            return Err(frame::garbage("a result of no task"));
        };
        self.left -= count;
        let (done, _) = job.split_off_front(count, usize::MAX);
        if job.count == 0 {
            self.jobs.pop_front();
        }
        Ok(done.reply_to.reply(done.first, message, start))
    }

    /// Takes back the last `count` tasks, which the worker has returned.
    pub fn take_back(&mut self, count: u64) -> io::Result<VecDeque<Job>> {
        let count = usize::try_from(count).ok().filter(|count| *count <= self.left);
        let count = count.ok_or_else(|| frame::garbage("more tasks came back than were sent"))?;
        (self.left, self.returned) = (self.left - count, self.returned + count);
        let (mut kept, mut staying) = (self.left, VecDeque::new());
        while kept > 0
            && let Some(front) = self.jobs.front_mut()
        {
            let (job, _) = front.split_off_front(kept, usize::MAX);
            kept -= job.count;
            staying.push_back(job);
            if front.count == 0 {
                self.jobs.pop_front();
            }
        }
        Ok(std::mem::replace(&mut self.jobs, staying))
    }

    /// Whether the first task was cancelled.
    pub fn has_cancelled(&self) -> bool {
        self.jobs.front().is_some_and(|job| job.reply_to.is_cancelled())
    }

    /// The worker died: the task that it may have been in, if it got any. What is left was not begun.
    pub fn split_off_lost(&mut self) -> Option<Job> {
        let front = self.jobs.front().filter(|_| self.sent)?;
        self.left -= front.count;
        self.jobs.pop_front()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use std::sync::mpsc::{self, Receiver};

    use super::*;
    use crate::reply::{Piece, Slot};

    type Pieces = Receiver<(usize, Piece)>;

    /// A queue with a part of a `map`, whose arguments have 5 bytes each.
    fn map_of(count: usize) -> (Queue, Pieces) {
        let (sender, pieces) = mpsc::channel();
        let args = Arc::new((0..count).flat_map(|n| [1, 0, 0, 0, n as u8]).collect());
        let reply_to = ReplyTo::Many(sender);
        let mut queue = Queue::default();
        queue.push_back(Job { reply_to, first: 0, count, args, offset: 0, all_or_nothing: true });
        (queue, pieces)
    }

    fn single(slot: &Arc<Slot>, length: usize) -> Job {
        let mut bytes = Vec::new();
        let write = |out: &mut Vec<u8>| {
            out.extend(std::iter::repeat_n(7, length));
            Ok(())
        };
        frame::append_item(&mut bytes, write).unwrap();
        Job::single(ReplyTo::One(Arc::clone(slot)), 0, bytes)
    }

    fn results(count: u64) -> Vec<u8> {
        let items = [1, 0, 0, 0, 0].repeat(count as usize);
        message::encode(&Response::Results(count), &[&items]).unwrap()
    }

    fn take(queue: &mut Queue, most: usize) -> Batch {
        queue.take_batch(most, |reply_to| !reply_to.is_cancelled()).unwrap()
    }

    #[test]
    fn a_part_of_a_map_is_taken_and_what_comes_back_stands_in_front() {
        let (mut queue, pieces) = map_of(20);
        let mut batch = take(&mut queue, 10);
        assert_eq!((batch.count, batch.left, queue.tasks), (10, 10, 10));
        batch.reply(2, results(2)).unwrap();
        queue.push_front(batch.take_back(5).unwrap());
        assert_eq!((batch.left, batch.returned, queue.tasks), (3, 5, 15));
        let next = take(&mut queue, 3);
        assert_eq!(
            next.jobs.iter().map(|job| (job.first, job.count)).collect::<Vec<_>>(),
            [(5, 3)]
        );
        let (request, items) = message::decode::<Request>(&next.message).unwrap();
        assert!(request.all_or_nothing && request.count == 3);
        assert_eq!(items.map(|item| item.unwrap()[0]).collect::<Vec<_>>(), [5, 6, 7]);
        assert_eq!(pieces.try_iter().map(|(first, _)| first).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn single_tasks_go_together_and_not_with_a_map_and_not_over_the_bound() {
        let (map, _pieces) = map_of(3);
        let (slot, mut queue) = (Arc::default(), Queue::default());
        (0..3).for_each(|_| queue.push_back(single(&slot, 10)));
        queue.push_front(map.jobs);
        queue.push_back(single(&slot, BATCH_BYTES));
        queue.push_back(single(&slot, 10));
        let counts = std::iter::from_fn(|| queue.take_batch(9, |_| true)).map(|batch| batch.count);
        assert_eq!(counts.collect::<Vec<_>>(), [3, 3, 1, 1]);
        assert_eq!(queue.tasks, 0);
    }

    #[test]
    fn cancelled_tasks_are_left_out() {
        let slots = [(); 4].map(|()| Arc::<Slot>::default());
        let mut queue = Queue::default();
        slots.iter().for_each(|slot| queue.push_back(single(slot, 1)));
        assert!(slots[0].cancel() && slots[2].cancel());
        assert_eq!(take(&mut queue, 9).count, 2);
        queue.push_back(single(&slots[0], 1));
        assert!(queue.take_batch(9, |reply_to| !reply_to.is_cancelled()).is_none());
        assert_eq!(queue.tasks, 0);
    }

    #[test]
    fn a_dead_worker_loses_what_it_was_in_if_it_had_got_it() {
        let slots = [(); 3].map(|()| Arc::<Slot>::default());
        for sent in [true, false] {
            let mut queue = Queue::default();
            slots.iter().for_each(|slot| queue.push_back(single(slot, 1)));
            let mut batch = take(&mut queue, 9);
            batch.sent = sent;
            assert_eq!(batch.split_off_lost().is_some(), sent);
            assert_eq!((batch.left, batch.jobs.len()), (3 - usize::from(sent), batch.left));
        }
    }

    #[test]
    fn results_of_no_task_are_errors() {
        let (mut queue, _pieces) = map_of(5);
        let mut batch = take(&mut queue, 5);
        assert!(batch.reply(0, results(0)).is_err() && batch.reply(6, results(6)).is_err());
        assert!(batch.reply(2, results(3)).is_err() && batch.take_back(6).is_err());
        assert!(batch.reply(5, results(5)).is_ok() && batch.reply(1, results(1)).is_err());
    }
}
