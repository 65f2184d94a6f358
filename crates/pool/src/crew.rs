//! The parent's side: the workers' lives, and the threads that talk to them.
//!
//! Each place in the crew has two threads for the whole life of the pool. The **feeder** takes tasks
//! from the queue and writes them to the worker; it may block there without harm. The **keeper**
//! starts the worker, reads its results, and when it ends, whatever the reason, reaps it, tells who
//! lost a task, and starts the next one. They meet in [`State`], under one lock, which nobody holds
//! while reading, writing tasks or calling anyone.

use std::io::{self, Write};
use std::process::{Child, ExitStatus};
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
/// How many workers in a row may end while they start.
const STARTS: u32 = 4;

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
                _ if state.places.iter().all(|place| place.tasks.is_some()) => return Ok(()),
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
        while self.may_start(place) {
            match respawn::start(&self.role, self.initializer) {
                Ok(started) => {
                    let (tasks, up) = (started.down, started.up);
                    self.take_on(place, started.process, started.control);
                    let read = self.read(place, tasks, up);
                    self.bury(place, read);
                }
                Err(error) => self.end(TaskError::NoWorkers(Error::Spawn(Arc::new(error)))),
            }
        }
    }

    /// Waits until the guard is known to be there; only the first worker starts without.
    fn may_start(&self, place: usize) -> bool {
        let waiting = |state: &mut State| place > 0 && !state.guarded && !state.over();
        let state = self.news.wait_while(self.lock(), waiting);
        !state.unwrap_or_else(PoisonError::into_inner).over()
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
            let (word, rest) = frame::decode_first::<Word>(message)?;
            match word {
                Word::Hello => self.lock().guarded = true,
                Word::Ready => {
                    let mut state = self.lock();
                    state.failed_starts = 0;
                    state.places[place].tasks =
                        tasks.take().filter(|_| !state.over()).map(Arc::new);
                    state.wake_feeders();
                    state.places[place].wake.notify_all();
                }
                Word::Results { number, count } => {
                    let count = usize::try_from(count).map_err(frame::garbage)?;
                    self.results(place, number, count, Items(rest))?;
                }
                Word::GaveBack { number, kept, through } => {
                    self.lock().gave_back(place, number, kept, through);
                }
            }
            if matches!(word, Word::Hello | Word::Ready) {
                self.news.notify_all();
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
    fn bury(&self, place: usize, read: io::Result<()>) {
        let mut state = self.lock();
        let worker = &mut state.places[place];
        let ready = worker.batches > 0 || worker.tasks.is_some();
        let Some(mut process) = worker.process.take() else { return };
        (worker.tasks, worker.control) = (None, None);
        drop(state);
        // Without its pipe it is of no use, whatever it does; if it has ended, this changes nothing.
        let _ = process.kill();
        let pid = process.id();
        let Ok(status) = process.wait() else { return };

        let mut state = self.lock();
        let lost = state.take_back(place);
        if !ready && !state.over() {
            state.failed_starts += 1;
        }
        let failure = self.failure_of_start(&state, ready, status);
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
        if let Some(error) = failure {
            self.end(TaskError::NoWorkers(error));
        }
    }

    fn failure_of_start(&self, state: &State, ready: bool, status: ExitStatus) -> Option<Error> {
        if ready || state.over() {
            None
        } else if !state.guarded && status.code().is_some() {
            Some(Error::NoGuard(self.task))
        } else {
            (state.failed_starts >= STARTS).then_some(Error::NoStart(status))
        }
    }
}
