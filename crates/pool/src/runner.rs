//! The runners: threads that bring jobs and workers together.
//!
//! Each takes a batch of tasks from the queue and any idle worker, has the worker run it, and puts the
//! worker back. There are as many as workers.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use task_utils::{frame, sigpipe};

use crate::batch::{Batch, Job};
use crate::error::TaskError;
use crate::message::Response;
use crate::process::Worker;
use crate::scheduler::Scheduler;

impl Scheduler {
    /// A runner.
    pub fn run(&self) {
        sigpipe::block(); // not in a supervisor: workers would inherit it
        let mut state = self.lock();
        while !state.is_over() {
            if state.queue.tasks > 0
                && let Some(mut worker) = state.idle.pop()
            {
                match state.take_batch(&mut worker, &self.config) {
                    Some(batch) => {
                        self.wake_runner(state);
                        self.exchange(worker, batch);
                    }
                    None => self.put_idle(state, worker),
                }
                state = self.lock();
            } else {
                state.waiting += 1;
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Runs a job on the caller's thread if a worker is idle: no runner needs to be woken.
    pub fn apply(&self, job: Job) {
        let mut state = self.lock();
        let refused = state.refusal(state.is_closed()).is_some();
        let free = !refused && state.queue.tasks == 0 && sigpipe::CAN_SUPPRESS;
        let Some(mut worker) = state.idle.pop_if(|_| free) else {
            drop(state);
            return self.push(job);
        };
        state.queue.push_back(job);
        match state.take_batch(&mut worker, &self.config) {
            Some(batch) => {
                drop(state);
                self.exchange(worker, batch);
            }
            None => self.put_idle(state, worker),
        }
    }

    /// Has a worker run a batch, and puts it back.
    fn exchange(&self, mut worker: Worker, mut batch: Batch) {
        let start = Instant::now();
        self.add_deadline(&worker);
        let talked = self.talk(&mut worker, &mut batch);
        if let Err(error) = talked {
            return self.after_death(worker, batch, error);
        }
        let mut state = self.lock();
        state.note_pace(start.elapsed(), &batch);
        state.running -= 1;
        state.deadlines.retain(|(_, process)| !Arc::ptr_eq(process, &worker.process));
        worker.tasks_left = worker.tasks_left.map(|left| left + batch.returned);
        if worker.tasks_left == Some(0) || worker.process.has_timed_out() {
            self.finish_if_over(&mut state); // it ends here; its supervisor starts another
            drop(state);
        } else {
            self.put_idle(state, worker);
        }
    }

    fn talk(&self, worker: &mut Worker, batch: &mut Batch) -> io::Result<()> {
        worker.send(batch)?;
        while batch.left > 0 {
            match worker.receive()? {
                (Response::Results(count), message) => {
                    batch.reply(count, message)?.into_iter().for_each(|call| self.call(call));
                }
                (Response::Returned(count), _) => {
                    let returned = batch.take_back(count)?;
                    worker.process.has_returned();
                    self.requeue(returned);
                    self.see_to_cancelled(worker, batch)?;
                }
                (other, _) => {
                    return Err(frame::garbage(format_args!("{other:?} is out of place")));
                }
            }
        }
        Ok(())
    }

    /// The worker has just returned what it hadn't begun.
    fn see_to_cancelled(&self, worker: &Worker, batch: &Batch) -> io::Result<()> {
        match batch.left {
            0 => Ok(()),
            _ if !batch.has_cancelled() => Ok(()),
            // It is in that task, or has just finished it, and has no other: it can be killed.
            1 => Err(ErrorKind::Interrupted.into()),
            // It had returned them before it got this batch.
            _ => Ok(worker.process.ask_to_return()),
        }
    }

    /// The worker has died, or is of no use: the task that it was in is lost, the others are not.
    fn after_death(&self, worker: Worker, mut batch: Batch, error: io::Error) {
        let (pid, process) = (worker.process.id(), Arc::clone(&worker.process));
        let status = worker.end();
        let mut state = self.lock();
        state.deadlines.retain(|(_, other)| !Arc::ptr_eq(other, &process));
        let ended = state.ended.clone();
        drop(state);
        if let Some(job) = batch.split_off_lost() {
            let why = match ended {
                Some(ended) => ended,
                None if process.has_timed_out() => TaskError::TimedOut,
                None if error.kind() == ErrorKind::InvalidData => TaskError::Garbage { pid },
                None => TaskError::WorkerDied { pid, status },
            };
            self.fail(job, why);
        }
        self.requeue(std::mem::replace(&mut batch.jobs, VecDeque::new()));
        let mut state = self.lock();
        state.running -= 1;
        self.finish_if_over(&mut state);
    }

    fn add_deadline(&self, worker: &Worker) {
        let Some(timeout) = self.config.task_timeout else { return };
        if let Some(deadline) = Instant::now().checked_add(timeout) {
            self.lock().deadlines.push((deadline, Arc::clone(&worker.process)));
            self.deadline_added.notify_one();
        }
    }

    /// The thread that kills the workers whose tasks take too long.
    pub fn enforce_time_limit(&self) {
        let mut state = self.lock();
        while !state.is_over() {
            let now = Instant::now();
            let late = state.deadlines.extract_if(.., |(deadline, _)| *deadline <= now);
            late.for_each(|(_, process)| process.time_out());
            state = match state.deadlines.iter().map(|(deadline, _)| *deadline).min() {
                None => self.deadline_added.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(next) => {
                    let waited = self.deadline_added.wait_timeout(state, next - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}
