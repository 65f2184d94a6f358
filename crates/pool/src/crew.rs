//! The parent's side: the workers' lives, and the threads that talk to them.
//!
//! Each place in the crew has two threads for the whole life of the pool. The **feeder** takes tasks
//! from the queue and writes them to the worker; it may block there without harm. The **keeper**
//! starts the worker, reads its results, and when it ends, whatever the reason, reaps it, tells who
//! lost a task, and starts the next one. They meet in [`State`], under one lock, which nobody holds
//! while reading, writing tasks or calling anyone.

use std::io::{self, Write};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use os_pipe::{PipeReader, PipeWriter};
use task_utils::frame;
use task_utils::respawn::{self, Role};

use crate::error::{Error, TaskError};
use crate::plan::{Job, Place, State};
use crate::wire::{Items, Word};

/// How long the first worker has to reach its guard, on the slowest machine.
const GUARD: Duration = Duration::from_secs(60);
/// How many workers in a row may fail to start in one place: while the pool starts, so that an
/// error comes soon; and later, when the others go on meanwhile.
const FIRST_STARTS: u32 = 2;
const STARTS: u32 = 16;
/// How long to wait where the system has no process or descriptor to give: nobody tells when it has.
const RETRY: Duration = Duration::from_millis(100);

pub(crate) struct Crew {
    role: Role,
    task: &'static str,
    initializer: Option<fn()>,
    max_tasks: Option<usize>,
    state: Mutex<State>,
    /// A worker got ready or ended, or the pool did.
    news: Condvar,
}

impl Crew {
    /// Starts a crew; answers when all are ready.
    pub fn start(
        role: Role,
        task: &'static str,
        processes: usize,
        initializer: Option<fn()>,
        max_tasks: Option<usize>,
    ) -> Result<(Arc<Self>, Vec<JoinHandle<()>>), Error> {
        let mut state = State::default();
        let room = state.places.try_reserve_exact(processes);
        room.map_err(|error| Error::Spawn(Arc::new(io::Error::other(error))))?;
        state.places.resize_with(processes, Place::default);
        let state = Mutex::new(state);
        let crew =
            Arc::new(Crew { role, task, initializer, max_tasks, state, news: Condvar::new() });
        let mut threads = Vec::new();
        for place in 0..processes {
            for (name, work) in [("feeder", Crew::feed as fn(&Crew, usize)), ("keeper", Crew::keep)]
            {
                let crew_of_thread = Arc::clone(&crew);
                let thread = thread::Builder::new().name(format!("pool {name} {place}"));
                match thread.spawn(move || work(&crew_of_thread, place)) {
                    Ok(thread) => threads.push(thread),
                    Err(error) => crew.end(TaskError::NoWorkers(Error::Spawn(Arc::new(error)))),
                }
            }
        }
        match crew.wait_until_ready() {
            Ok(()) => Ok((crew, threads)),
            Err(error) => {
                crew.end(TaskError::NoWorkers(error.clone()));
                threads.into_iter().for_each(|thread| drop(thread.join()));
                Err(error)
            }
        }
    }

