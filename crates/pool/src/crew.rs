//! The parent's side: the workers' lives, and the threads that talk to them.
//!
//! Each place in the crew has three threads for the whole life of the pool. The **feeder** takes tasks
//! from the queue and writes them to the worker; it may block there without harm. The **listener**
//! reads the results. The **keeper** starts the worker, and when it ends, whatever the reason, reaps
//! it, tells who lost a task, and starts the next one. They meet in [`State`], under one lock, which
//! nobody holds while reading, writing tasks or calling anyone.
//!
//! Whoever waits in `apply` for a worker that has nothing else to do is its feeder and its listener
//! for that one task. So the task and its result wake one thread each, as few as can be: 1.8 times as
//! quick.

use std::io::{self, ErrorKind};
use std::process::ExitStatus;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use os_pipe::PipeReader;
use shared_child::SharedChild;
use task_utils::pipe_writer::PipeWriter;
use task_utils::self_spawn::{self, Role, Started};
use task_utils::{frame, sigpipe};

use crate::error::{Error, TaskError};
use crate::plan::{Answered, Job, Place, State, Worker};
use crate::wire::{self, GiveBack, Word};

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
    state: Mutex<State<Hired>>,
    /// A worker got ready or ended, or the pool did.
    news: Condvar,
}

/// A worker, from here.
struct Hired {
    process: Arc<SharedChild>,
    control: PipeWriter,
    /// Where tasks go; none before it is ready, or after its last task.
    tasks: Option<Arc<PipeWriter>>,
    /// None before it is ready, or after it said its last, or what makes no sense.
    up: Option<Arc<Up>>,
    garbage: bool,
}

/// Where a worker's results come from. Whoever has the lock has also noted what it read before.
type Up = Mutex<frame::Reader<PipeReader>>;

impl Worker for Hired {
    fn takes_tasks(&self) -> bool {
        self.tasks.is_some()
    }

    fn close(&mut self) {
        self.tasks = None; // the end of this pipe tells the worker
    }

    fn ask_back(&self, through: u64) {
        let mut message = Vec::new();
        let asked = wire::push(&mut message, &GiveBack { through }, &[]);
        // Short, and the only one under way: it fits into the pipe. A broken one is the keeper's.
        let _ = asked.and_then(|()| self.control.write_all(&message));
    }
}

impl Hired {
    fn hears(&self, up: &Arc<Up>) -> bool {
        self.up.as_ref().is_some_and(|mine| Arc::ptr_eq(mine, up))
    }
}

impl Place<Hired> {
    fn tasks(&self) -> Option<Arc<PipeWriter>> {
        self.worker.as_ref()?.tasks.clone()
    }

