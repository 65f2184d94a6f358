//! The supervisors: threads that see that there are workers.
//!
//! Each starts a worker, waits for its end, whatever the reason, and starts the next. There are as many
//! as workers.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use task_utils::child_end::EndSignal;
use task_utils::frame;

use crate::error::{Error, TaskError};
use crate::ignore_poison;
use crate::message::Response;
use crate::process::{Process, Worker};
use crate::scheduler::{Scheduler, State};

/// How many workers in a row may fail to start: at the start of a pool, so that an error comes soon, and
/// later, when the others go on meanwhile.
const FIRST_STARTS: u32 = 2;
const STARTS: u32 = 10;
/// A worker has failed to start if it ends so soon and without a task.
const SOON: Duration = Duration::from_secs(10);
/// How long to wait before another start, but for the first few. The time doubles, up to the longest.
const QUICK_STARTS: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(10);
const LONGEST_BACKOFF: Duration = Duration::from_millis(500);
/// How long the first worker has to reach its entry check, if this program may have none.
const ENTRY_CHECK: Duration = Duration::from_secs(60);

impl Scheduler {
    /// A supervisor.
    pub fn supervise(&self, number: usize) {
        // Only the first starts a worker while nobody knows whether that has an entry check.
        let wait = |state: &mut State| number > 0 && !state.greeted && !state.is_over();
        drop(self.news.wait_while(self.lock(), wait));
        let mut failures = 0;
        while !self.lock().is_over() {
            match self.run_worker() {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures += 1;
                    if !self.wait_to_retry(failures, error) {
                        break;
                    }
                }
            }
        }
    }

    /// Starts a worker and waits for its end; an error if it failed to start.
    fn run_worker(&self) -> Result<(), Error> {
        let spawn_error = |error: io::Error| Error::Spawn(Arc::new(error));
        let (mut worker, end_signal) = Worker::start(&self.config).map_err(spawn_error)?;
        let process = Arc::clone(&worker.process);
        let mut state = self.lock();
        state.processes.push(Arc::clone(&process));
        if state.ended.is_some() {
            process.kill(); // too late for `end` to see it
        }
        drop(state);
        let (greeting, ready) = (self.greet(&mut worker), Instant::now());
        match greeting {
            Ok(None) => {
                self.put_idle(self.lock(), worker);
                self.news.notify_all();
            }
            _ => drop(worker.end()),
        }
        let (status, used) = self.wait_for_end(&process, end_signal);
        match greeting {
            Ok(None) if used || ready.elapsed() > SOON => Ok(()),
            Ok(Some(failure)) => Err(Error::Initializer(failure)),
            _ => Err(self.no_start(status)),
        }
    }

    /// Talks to a new worker until it is ready; returns why its initializer failed, if it did.
    fn greet(&self, worker: &mut Worker) -> io::Result<Option<String>> {
        loop {
            match worker.receive()?.0 {
                Response::Hello => {
                    self.lock().greeted = true;
                    self.news.notify_all();
                    worker.initialize(&self.config)?;
                }
                Response::Ready => return Ok(None),
                Response::InitializerFailed(why) => return Ok(Some(why)),
                _ => return Err(frame::garbage("a result before any task")),
            }
        }
    }

    /// Waits for the end of a worker; returns how it ended, and whether it had got a task.
    fn wait_for_end(
        &self,
        process: &Arc<Process>,
        signal: EndSignal,
    ) -> (Option<ExitStatus>, bool) {
        let status = process.wait();
        drop(signal); // wakes the runner that reads its responses
        let mut state = self.lock();
        state.processes.retain(|other| !Arc::ptr_eq(other, process));
        let ended = |worker: &mut Worker| Arc::ptr_eq(&worker.process, process);
        let idle = state.idle.extract_if(.., ended).next();
        (status, idle.is_none_or(|worker| worker.used))
    }

    fn no_start(&self, status: Option<ExitStatus>) -> Error {
        // A crash has no exit code, or on Windows a negative one.
        let crashed = status.is_some_and(|status| status.code().is_none_or(|code| code < 0));
        match self.lock().greeted || crashed {
            true => Error::NoStart(status),
            false => Error::NoGuard(self.config.task),
        }
    }

    /// Waits a while before another start; `false` after too many. The others go on without this worker;
    /// the last supervisor that gives up ends the pool.
    fn wait_to_retry(&self, failures: u32, error: Error) -> bool {
        let mut state = self.lock();
        let limit = match error {
            Error::NoGuard(_) => 1,
            _ if state.started => STARTS,
            Error::Initializer(_) => 1,
            _ => FIRST_STARTS,
        };
        if failures < limit {
            let factor = (1 << failures.min(10)) >> QUICK_STARTS;
            let time = BACKOFF.saturating_mul(factor).min(LONGEST_BACKOFF);
            let waited = self.news.wait_timeout_while(state, time, |state| !state.is_over());
            drop(ignore_poison(waited));
            return true;
        }
        state.given_up += 1;
        let last = !state.started || state.given_up == self.config.processes;
        drop(state);
        if last {
            self.end(TaskError::NoWorkers(error));
        }
        false
    }

    /// Waits until all workers are ready, or there is an error.
    pub fn wait_until_ready(&self) -> Result<(), Error> {
        let silent = |state: &mut State| state.ended.is_none() && !state.greeted;
        let waited = self.news.wait_timeout_while(self.lock(), ENTRY_CHECK, silent);
        let (state, timeout) = ignore_poison(waited);
        if timeout.timed_out() {
            return Err(Error::NoGuard(self.config.task));
        }
        let starting =
            |state: &mut State| state.ended.is_none() && state.idle.len() < self.config.processes;
        let waited = self.news.wait_while(state, starting);
        let mut state = ignore_poison(waited);
        match &state.ended {
            Some(TaskError::NoWorkers(error)) => Err(error.clone()),
            _ => {
                state.started = true;
                Ok(())
            }
        }
    }
}
