//! Tasks on their way: a [`Job`] waits in a [`Queue`], a [`Batch`] is with a worker.

use std::collections::VecDeque;
use std::io;
use std::mem::replace;
use std::ops::Range;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Weak};

use serde::Serialize;
use task_utils::frame;

use crate::async_result::Slot;
use crate::error::TaskError;
use crate::imap::Stream;
use crate::message::{self, Items, Request};

/// How many bytes of arguments go into one batch, unless one task has more.
pub(crate) const BATCH_BYTES: usize = 256 << 10;

/// The result of a task, or those of several, as they came from the worker; or why there is none.
///
/// A result stays bytes until it is used, so a type needs no `Send` to be a task's result, and one that
/// waits takes little memory.
pub(crate) type Raw = Result<Vec<u8>, TaskError>;

/// Who receives the results of a job.
#[derive(Clone)]
pub(crate) enum ReplyTo {
    One(Arc<Slot>),
    /// A `map`: the number of a task, and results of it and those after it.
    Map(Sender<(usize, Raw)>),
    /// An iterator: the number of a task and its result, as long as the iterator lives.
    Imap(Sender<(usize, Raw)>, Weak<Stream>),
}

impl ReplyTo {
    /// Hands on results; `first` is the number of the first task.
    pub fn reply(&self, first: usize, raw: Raw) {
        // If nobody wants them any more, that is no error.
        let _ = match self {
            ReplyTo::One(slot) => slot.fill(raw),
            ReplyTo::Map(sender) | ReplyTo::Imap(sender, _) => sender.send((first, raw)).is_ok(),
        };
    }

    /// Whether the task, which no worker has, is to be run: it wasn't cancelled, or its iterator dropped.
    pub fn is_wanted(&self) -> bool {
        match self {
            ReplyTo::Imap(_, iterator) => iterator.strong_count() > 0,
            _ => !self.is_cancelled(),
        }
    }

    /// Whether the task, whose result hasn't come, was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, ReplyTo::One(slot) if slot.is_full())
    }

    pub fn is_map(&self) -> bool {
        matches!(self, ReplyTo::Map(_))
    }
}

