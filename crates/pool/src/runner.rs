//! The runners: threads that bring jobs and workers together.
//!
//! Each takes a batch of tasks from the queue and any idle worker, has the worker run it, and puts the
//! worker back. There are as many as workers. One more thread watches the clock for them.

use std::io::{self, ErrorKind};
use std::mem::{replace, take};
use std::sync::Arc;
use std::time::{Duration, Instant};

use task_utils::{frame, sigpipe};

use crate::batch::{Batch, Job};
use crate::error::TaskError;
use crate::ignore_poison;
use crate::message::Response;
use crate::process::Worker;
use crate::scheduler::{Scheduler, State};

/// How much work a worker is given at once.
const BATCH: Duration = Duration::from_millis(2);
/// After so long, a worker is asked for the tasks that it hasn't begun, for others to run.
const LONG: Duration = Duration::from_millis(10);

impl Scheduler {
    /// A runner.
    pub fn run(&self) {
        sigpipe::block(); // not in a supervisor: workers would inherit it
        let mut state = self.lock();
        while !state.is_over() {
            if state.queue.tasks > 0
                && let Some(mut worker) = state.idle.pop()
            {
                match self.take_batch(&mut state, &mut worker) {
                    Some(batch) => {
                        self.wake_runner(state);
                        self.exchange(worker, batch);
                    }
                    None => self.put_idle(state, worker),
                }
                state = self.lock();
            } else {
                state.waiting += 1;
                state = ignore_poison(self.work.wait(state));
            }
        }
    }

    /// Runs a job on the caller's thread if a worker is idle: no runner needs to be woken.
    pub fn apply(&self, job: Job) {
        let mut state = self.lock();
        let free = state.refusal().is_none() && state.queue.tasks == 0 && sigpipe::CAN_SUPPRESS;
        let Some(mut worker) = state.idle.pop_if(|_| free) else {
            drop(state);
            return self.push(job);
        };
        state.queue.push_back(job);
        match self.take_batch(&mut state, &mut worker) {
            Some(batch) => {
                drop(state);
                self.exchange(worker, batch);
            }
            None => self.put_idle(state, worker),
        }
    }

    /// A batch for this worker; none if all tasks that wait are cancelled.
    fn take_batch(&self, state: &mut State, worker: &mut Worker) -> Option<Batch> {
        let share = (state.queue.tasks / self.config.processes).max(1);
        let limit = self.config.task_timeout;
        let pace = if limit.is_some() { 1 } else { state.batch_size };
        let most = pace.min(share).min(worker.tasks_left.unwrap_or(usize::MAX));
        let batch = state.queue.take_batch(most, |reply_to| reply_to.begin(&worker.process))?;
        state.running += 1;
        worker.tasks_left = worker.tasks_left.map(|left| left - batch.count);
        worker.used = true;
        let limit = limit.or((batch.count > 1).then_some(LONG));
        if let Some(deadline) = limit.and_then(|limit| Instant::now().checked_add(limit)) {
            state.deadlines.push((deadline, Arc::clone(&worker.process)));
            if take(&mut state.clock_waits) {
                self.deadline_added.notify_one();
            }
        }
        Some(batch)
    }

    /// Has a worker run a batch, and puts it back.
    fn exchange(&self, mut worker: Worker, mut batch: Batch) {
        let start = Instant::now();
        let talked = self.talk(&mut worker, &mut batch);
        let mut state = self.lock();
        state.deadlines.retain(|(_, process)| !Arc::ptr_eq(process, &worker.process));
        if let Err(error) = talked {
            drop(state);
            return self.after_death(worker, batch, error);
        }
        // How many tasks take about `BATCH`: at most twice as many as before.
        let done = batch.count - batch.returned;
        let pace = BATCH.as_nanos() * done as u128 / start.elapsed().as_nanos().max(1);
        let pace = usize::try_from(pace).unwrap_or(usize::MAX);
        state.batch_size = pace.clamp(1, 2 * state.batch_size);
        state.running -= 1;
        worker.tasks_left = worker.tasks_left.map(|left| left + batch.returned);
        match worker.tasks_left == Some(0) || worker.process.has_timed_out() {
            true => self.finish_if_over(&mut state), // it ends; its supervisor starts another
            false => self.put_idle(state, worker),
        }
    }

    fn talk(&self, worker: &mut Worker, batch: &mut Batch) -> io::Result<()> {
        worker.send(batch)?;
        while batch.left > 0 {
            match worker.receive()? {
                (Response::Results(count), message) => self.call(batch.reply(count, message)?),
                (Response::Returned(count), _) => self.take_back(worker, batch, count)?,
                (other, _) => {
                    return Err(frame::garbage(format_args!("{other:?} is out of place")));
                }
            }
        }
        Ok(())
    }

    /// Takes back what the worker has not begun. A cancelled task that it was in ends with it.
    fn take_back(&self, worker: &Worker, batch: &mut Batch, count: u64) -> io::Result<()> {
        let returned = batch.take_back(count)?;
        worker.process.has_returned();
        self.requeue(returned);
        if batch.left > 1 && !replace(&mut batch.asked_again, true) {
            worker.process.ask_to_return(); // it may have returned nothing before it got this batch
        }
        // It is in that task, or has just finished it, and has no other.
        match batch.left == 1 && batch.has_cancelled() {
            true => Err(ErrorKind::Interrupted.into()),
            false => Ok(()),
        }
    }

    /// The worker has died, or is of no use: the task that it was in is lost, the others are not.
    fn after_death(&self, worker: Worker, mut batch: Batch, error: io::Error) {
        let process = Arc::clone(&worker.process);
        let (pid, timed_out, status) = (process.id(), process.has_timed_out(), worker.end());
        self.lock().processes.retain(|other| !Arc::ptr_eq(other, &process));
        if let Some(job) = batch.split_off_lost() {
            let why = match self.lock().ended.clone() {
                Some(ended) => ended,
                None if timed_out => TaskError::TimedOut,
                None if error.kind() == ErrorKind::InvalidData => TaskError::Garbage { pid },
                None => TaskError::WorkerDied { pid, status },
            };
            self.fail(job, why);
        }
        self.requeue(batch.jobs);
        let mut state = self.lock();
        state.running -= 1;
        self.finish_if_over(&mut state);
    }

    /// The clock: has workers return what waits behind a long task, or kills them at the time limit.
    pub fn watch_clock(&self) {
        sigpipe::block();
        let mut state = self.lock();
        while !state.is_over() {
            let now = Instant::now();
            for (_, process) in state.deadlines.extract_if(.., |(deadline, _)| *deadline <= now) {
                match self.config.task_timeout {
                    Some(_) => process.time_out(),
                    None => process.ask_to_return(),
                }
            }
            let next = state.deadlines.iter().map(|(deadline, _)| *deadline).min();
            state.clock_waits = next.is_none();
            state = match next {
                None => ignore_poison(self.deadline_added.wait(state)),
                Some(next) => ignore_poison(self.deadline_added.wait_timeout(state, next - now)).0,
            };
        }
    }
}
