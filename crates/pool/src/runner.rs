//! The runners: threads that bring jobs and workers together.
//!
//! Each takes a batch of tasks from the queue and any idle worker, has the worker run it, and puts the
//! worker back. There are as many as workers, so that a worker that starts finds one, too. One more thread
//! watches the clock for them.

use std::io::{self, ErrorKind};
use std::mem::take;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use task_utils::{frame, sigpipe};

use crate::batch::Batch;
use crate::error::TaskError;
use crate::ignore_poison;
use crate::message::Response;
use crate::process::{Process, Worker};
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
            if let Some(starting) = state.starting.pop() {
                drop(state);
                self.welcome(starting);
                state = self.lock();
            } else if state.queue.tasks > 0
                && let Some(worker) = state.idle.pop()
            {
                self.run_batch(state, worker);
                state = self.lock();
            } else {
                state.waiting += 1;
                state = ignore_poison(self.work.wait(state));
            }
        }
    }

    /// Has the worker run the next batch, if not all tasks that wait are cancelled; puts it back.
    pub fn run_batch(&self, mut state: MutexGuard<State>, mut worker: Worker) {
        let Some(mut batch) = self.take_batch(&mut state, &mut worker) else {
            return self.put_idle(state, worker);
        };
        self.update(state);
        let start = Instant::now();
        if let Err(error) = self.talk(&mut worker, &mut batch) {
            return self.after_death(worker, batch, error);
        }
        let mut state = self.end_batch(&worker.process);
        // How many tasks take about `BATCH`: at most twice as many as before.
        let pace = BATCH.as_nanos() * batch.count as u128 / start.elapsed().as_nanos().max(1);
        let pace = usize::try_from(pace).unwrap_or(usize::MAX);
        state.batch_size = pace.clamp(1, 2 * state.batch_size);
        worker.tasks_left = worker.tasks_left.map(|left| left - batch.count);
        match worker.tasks_left == Some(0) || worker.process.timed_out.load(SeqCst) {
            true => self.update(state), // it ends; its supervisor starts another
            false => self.put_idle(state, worker),
        }
    }

    fn take_batch(&self, state: &mut State, worker: &mut Worker) -> Option<Batch> {
        let share = (state.queue.tasks / self.config.processes).max(1);
        let limit = self.config.task_timeout;
        let pace = if limit.is_some() { 1 } else { state.batch_size };
        let most = pace.min(share).min(worker.tasks_left.unwrap_or(usize::MAX));
        let batch = state.queue.take_batch(most)?;
        worker.used = true;
        let limit = limit.or((batch.count > 1).then_some(LONG));
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        state.running.push((deadline, Arc::clone(&worker.process)));
        if deadline.is_some() && take(&mut state.clock_waits) {
            self.news.notify_all();
        }
        Some(batch)
    }

    fn end_batch(&self, ended: &Arc<Process>) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.running.retain(|(_, process)| !Arc::ptr_eq(process, ended));
        state
    }

    fn talk(&self, worker: &mut Worker, batch: &mut Batch) -> io::Result<()> {
        worker.send(batch)?;
        while batch.jobs.tasks > 0 {
            match worker.receive()? {
                (Response::Results, results) => batch.reply(results)?,
                (Response::Returned(count), _) => {
                    worker.process.asked.store(false, SeqCst);
                    self.requeue(self.lock(), batch.take_back(count)?);
                    if batch.is_cancelled() {
                        // It is in that task, or has just finished it: it ends with the task.
                        return Err(ErrorKind::Interrupted.into());
                    }
                }
                (other, _) => return Err(frame::garbage(format!("{other:?} is out of place"))),
            }
        }
        Ok(())
    }

    /// The worker has died, or is of no use: the task that it was in is lost, the others are not.
    fn after_death(&self, worker: Worker, mut batch: Batch, error: io::Error) {
        let process = Arc::clone(&worker.process);
        let (pid, timed_out, status) =
            (process.child.id(), process.timed_out.load(SeqCst), worker.end());
        let mut state = self.lock();
        state.processes.retain(|other| !Arc::ptr_eq(other, &process));
        let why = match state.ended.clone() {
            Some(ended) => ended,
            None if timed_out => TaskError::TimedOut,
            None if error.kind() == ErrorKind::InvalidData => TaskError::Garbage { pid },
            None => TaskError::WorkerDied { pid, status },
        };
        drop(state);
        if let Some(job) = batch.pop_lost() {
            job.fail(why);
        }
        self.requeue(self.end_batch(&process), batch.jobs);
    }

    /// The clock: has workers return what waits behind a long task, or kills them at the time limit.
    pub fn watch_clock(&self) {
        sigpipe::block();
        let mut state = self.lock();
        while !state.is_over() {
            let (now, cancelled) = (Instant::now(), take(&mut state.cancelled));
            for (deadline, process) in &mut state.running {
                let is_late = deadline.take_if(|deadline| *deadline <= now).is_some();
                if is_late && self.config.task_timeout.is_some() {
                    process.timed_out.store(true, SeqCst);
                    process.kill();
                } else if (is_late || cancelled) && !process.ask_to_return() {
                    deadline.get_or_insert(now + LONG); // it hasn't responded to the last time yet
                }
            }
            let next = state.running.iter().filter_map(|(deadline, _)| *deadline).min();
            state.clock_waits = next.is_none();
            let pause = next.map_or(Duration::MAX, |next| next - now);
            state = ignore_poison(self.news.wait_timeout(state, pause)).0;
        }
    }
}