    fn wait_until_ready(&self) -> Result<(), Error> {
        let start = Instant::now();
        let mut state = self.lock();
        loop {
            match &state.ended {
                Some(TaskError::NoWorkers(error)) => return Err(error.clone()),
                _ if state.places.iter().all(|place| place.ready) => {
                    state.started = true;
                    return Ok(());
                }
                _ if state.guarded => {
                    state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                _ => {
                    let left = GUARD.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        return Err(Error::NoGuard(self.task));
                    }
                    let waited = self.news.wait_timeout(state, left);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Puts a job at the end of the queue. Never waits for a worker.
    pub fn push(&self, job: Job) {
        let mut state = self.lock();
        let refused = match &state.ended {
            Some(why) => Some(why.clone()),
            None => state.closed.then_some(TaskError::Closed),
        };
        if let Some(why) = refused {
            drop(state);
            return job.fail(why);
        }
        state.queued += job.count;
        state.queue.push_back(job);
        state.wake_feeders();
    }

    pub fn pids(&self) -> Vec<u32> {
        let state = self.lock();
        state.places.iter().filter_map(|place| place.process.as_ref().map(Child::id)).collect()
    }

    /// No more tasks from now on.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        if state.done() {
            self.wake_all(&mut state);
        }
    }

    /// Why the crew ended early, if it did.
    pub fn failure(&self) -> Option<Error> {
        match &self.lock().ended {
            Some(TaskError::NoWorkers(error)) => Some(error.clone()),
            _ => None,
        }
    }

    /// Ends all workers now; every task without a result gets `why` instead of one.
    pub fn end(&self, why: TaskError) {
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        state.ended = Some(why.clone());
        let mut lost: Vec<Job> = state.queue.drain(..).collect();
        (state.queued, state.outstanding) = (0, 0);
        for place in &mut state.places {
            lost.extend(place.sent.drain(..).map(|sent| sent.job));
            place.outstanding = 0;
            if let Some(process) = &mut place.process {
                let _ = process.kill(); // the keeper reaps it
            }
        }
        self.wake_all(&mut state);
        drop(state);
        lost.into_iter().for_each(|job| job.fail(why.clone()));
    }

    fn wake_all(&self, state: &mut State) {
        for place in &mut state.places {
            place.tasks = None; // the end of this pipe tells the worker that there are no more
            place.wake.notify_all();
        }
        self.news.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ── the feeder ──────────────────────────────────────────────────────────────────────────────

    fn feed(&self, place: usize) {
        respawn::broken_pipes_are_errors();
        let mut message = Vec::new();
        let mut state = self.lock();
        let wake = Arc::clone(&state.places[place].wake);
        while !state.over() {
            message.clear();
            state.places[place].woken = false;
            if let Some(tasks) = state.take_for(place, &mut message) {
                drop(state);
                // A broken pipe is the end of the worker, which its keeper sees.
                let _ = (&*tasks).write_all(&message);
                drop(tasks);
                state = self.lock();
            } else {
                state.ask_back_for(place);
                state = wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    // ── the keeper ──────────────────────────────────────────────────────────────────────────────

    fn keep(&self, place: usize) {
        respawn::broken_pipes_are_errors();
        let mut failures = 0;
        while self.may_start(place) {
            let failure = match respawn::start(&self.role, self.initializer) {
                Ok(started) => {
                    let (tasks, up) = (started.down, started.up);
                    self.take_on(place, started.process, started.control);
                    let read = self.read(place, tasks, up);
                    self.bury(place, read)
                }
                Err(error) => Some(Error::Spawn(Arc::new(error))),
            };
            match failure {
                None => failures = 0,
                Some(error) => {
                    failures += 1;
                    self.wait_or_give_up(place, failures, error);
                }
            }
        }
    }

    /// Waits until the guard is known to be there; only the first worker starts without.
    fn may_start(&self, place: usize) -> bool {
        let waiting = |state: &mut State| place > 0 && !state.guarded && !state.over();
        let state = self.news.wait_while(self.lock(), waiting);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        !state.over() && !state.places[place].given_up
    }

    /// A worker has failed to start. The others go on without it; the last place that gives up is
    /// the end of the pool.
    fn wait_or_give_up(&self, place: usize, failures: u32, error: Error) {
        let mut state = self.lock();
        let limit = match error {
            Error::NoGuard(_) => 1,
            _ if state.started => STARTS,
            _ => FIRST_STARTS,
        };
        if failures >= limit {
            state.places[place].given_up = true;
            if !state.started || state.places.iter().all(|place| place.given_up) {
                drop(state);
                self.end(TaskError::NoWorkers(error));
            }
        } else if matches!(error, Error::Spawn(_)) && !state.over() {
            drop(self.news.wait_timeout(state, RETRY));
        }
    }

    fn take_on(&self, place: usize, mut process: Child, control: PipeWriter) {
        let mut state = self.lock();
        if state.ended.is_some() {
            let _ = process.kill(); // too late for `end` to see it
        }
        let place = &mut state.places[place];
        *place = place.taken_by(process, control, self.max_tasks);
    }

    /// Reads what the worker says until it ends, or says what makes no sense.
    fn read(&self, place: usize, tasks: PipeWriter, up: PipeReader) -> io::Result<()> {
        let (mut up, mut tasks) = (frame::Reader::new(up), Some(tasks));
        while let Some(message) = up.next()? {
            self.hear(place, &message[frame::HEADER..], &mut tasks)?;
        }
        Ok(())
    }

    /// One message. `tasks` is where a worker's tasks will go, until it is ready for them.
    fn hear(&self, place: usize, message: &[u8], tasks: &mut Option<PipeWriter>) -> io::Result<()> {
        let (word, rest) = frame::decode_first::<Word>(message)?;
        match word {
            Word::Hello => {
                self.lock().guarded = true;
                self.news.notify_all();
            }
            Word::Ready => {
                let tasks = tasks.take().ok_or_else(|| frame::garbage("ready twice"))?;
                let mut state = self.lock();
                state.places[place].ready = true;
                state.places[place].tasks = Some(Arc::new(tasks)).filter(|_| !state.over());
                state.wake_feeders();
                state.places[place].wake.notify_all();
                self.news.notify_all();
            }
            Word::Results { number, count } => {
                let count = usize::try_from(count).map_err(frame::garbage)?;
                self.results(place, number, count, Items(rest))?;
            }
            Word::GaveBack { number, kept, through } => {
                self.lock().gave_back(place, number, kept, through);
            }
        }
        Ok(())
    }

    fn results(&self, place: usize, number: u64, count: usize, items: Items<'_>) -> io::Result<()> {
        if items.clone().try_fold(0, |n, item| item.map(|_| n + 1))? != count {
            return Err(frame::garbage("a wrong number of results"));
        }
        let mut state = self.lock();
        if state.ended.is_some() {
            return Ok(());
        }
        let (sink, first) = state.answered(place, number, count)?;
        if state.done() {
            self.wake_all(&mut state);
        } else if state.queued > 0 {
            state.wake_feeders();
        } else {
            state.ask_back_for(place);
        }
        drop(state);
        sink.deliver(first, count, items);
        Ok(())
    }

    /// After the worker's end: reaps it, tells who lost a task, gives the others back to the queue.
    /// Answers why it never got ready, if it didn't.
    fn bury(&self, place: usize, read: io::Result<()>) -> Option<Error> {
        let mut state = self.lock();
        let worker = &mut state.places[place];
        let ready = worker.ready;
        let mut process = worker.process.take()?;
        (worker.tasks, worker.control) = (None, None);
        drop(state);
        // Without its pipe it is of no use, whatever it does; if it has ended, this changes nothing.
        let _ = process.kill();
        let pid = process.id();
        // An error where the program ignores SIGCHLD: then nobody knows how it ended.
        let status = process.wait().unwrap_or_default();

        let mut state = self.lock();
        let lost = state.take_back(place);
        let guarded = state.guarded;
        if state.done() {
            self.wake_all(&mut state);
        }
        drop(state);
        self.news.notify_all();
        if let Some(job) = lost {
            job.fail(match read {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    TaskError::Garbage { pid }
                }
                _ => TaskError::WorkerDied { pid, status },
            });
        }
        match ready {
            true => None,
            false if !guarded && status.code().is_some() => Some(Error::NoGuard(self.task)),
            false => Some(Error::NoStart(status)),
        }
    }
}
