//! The supervisors: threads that see that there are workers.
//!
//! Each starts a worker, waits for its end, whatever the reason, and starts the next. There are as many
//! as workers.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

use task_utils::frame;

use crate::error::{Error, TaskError};
use crate::ignore_poison;
use crate::message::{self, Response};
use crate::process::Worker;
use crate::scheduler::{Scheduler, State};

/// How many workers in a row may fail to start, once the pool has begun, for each that it is to have.
const STARTS: usize = 10;
/// A worker has failed to start if it ends so soon and without a task.
const SOON: Duration = Duration::from_secs(10);
/// How long to wait before another start. The time doubles each time, up to 64 times as long.
const BACKOFF: Duration = Duration::from_millis(10);
/// How long the first worker has to reach its entry check, if this program may have none.
const ENTRY_CHECK: Duration = Duration::from_secs(60);

/// A worker that isn't ready, and where its supervisor learns when it was, or why its initializer failed.
pub(crate) type Starting = (Worker, Sender<Result<Instant, String>>);

impl Scheduler {
    /// A supervisor.
    pub fn supervise(&self, number: usize) {
        // Only the first starts a worker while nobody knows whether that has an entry check.
        let wait = |state: &mut State| number > 0 && !state.greeted && !state.is_over();
        drop(self.news.wait_while(self.lock(), wait));
        while !self.lock().is_over() {
            match self.run_worker() {
                Ok(()) => self.lock().failures = 0,
                Err(error) => self.wait_to_retry(error),
            }
        }
    }

    /// Starts a worker and waits for its end; an error if it failed to start.
    fn run_worker(&self) -> Result<(), Error> {
        let spawn_error = |error: io::Error| Error::Spawn(Arc::new(error));
        let (worker, end_signal) = Worker::start(&self.config).map_err(spawn_error)?;
        let process = Arc::clone(&worker.process);
        let (sender, ready) = mpsc::channel();
        let mut state = self.lock();
        state.processes.push(Arc::clone(&process));
        state.starting.push((worker, sender));
        if state.ended.is_some() {
            process.kill(); // too late for `end` to see it
        }
        self.update(state);

        let status = process.wait();
        drop(end_signal); // wakes the runner that reads its responses
        let ready = ready.recv();
        let mut state = self.lock();
        state.processes.retain(|other| !Arc::ptr_eq(other, &process));
        let ended = |worker: &mut Worker| Arc::ptr_eq(&worker.process, &process);
        let used = state.idle.extract_if(.., ended).all(|worker| worker.used);
        // A crash has no exit code, or on Windows a negative one.
        let crashed = status.is_some_and(|status| status.code().is_none_or(|code| code < 0));
        match ready {
            Ok(Ok(ready)) if used || ready.elapsed() > SOON => Ok(()),
            Ok(Err(failure)) => Err(Error::Initializer(failure)),
            _ if state.greeted || crashed => Err(Error::NoStart(status)),
            _ => Err(Error::NoEntryCheck(self.config.task.into())),
        }
    }

    /// Has a new worker get ready, in a runner: a supervisor sees when the worker ends meanwhile.
    pub fn welcome(&self, (mut worker, ready): Starting) {
        let greeted = self.greet(&mut worker);
        match greeted {
            Ok(Ok(_)) => self.put_idle(self.lock(), worker),
            _ => drop(worker.end()),
        }
        let _ = greeted.map(|greeted| ready.send(greeted));
        self.news.notify_all();
    }

    /// Talks to a new worker until it is ready; returns when it is, or why its initializer failed.
    fn greet(&self, worker: &mut Worker) -> io::Result<Result<Instant, String>> {
        loop {
            match worker.receive()?.0 {
                Response::Hello => {
                    self.lock().greeted = true;
                    self.news.notify_all();
                    let initargs = message::encode(&(), &[&self.config.initargs])?;
                    worker.requests.write_all(&initargs)?;
                }
                Response::Initialized(done) => return Ok(done.map(|()| Instant::now())),
                _ => return Err(frame::garbage("a result before any task")),
            }
        }
    }

    /// Waits a while before another start. After too many, if no worker is left that could run a task, it ends
    /// the pool.
    fn wait_to_retry(&self, error: Error) {
        let mut state = self.lock();
        state.failures += 1;
        let limit = if state.started { STARTS * self.config.processes } else { 1 };
        let has_workers = state.started && (!state.running.is_empty() || !state.idle.is_empty());
        if state.failures >= limit && !has_workers {
            drop(state);
            return self.end(TaskError::NoWorkers(error));
        }
        let doubled = (state.failures / self.config.processes).min(6);
        let pause = BACKOFF * (1 << doubled);
        drop(self.news.wait_timeout_while(state, pause, |state| !state.is_over()));
    }

    /// Waits until all workers are ready, or there is an error.
    pub fn wait_until_ready(&self) -> Result<(), Error> {
        let starting =
            |state: &mut State| state.ended.is_none() && state.idle.len() < self.config.processes;
        let silent = |state: &mut State| starting(state) && !state.greeted;
        let waited = self.news.wait_timeout_while(self.lock(), ENTRY_CHECK, silent);
        let (state, timeout) = ignore_poison(waited);
        if timeout.timed_out() {
            return Err(Error::NoEntryCheck(self.config.task.into()));
        }
        let mut state = ignore_poison(self.news.wait_while(state, starting));
        state.started = true;
        state.ended.clone().map_or(Ok(()), |why| Err(why.into()))
    }
}