/// Tasks that follow each other and have one receiver of results: a single task, or a part of a `map`.
pub(crate) struct Job {
    pub reply_to: ReplyTo,
    /// The number of the first task, for the receiver.
    pub first: usize,
    pub count: usize,
    /// The arguments are this part of the bytes; others belong to other parts of the `map`.
    args: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Job {
    /// A job without tasks.
    pub fn new(reply_to: ReplyTo, first: usize) -> Self {
        Job { reply_to, first, count: 0, args: Arc::default(), range: 0..0 }
    }

    /// Adds a task with this argument. On an error the job is as before.
    pub fn push(&mut self, arg: &impl Serialize) -> Result<(), TaskError> {
        let args = Arc::make_mut(&mut self.args); // no copy: the job hasn't been split yet
        frame::append_item(args, |out| frame::encode(arg, out))
            .map_err(|error| TaskError::NotSent { what: "argument", why: error.to_string() })?;
        self.range.end = args.len();
        self.count += 1;
        Ok(())
    }

    /// The bytes of the arguments.
    pub fn args(&self) -> &[u8] {
        &self.args[self.range.clone()]
    }

    /// Splits off the first `count` tasks.
    fn split_off_front(&mut self, count: usize) -> Job {
        let mut rest = Items(self.args());
        let count = rest.by_ref().take(count).count();
        let end = self.range.end - rest.0.len();
        let (args, reply_to) = (Arc::clone(&self.args), self.reply_to.clone());
        let front = Job { reply_to, first: self.first, count, args, range: self.range.start..end };
        self.first += count;
        self.count -= count;
        self.range.start = end;
        front
    }

    /// Reports that the tasks have no result.
    pub fn fail(self, error: TaskError) {
        self.reply_to.reply(self.first, Err(error));
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
        if job.count > 0 {
            self.jobs.push_back(job);
        }
    }

    /// Tasks that come back stand in front of the others, as they did before.
    pub fn push_front(&mut self, returned: Queue) {
        self.tasks += returned.tasks;
        for job in returned.jobs.into_iter().rev() {
            self.jobs.push_front(job);
        }
    }

    /// Takes the first job, or its first `most` tasks if it has more.
    pub fn pop(&mut self, most: usize) -> Option<Job> {
        let whole = self.jobs.pop_front_if(|job| job.count <= most);
        let job = whole.or_else(|| Some(self.jobs.front_mut()?.split_off_front(most)))?;
        self.tasks -= job.count;
        Some(job)
    }

    /// Takes up to `most` tasks: single ones, or a part of one `map`. Those that nobody wants are dropped;
    /// none if no other waits.
    pub fn take_batch(&mut self, most: usize) -> Option<Batch> {
        let (mut batch, mut bytes) = (Queue::default(), 0);
        while batch.tasks < most
            && let Some(next) = self.jobs.front()
        {
            let is_map = |job: &Job| job.reply_to.is_map();
            let fits = bytes + next.args().len() <= BATCH_BYTES;
            if batch.tasks > 0 && (!fits || is_map(next) || batch.jobs.front().is_some_and(is_map))
            {
                break;
            }
            let job = self.pop(most - batch.tasks)?;
            if job.reply_to.is_wanted() {
                bytes += job.args().len();
                batch.push_back(job);
            }
        }
        (batch.tasks > 0).then(|| Batch { count: batch.tasks, jobs: batch, sent: false })
    }

    pub fn fail(self, error: TaskError) {
        self.jobs.into_iter().for_each(|job| job.fail(error.clone()));
    }
}

/// What a worker is given at once.
pub(crate) struct Batch {
    /// What has neither a result nor was returned.
    pub jobs: Queue,
    /// How many tasks there are, without those that were returned.
    pub count: usize,
    /// Whether the worker has the request, so that it may have begun the first task.
    pub sent: bool,
}

impl Batch {
    /// The message for the worker.
    pub fn request(&self) -> io::Result<Vec<u8>> {
        let jobs = &self.jobs.jobs;
        let all_or_nothing = jobs.iter().all(|job| job.reply_to.is_map());
        let request = Request { count: self.count, all_or_nothing };
        message::encode(&request, &jobs.iter().map(Job::args).collect::<Vec<_>>())
    }

    /// Hands on the results of the first tasks.
    pub fn reply(&mut self, results: Vec<u8>) -> io::Result<()> {
        let count = Items(&results).try_fold(0, |n, item| item.map(|_| n + 1))?;
        let job = match self.jobs.jobs.front() {
            Some(job) if (1..=job.count).contains(&count) => self.jobs.pop(count),
            _ => None,
        };
        let job = job.ok_or_else(|| frame::garbage("a result of no task"))?;
        job.reply_to.reply(job.first, Ok(results));
        Ok(())
    }

    /// Takes back the last `count` tasks, which the worker has returned.
    pub fn take_back(&mut self, count: usize) -> io::Result<Queue> {
        let left = self.jobs.tasks.checked_sub(count);
        let left = left.ok_or_else(|| frame::garbage("more tasks came back than were sent"))?;
        let mut kept = Queue::default();
        while kept.tasks < left
            && let Some(job) = self.jobs.pop(left - kept.tasks)
        {
            kept.push_back(job);
        }
        self.count -= count;
        Ok(replace(&mut self.jobs, kept))
    }

    /// Whether the worker has one task, which was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.jobs.tasks == 1
            && self.jobs.jobs.front().is_some_and(|job| job.reply_to.is_cancelled())
    }

    /// The worker died: takes the task that it may have been in. Of a `map`, it may have been in any: it
    /// collects their results. The others were not begun.
    pub fn pop_lost(&mut self) -> Option<Job> {
        if self.sent { self.jobs.pop(usize::MAX) } else { None }
    }
}

#[cfg(test)]
mod tests;
