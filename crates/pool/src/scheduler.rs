//! The state of a pool: which jobs wait, which workers are idle, and when it is over.
//!
//! No thread waits for a worker here. `runner.rs` brings jobs and workers together, `supervisor.rs`
//! sees that there are workers.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::batch::{Job, Queue};
use crate::builder::Config;
use crate::error::{Error, TaskError};
use crate::ignore_poison;
use crate::process::{Process, Worker};
use crate::reply::Call;

/// The stack of most threads, and of the one that calls back: it decodes what a worker's main thread has
/// encoded, on a stack that is certainly larger.
const STACK: usize = 512 << 10;
const CALLBACK_STACK: usize = 64 << 20;

pub(crate) struct Scheduler {
    pub config: Config,
    state: Mutex<State>,
    /// There may be something to do for a runner.
    pub work: Condvar,
    /// A worker said hello or got ready, or the pool is over.
    pub news: Condvar,
    /// There is a deadline while the clock waits for one.
    pub deadline_added: Condvar,
    /// The callbacks to be called; `None` is the last.
    callbacks: Sender<Option<Call>>,
}

#[derive(Default)]
pub(crate) struct State {
    pub queue: Queue,
    pub idle: Vec<Worker>,
    /// How many batches are with workers.
    pub running: usize,
    /// Until when some of them may take, and whether the clock waits for such a time.
    pub deadlines: Vec<(Instant, Arc<Process>)>,
    pub clock_waits: bool,
    /// All workers that live.
    pub processes: Vec<Arc<Process>>,
    /// How many tasks a worker is given at once.
    pub batch_size: usize,
    /// How many runners wait: to wake nobody would be a system call, too.
    pub waiting: usize,
    /// How many supervisors have given up.
    pub given_up: usize,
    /// A worker has reached its entry check, and all were ready once.
    pub greeted: bool,
    pub started: bool,
    /// How many iterators may still hand in tasks.
    streams: usize,
    closed: bool,
    joining: bool,
    /// Why no task will ever be run again.
    pub ended: Option<TaskError>,
}

impl Scheduler {
    /// Starts the threads, and returns them when all workers are ready.
    pub fn start(config: Config) -> Result<(Arc<Self>, Vec<JoinHandle<()>>), Error> {
        let (callbacks, calls) = mpsc::channel();
        let state = State { batch_size: 1, greeted: config.has_entry_check, ..State::default() };
        let scheduler = Arc::new(Scheduler {
            config,
            state: Mutex::new(state),
            work: Condvar::new(),
            news: Condvar::new(),
            deadline_added: Condvar::new(),
            callbacks,
        });
        let mut threads = Vec::new();
        let spawned = scheduler.spawn_threads(calls, &mut threads);
        let spawned = spawned.map_err(|error| Error::Spawn(error.into()));
        match spawned.and_then(|()| scheduler.wait_until_ready()) {
            Ok(()) => Ok((scheduler, threads)),
            Err(error) => {
                scheduler.end(TaskError::NoWorkers(error.clone()));
                scheduler.join(threads);
                Err(error)
            }
        }
    }

    fn spawn_threads(
        self: &Arc<Self>,
        calls: Receiver<Option<Call>>,
        threads: &mut Vec<JoinHandle<()>>,
    ) -> io::Result<()> {
        let call_back = move || calls.into_iter().map_while(|call| call).for_each(|call| call());
        let callbacks = thread::Builder::new().name("pool callbacks".into());
        threads.push(callbacks.stack_size(CALLBACK_STACK).spawn(call_back)?);
        let mut spawn = |name: String, run: fn(&Scheduler, usize), n| {
            let scheduler = Arc::clone(self);
            let thread = thread::Builder::new().name(name).stack_size(STACK);
            thread.spawn(move || run(&scheduler, n)).map(|thread| threads.push(thread))
        };
        spawn("pool clock".into(), |scheduler, _| scheduler.watch_clock(), 0)?;
        for n in 0..self.config.processes {
            spawn(format!("pool runner {n}"), |scheduler, _| scheduler.run(), n)?;
            spawn(format!("pool supervisor {n}"), Scheduler::supervise, n)?;
        }
        Ok(())
    }