    fn up(&self) -> Option<Arc<Up>> {
        self.worker.as_ref()?.up.clone()
    }
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
            for (name, work) in [
                ("feeder", Crew::feed as fn(&Crew, usize)),
                ("listener", Crew::listen),
                ("keeper", Crew::keep),
            ] {
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
        state.places.iter().filter_map(|place| Some(place.worker.as_ref()?.process.id())).collect()
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
            if let Some(worker) = &place.worker {
                let _ = worker.process.kill(); // the keeper reaps it
            }
        }
        self.wake_all(&mut state);
        drop(state);
        lost.into_iter().for_each(|job| job.fail(why.clone()));
    }

    fn wake_all(&self, state: &mut State<Hired>) {
        for place in &mut state.places {
            place.worker.iter_mut().for_each(Hired::close);
            place.wake.notify_all();
            place.busy.notify_all();
        }
        self.news.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<Hired>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ── the feeder ──────────────────────────────────────────────────────────────────────────────

    fn feed(&self, place: usize) {
        sigpipe::block();
        let mut message = Vec::new();
        let mut state = self.lock();
        let wake = Arc::clone(&state.places[place].wake);
        while !state.over() {
            message.clear();
            state.places[place].woken = false;
            let idle = state.places[place].outstanding == 0;
            if state.take_for(place, &mut message) {
                let tasks = state.places[place].tasks();
                if idle {
                    state.places[place].busy.notify_all();
                }
                drop(state);
                // A broken pipe is the end of the worker, which its keeper sees.
                let _ = tasks.map(|tasks| tasks.write_all(&message));
                state = self.lock();
            } else {
                state.ask_back_for(place);
                state = wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    // ── the listener ────────────────────────────────────────────────────────────────────────────

    fn listen(&self, place: usize) {
        sigpipe::block();
        let mut state = self.lock();
        let busy = Arc::clone(&state.places[place].busy);
        while !state.over() {
            let worker = &state.places[place];
            let wanted = worker.outstanding > 0 && !worker.direct;
            if let Some(up) = worker.up().filter(|_| wanted) {
                drop(state);
                self.hear_next(place, &up);
                state = self.lock();
            } else {
                state = busy.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Waits for one message and does what it says; `false` if there is none that makes sense.
    fn hear_next(&self, place: usize, up: &Arc<Up>) -> bool {
        let mut reader = up.lock().unwrap_or_else(PoisonError::into_inner);
        let message =
            reader.next().and_then(|message| message.ok_or(ErrorKind::UnexpectedEof.into()));
        let heard = message.and_then(|message| self.hear(place, &message).map(|to| (message, to)));
        drop(reader); // before anyone is called, who may do what he likes with the pool
        match heard {
            Ok((_, None)) => true,
            Ok((message, Some((Answered { sink, first, count }, start)))) => {
                sink.deliver(first, count, message, start);
                true
            }
            Err(error) => {
                self.give_up_on(place, up, &error);
                false
            }
        }
    }

    /// Notes what a message says; answers where the results go that start at some place in it.
    fn hear(&self, place: usize, message: &[u8]) -> io::Result<Option<(Answered, usize)>> {
        let (word, start) = wire::word(message)?;
        let mut state = self.lock();
        if state.ended.is_some() {
            return Ok(None);
        }
        let answered = state.hear(place, word)?;
        if state.done() {
            self.wake_all(&mut state);
        } else if state.queued > 0 {
            state.wake_feeders();
        } else {
            state.ask_back_for(place);
        }
        Ok(answered.map(|answered| (answered, start)))
    }

    /// A worker that says nothing more, or what makes no sense, is of no use; its keeper sees it end.
    fn give_up_on(&self, place: usize, up: &Arc<Up>, why: &io::Error) {
        let mut state = self.lock();
        if let Some(worker) = state.places[place].worker.as_mut().filter(|w| w.hears(up)) {
            worker.up = None;
            worker.garbage = why.kind() == ErrorKind::InvalidData;
            let _ = worker.process.kill();
        }
    }

    /// Runs a job on a worker that has nothing to do, as its feeder and listener, until `answered`;
    /// if there is none, or it dies, the others see to the job.
    pub fn apply(&self, job: Job, answered: impl Fn() -> bool) {
        let mut state = self.lock();
        let open = state.ended.is_none() && !state.closed && sigpipe::CAN_SUPPRESS;
        let Some(place) = state.idle_place().filter(|_| open) else {
            drop(state);
            return self.push(job);
        };
        (state.queued, state.queue) = (job.count, [job].into());
        let mut message = Vec::new();
        state.take_for(place, &mut message);
        let worker = &mut state.places[place];
        worker.direct = true;
        let (tasks, up) = (worker.tasks(), worker.up());
        drop(state);
        if let (Some(tasks), Some(up)) = (tasks, up) {
            // A broken pipe is the end of the worker, which its keeper sees.
            let _ = tasks.write_all(&message);
            while !answered() && self.hear_next(place, &up) {}
            let mut state = self.lock();
            if state.places[place].worker.as_ref().is_some_and(|worker| worker.hears(&up)) {
                state.places[place].direct = false;
                state.wake_feeders();
            }
        }
    }

    // ── the keeper ──────────────────────────────────────────────────────────────────────────────

    fn keep(&self, place: usize) {
        sigpipe::block();
        let mut failures = 0;
        while self.may_start(place) {
            let failure = match self_spawn::start_with(
                &self.role,
                self.initializer,
                self_spawn::args().skip(1),
                Vec::new(),
            )
            .and_then(|started| self.take_on(place, started))
            {
                Ok(process) => {
                    // An error where the program ignores SIGCHLD: nobody knows how it ended.
                    let status = process.wait().unwrap_or_default();
                    self.bury(place, process.id(), status)
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
        let waiting = |state: &mut State<Hired>| place > 0 && !state.guarded && !state.over();
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

    /// Gives the place to a new worker and waits until it is ready, or of no use.
    fn take_on(&self, place: usize, started: Started) -> io::Result<Arc<SharedChild>> {
        let process = Arc::new(SharedChild::new(started.process)?);
        let worker = Hired {
            process: Arc::clone(&process),
            control: PipeWriter::new(started.control),
            tasks: None,
            up: None,
            garbage: false,
        };
        let mut state = self.lock();
        if state.ended.is_some() {
            let _ = process.kill(); // too late for `end` to see it
        }
        state.places[place] = state.places[place].taken_by(worker, self.max_tasks);
        drop(state);
        let mut up = frame::Reader::new(started.up);
        if self.greet(&mut up).is_err() {
            let _ = process.kill();
            return Ok(process);
        }
        let mut state = self.lock();
        let tasks = Some(Arc::new(PipeWriter::new(started.down))).filter(|_| !state.over());
        let place = &mut state.places[place];
        place.ready = true;
        if let Some(worker) = &mut place.worker {
            (worker.tasks, worker.up) = (tasks, Some(Arc::new(Mutex::new(up))));
        }
        place.wake.notify_all();
        drop(state);
        self.news.notify_all();
        Ok(process)
    }

    /// Waits for a new worker's first words: its guard is there, and its initializer done.
    fn greet(&self, up: &mut frame::Reader<PipeReader>) -> io::Result<()> {
        while let Some(message) = up.next()? {
            match frame::decode(&message[frame::HEADER..])? {
                Word::Hello => {
                    self.lock().guarded = true;
                    self.news.notify_all();
                }
                Word::Ready => return Ok(()),
                _ => return Err(frame::garbage("an answer before any task")),
            }
        }
        Err(ErrorKind::UnexpectedEof.into())
    }

    /// After the worker's end: tells what it still had said and who lost a task, gives the other
    /// tasks back to the queue. Answers why it never got ready, if it didn't.
    fn bury(&self, place: usize, pid: u32, status: ExitStatus) -> Option<Error> {
        let mut state = self.lock();
        let ready = state.places[place].ready;
        let worker = state.places[place].worker.take()?;
        drop(state);
        if let Some(up) = &worker.up {
            while self.hear_next(place, up) {}
        }

        let mut state = self.lock();
        let lost = state.take_back(place);
        let guarded = state.guarded;
        if state.done() {
            self.wake_all(&mut state);
        }
        drop(state);
        self.news.notify_all();
        if let Some(job) = lost {
            job.fail(match worker.garbage {
                true => TaskError::Garbage { pid },
                false => TaskError::WorkerDied { pid, status },
            });
        }
        match ready {
            true => None,
            // A crash has no exit code, or on Windows a negative one.
            false if !guarded && status.code().is_some_and(|code| code >= 0) => {
                Some(Error::NoGuard(self.task))
            }
            false => Some(Error::NoStart(status)),
        }
    }
}
