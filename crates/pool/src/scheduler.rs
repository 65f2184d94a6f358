//! The state of a pool: which jobs wait, which workers are idle, and when it is over.
//!
//! No thread waits for a worker here. `runner.rs` brings jobs and workers together, `supervisor.rs`
//! sees that there are workers.

use std::io;
use std::mem::take;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use task_utils::sigpipe;

use crate::async_result::Call;
use crate::batch::{Job, Queue, ReplyTo};
use crate::builder::Config;
use crate::error::{Error, TaskError};
use crate::ignore_poison;
use crate::process::{Process, Worker};
use crate::supervisor::Starting;

/// The stack of most threads, and of the one that calls back: it decodes what a worker's main thread has
/// encoded, on a stack that is certainly larger.
const STACK: usize = 512 << 10;
const CALLBACK_STACK: usize = 64 << 20;

pub(crate) struct Scheduler {
    pub config: Config,
    state: Mutex<State>,
    /// There may be something to do for a runner.
    pub work: Condvar,
    /// For all other threads: a worker said hello or got ready, there is a deadline, or the pool is over.
    pub news: Condvar,
    /// The callbacks to be called; `None` is the last.
    pub callbacks: Sender<Option<Call>>,
    calls: Mutex<Receiver<Option<Call>>>,
}

#[derive(Default)]
pub(crate) struct State {
    pub queue: Queue,
    /// Workers that were started and aren't ready.
    pub starting: Vec<Starting>,
    pub idle: Vec<Worker>,
    /// The workers that have a batch, some with a time at which it takes long.
    pub running: Vec<(Option<Instant>, Arc<Process>)>,
    /// All workers that live.
    pub processes: Vec<Arc<Process>>,
    /// How many tasks a worker is given at once.
    pub batch_size: usize,
    /// How many runners wait, and whether the clock does: to wake nobody would be a system call, too.
    pub waiting: usize,
    pub clock_waits: bool,
    /// A task was cancelled that a worker may be in.
    pub cancelled: bool,
    /// How many workers in a row have failed to start.
    pub failures: usize,
    /// A worker has reached its entry check, and all were ready once.
    pub greeted: bool,
    pub started: bool,
    /// How many iterators live.
    pub streams: usize,
    pub closed: bool,
    joining: bool,
    /// Why no task will ever be run again.
    pub ended: Option<TaskError>,
}

impl Scheduler {
    /// A pool without threads.
    pub fn new(config: Config) -> Self {
        let (callbacks, calls) = mpsc::channel();
        let state = State { batch_size: 1, greeted: config.has_entry_check, ..State::default() };
        Scheduler {
            config,
            state: Mutex::new(state),
            work: Condvar::new(),
            news: Condvar::new(),
            callbacks,
            calls: Mutex::new(calls),
        }
    }

    /// Adds its threads to `threads`; the first is that of the callbacks.
    pub fn spawn_threads(self: &Arc<Self>, threads: &mut Vec<JoinHandle<()>>) -> io::Result<()> {
        let mut spawn = |name: &str, stack, run: fn(&Scheduler, usize), n| {
            let scheduler = Arc::clone(self);
            let thread = thread::Builder::new().name(format!("pool {name}")).stack_size(stack);
            thread.spawn(move || run(&scheduler, n)).map(|thread| threads.push(thread))
        };
        spawn("callbacks", CALLBACK_STACK, |scheduler, _| scheduler.call_back(), 0)?;
        spawn("clock", STACK, |scheduler, _| scheduler.watch_clock(), 0)?;
        for n in 0..self.config.processes {
            spawn("runner", STACK, |scheduler, _| scheduler.run(), n)?;
            spawn("supervisor", STACK, Scheduler::supervise, n)?;
        }
        Ok(())
    }

    fn call_back(&self) {
        let calls = ignore_poison(self.calls.lock());
        calls.iter().map_while(|call| call).for_each(|call| call());
    }

    /// Puts a job at the end of the queue, unless the pool takes no more. Never waits for a worker, but if the
    /// caller lends its thread and a worker is idle, that runs the job: no runner needs to be woken.
    pub fn push(&self, job: Job, lends_thread: bool) -> Result<(), TaskError> {
        let mut state = self.lock();
        if let Some(why) = state.refusal(matches!(job.reply_to, ReplyTo::Imap(..))) {
            return Err(why);
        }
        let lends_thread = lends_thread && sigpipe::CAN_SUPPRESS && state.queue.tasks == 0;
        state.queue.push_back(job);
        match state.idle.pop_if(|_| lends_thread) {
            Some(worker) => self.run_batch(state, worker),
            None => self.update(state),
        }
        Ok(())
    }

    /// Ends all workers now; every task without a result gets `why` instead of one.
    pub fn end(&self, why: TaskError) {
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        state.ended = Some(why.clone());
        let lost = take(&mut state.queue);
        for process in &state.processes {
            process.kill(); // its supervisor reaps it
        }
        self.update(state);
        lost.fail(why);
    }

    /// Waits for all tasks, until the threads and so all workers have ended. An error if that was early.
    pub fn join(&self, threads: Vec<JoinHandle<()>>) -> Result<(), Error> {
        self.change(|state| (state.closed, state.joining) = (true, true));
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
        let ended = self.lock().ended.clone();
        ended.map_or(Ok(()), |why| Err(why.into()))
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        ignore_poison(self.state.lock())
    }

    /// Tasks that a worker didn't begin go to the front of the queue, where they came from.
    pub fn requeue(&self, mut state: MutexGuard<State>, jobs: Queue) {
        if let Some(why) = state.ended.clone() {
            drop(state);
            return jobs.fail(why);
        }
        state.queue.push_front(jobs);
        self.update(state);
    }

    /// A worker has nothing to do.
    pub fn put_idle(&self, mut state: MutexGuard<State>, worker: Worker) {
        state.idle.push(worker);
        self.update(state);
    }

    pub fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        self.update(state);
    }

    /// After a change of the state: wakes a runner if there is something to do, or all threads if the pool is
    /// over. Then a worker that is dropped here ends, as the pipe of its requests ends.
    pub fn update(&self, mut state: MutexGuard<State>) {
        let has_batch = state.queue.tasks > 0 && !state.idle.is_empty();
        if state.is_over() {
            state.starting.clear();
            state.idle.clear();
            self.work.notify_all();
            self.news.notify_all();
        } else if state.waiting > 0 && (has_batch || !state.starting.is_empty()) {
            state.waiting -= 1;
            drop(state);
            self.work.notify_one();
        }
    }
}

impl State {
    /// Why no more tasks are taken, if so. An iterator that has begun may hand in some until `join`.
    pub fn refusal(&self, of_begun_iterator: bool) -> Option<TaskError> {
        let closed = if of_begun_iterator { self.joining } else { self.closed };
        self.ended.clone().or(closed.then_some(TaskError::Closed))
    }

    /// Whether nothing is left to be done, ever.
    pub fn is_over(&self) -> bool {
        let done = self.queue.tasks == 0 && self.running.is_empty();
        self.ended.is_some() || self.closed && done && (self.streams == 0 || self.joining)
    }
}