    /// Puts a job at the end of the queue, or fails it. Never waits for a worker.
    pub fn push(&self, job: Job) {
        let mut state = self.lock();
        if let Some(why) = state.refusal() {
            drop(state);
            return self.fail(job, why);
        }
        state.queue.push_back(job);
        self.wake_runner(state);
    }

    /// [`push`](Self::push) for an iterator that began before the pool was closed.
    pub fn push_of_stream(&self, job: Job) -> Result<(), TaskError> {
        let mut state = self.lock();
        if let Some(why) = state.ended.clone().or(state.joining.then_some(TaskError::Closed)) {
            return Err(why);
        }
        state.queue.push_back(job);
        self.wake_runner(state);
        Ok(())
    }

    /// An iterator begins to hand in tasks.
    pub fn begin_stream(&self) -> Result<(), TaskError> {
        let mut state = self.lock();
        let refusal = state.refusal();
        state.streams += usize::from(refusal.is_none());
        refusal.map_or(Ok(()), Err)
    }

    pub fn end_stream(&self) {
        let mut state = self.lock();
        state.streams -= 1;
        self.finish_if_over(&mut state);
    }

    pub fn pids(&self) -> Vec<u32> {
        self.lock().processes.iter().map(|process| process.id()).collect()
    }

    /// No more tasks from now on, but those of iterators.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.finish_if_over(&mut state);
    }

    /// Ends all workers now; every task without a result gets `why` instead of one.
    pub fn end(&self, why: TaskError) {
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        state.ended = Some(why.clone());
        let lost = state.queue.take_all();
        for process in &state.processes {
            process.kill(); // its supervisor reaps it
        }
        self.finish_if_over(&mut state);
        drop(state);
        lost.into_iter().for_each(|job| self.fail(job, why.clone()));
    }

    /// Waits for all tasks, until the threads and so all workers have ended; returns why that was early.
    pub fn join(&self, threads: Vec<JoinHandle<()>>) -> Option<Error> {
        let mut state = self.lock();
        (state.closed, state.joining) = (true, true);
        self.finish_if_over(&mut state);
        drop(state);
        // The first is that of the callbacks, which ends when the others can't call any more.
        for (n, thread) in threads.into_iter().enumerate().rev() {
            if n == 0 {
                let _ = self.callbacks.send(None);
            }
            // A callback that drops the pool runs on that thread, which can't wait for itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
        match &self.lock().ended {
            Some(TaskError::NoWorkers(error)) => Some(error.clone()),
            _ => None,
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        ignore_poison(self.state.lock())
    }

    /// Tasks that a worker didn't begin go to the front of the queue, where they came from.
    pub fn requeue(&self, jobs: VecDeque<Job>) {
        let mut state = self.lock();
        if let Some(why) = state.ended.clone() {
            drop(state);
            return jobs.into_iter().for_each(|job| self.fail(job, why.clone()));
        }
        state.queue.push_front(jobs);
        self.wake_runner(state);
    }

    pub fn fail(&self, job: Job, why: TaskError) {
        self.call(job.fail(why));
    }

    /// Has a callback called, if there is one.
    pub fn call(&self, call: Option<Call>) {
        let _ = call.map(|call| self.callbacks.send(Some(call)));
    }

    /// A worker has nothing to do.
    pub fn put_idle(&self, mut state: MutexGuard<State>, worker: Worker) {
        state.idle.push(worker);
        self.finish_if_over(&mut state);
        self.wake_runner(state);
    }

    pub fn wake_runner(&self, mut state: MutexGuard<State>) {
        if state.waiting > 0 && state.queue.tasks > 0 && !state.idle.is_empty() {
            state.waiting -= 1;
            drop(state);
            self.work.notify_one();
        }
    }

    /// An idle worker ends when it is dropped, as the pipe of its requests ends.
    pub fn finish_if_over(&self, state: &mut State) {
        if state.is_over() {
            state.idle.clear();
            self.work.notify_all();
            self.news.notify_all();
            self.deadline_added.notify_all();
        }
    }
}

impl State {
    pub fn refusal(&self) -> Option<TaskError> {
        self.ended.clone().or(self.closed.then_some(TaskError::Closed))
    }

    /// Whether nothing is left to be done, ever.
    pub fn is_over(&self) -> bool {
        let done = self.queue.tasks == 0 && self.running == 0;
        self.ended.is_some() || self.closed && done && (self.streams == 0 || self.joining)
    }
}
