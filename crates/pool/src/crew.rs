//! The parent's side: who works on what.
//!
//! Each place in the crew has two threads for the whole life of the pool. The **feeder** takes tasks
//! from the queue and writes them to the worker; it may block there without harm. The **keeper**
//! starts the worker, reads its results, and when it ends, whatever the reason, reaps it, tells who
//! lost a task, and starts the next one. They meet in [`State`], under one lock, which nobody holds
//! while reading, writing or calling anyone.
//!
//! Three rules make the rest follow:
//! * A task that a worker may have begun is never handed to another.
//! * A worker gets about [`AHEAD`] worth of tasks, measured by its last ones. So a flood travels in
//!   big writes, and long tasks are handed out one by one in their order.
//! * A worker with tasks behind a long one is asked for them as soon as another has nothing to do.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use os_pipe::{PipeReader, PipeWriter};
use task_utils::frame;
use task_utils::respawn::{self, Role};

use crate::error::{Error, TaskError};
use crate::results::Sink;
use crate::wire::{self, Batch, GiveBack, Items, Word};

/// How much work a worker is given ahead.
const AHEAD: Duration = Duration::from_millis(2);
/// How many bytes of tasks go into one write, unless one task has more: a pipe's usual capacity.
const WRITE: usize = 64 << 10;
/// A worker that answers nothing for so long is in a long task.
const SILENCE: Duration = Duration::from_millis(10);
/// How long the first worker has to reach its guard, on the slowest machine.
const GUARD: Duration = Duration::from_secs(60);
/// How many workers in a row may end while they start.
const STARTS: u32 = 4;

/// Tasks that follow each other, for one sink; a single one, or a whole `map`.
pub(crate) struct Job {
    pub sink: Arc<dyn Sink>,
    pub first: usize,
    pub count: usize,
    pub bulk: bool,
    pub items: Arc<[u8]>,
    pub offset: usize,
}

impl Job {
    /// Cuts off the first tasks: `count` at most, and as many as fit into `bytes`, but one at least.
    fn split_off_front(&mut self, count: usize, bytes: usize) -> Job {
        let start = &self.items[self.offset..];
        let (mut rest, mut taken) = (start, 0);
        while taken < count.min(self.count) {
            let before = rest;
            let whole = frame::split_first(&mut rest).is_ok(); // `append` wrote it
            if taken > 0 && (!whole || start.len() - rest.len() > bytes) {
                rest = before;
                break;
            }
            taken += 1;
        }
        let front = Job {
            count: taken,
            items: Arc::clone(&self.items),
            sink: Arc::clone(&self.sink),
            ..*self
        };
        self.offset += start.len() - rest.len();
        self.first += taken;
        self.count -= taken;
        front
    }

    fn bytes(&self, until: usize) -> &[u8] {
        &self.items[self.offset..until]
    }

    fn fail(self, error: TaskError) {
        self.sink.fail(self.first, self.count, error);
    }
}

/// A batch in a worker's hands. `job` is what it has not answered yet.
struct Sent {
    number: u64,
    answered: usize,
    job: Job,
}

/// One place in the crew, and the worker who has it now.
#[derive(Default)]
struct Place {
    process: Option<Child>,
    /// Where tasks go; none before the worker is ready, or after its last task.
    tasks: Option<Arc<PipeWriter>>,
    control: Option<PipeWriter>,
    sent: VecDeque<Sent>,
    /// The tasks in `sent`.
    outstanding: usize,
    batches: u64,
    asked_back: bool,
    /// How many more tasks it gets.
    quota: Option<usize>,
    /// How many tasks are worth [`AHEAD`], and when the last result came or the first task went.
    ahead: usize,
    heard: Option<Instant>,
    wake: Arc<Condvar>,
    woken: bool,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// The tasks in `queue`, and in the workers' hands.
    queued: usize,
    outstanding: usize,
    places: Vec<Place>,
    guarded: bool,
    failed_starts: u32,
    closed: bool,
    /// Why no task will ever be run again.
    ended: Option<TaskError>,
}

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
        *place = Place {
            process: Some(process),
            control: Some(control),
            quota: self.max_tasks,
            wake: Arc::clone(&place.wake),
            ..Place::default()
        };
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
        let (ready, quota) = (worker.batches > 0 || worker.tasks.is_some(), worker.quota);
        let Some(mut process) = worker.process.take() else { return };
        (worker.tasks, worker.control) = (None, None);
        drop(state);
        // Without its pipe it is of no use, whatever it does; if it has ended, this changes nothing.
        let _ = process.kill();
        let pid = process.id();
        let Ok(status) = process.wait() else { return };

        let mut state = self.lock();
        let lost = state.take_back(place);
        let retired = quota == Some(0);
        if !ready && !retired && !state.over() {
            state.failed_starts += 1;
        }
        let failure = self.failure_of_start(&state, ready, status);
        state.wake_feeders();
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

impl Place {
    fn ask_back(&mut self) {
        let mut message = Vec::new();
        let asked = wire::push(&mut message, &GiveBack { through: self.batches }, &[]);
        if let (Ok(()), Some(control)) = (asked, &mut self.control) {
            // Short, and the only one under way: it fits into the pipe. A broken one is the keeper's.
            let _ = control.write_all(&message);
            self.asked_back = true;
        }
    }
}

impl State {
    /// Whether nothing is left to be done, ever.
    fn done(&self) -> bool {
        self.closed && self.queued == 0 && self.outstanding == 0
    }

    fn over(&self) -> bool {
        self.ended.is_some() || self.done()
    }

    /// Wakes a feeder for each task that waits: of those with nothing to do, else of those who
    /// have little.
    fn wake_feeders(&mut self) {
        let mut waiting = self.queue.front().map_or(0, |_| self.queued);
        for idle in [true, false] {
            for place in 0..self.places.len() {
                if waiting == 0 {
                    return;
                }
                let wants = self.wants_tasks(place);
                let place = &mut self.places[place];
                if wants && idle == (place.outstanding == 0) && !place.woken {
                    place.woken = true;
                    place.wake.notify_all();
                }
                waiting -= usize::from(wants && idle == (place.outstanding == 0));
            }
        }
    }

    /// Whether this worker should get tasks, if there are any.
    fn wants_tasks(&self, place: usize) -> bool {
        let place = &self.places[place];
        let little = place.outstanding == 0 || place.outstanding <= place.ahead / 2;
        place.tasks.is_some() && !place.asked_back && place.quota != Some(0) && little
    }

    /// Moves tasks from the queue to this worker's hands, and appends them to `message`.
    fn take_for(&mut self, place: usize, message: &mut Vec<u8>) -> Option<Arc<PipeWriter>> {
        if self.queued == 0 || !self.wants_tasks(place) {
            return None;
        }
        let idle = |place: &Place| place.tasks.is_some() && place.outstanding == 0;
        let idle_others =
            (0..self.places.len()).filter(|&i| i != place && idle(&self.places[i])).count();
        if self.places[place].outstanding > 0 && self.queued <= idle_others {
            return None; // those with nothing to do come first
        }
        let share = (self.queued / self.places.len()).max(1);
        let worker = &mut self.places[place];
        let wanted = (1 + worker.ahead).saturating_sub(worker.outstanding);
        let mut wanted = wanted.min(share).min(worker.quota.unwrap_or(usize::MAX));
        if worker.outstanding == 0 {
            worker.heard = Some(Instant::now());
        }
        while wanted > 0 && message.len() < WRITE {
            let Some(front) = self.queue.front_mut() else { break };
            let job = front.split_off_front(wanted, WRITE - message.len());
            let end = front.offset;
            if front.count == 0 {
                self.queue.pop_front();
            }
            worker.batches += 1;
            let header = Batch { number: worker.batches, count: job.count as u64, bulk: job.bulk };
            // Within the bound: one task that is, or several that are short.
            let _ = wire::push(message, &header, job.bytes(end));
            wanted -= job.count;
            self.queued -= job.count;
            self.outstanding += job.count;
            worker.outstanding += job.count;
            worker.quota = worker.quota.map(|quota| quota - job.count);
            worker.sent.push_back(Sent { number: header.number, answered: 0, job });
        }
        worker.tasks.clone()
    }

    /// This worker has nothing to do, and the queue neither: asks the one with the most tasks to give
    /// back what it has not begun.
    fn ask_back_for(&mut self, place: usize) {
        let idle = &self.places[place];
        if idle.tasks.is_none() || idle.outstanding > 0 || idle.quota == Some(0) {
            return;
        }
        let behind = |place: &&mut Place| place.outstanding > 1 && !place.asked_back;
        let fullest = self.places.iter_mut().filter(behind).max_by_key(|place| place.outstanding);
        let Some(worker) = fullest else { return };
        worker.ask_back();
    }

    /// `count` tasks of a batch are done: answers where their results go.
    fn answered(
        &mut self,
        place: usize,
        number: u64,
        count: usize,
    ) -> io::Result<(Arc<dyn Sink>, usize)> {
        let now = Instant::now();
        let worker = &mut self.places[place];
        let front = worker.sent.front_mut().filter(|sent| sent.number == number);
        let Some(sent) = front.filter(|sent| count > 0 && count <= sent.job.count) else {
            return Err(frame::garbage("a result of no task"));
        };
        let (sink, first) = (Arc::clone(&sent.job.sink), sent.job.first);
        sent.job.split_off_front(count, usize::MAX);
        sent.answered += count;
        if sent.job.count == 0 {
            worker.sent.pop_front();
        }
        let took = worker.heard.replace(now).map_or(AHEAD, |heard| now - heard);
        let ahead = AHEAD.as_nanos() * count as u128 / took.as_nanos().max(1);
        worker.ahead = usize::try_from(ahead).unwrap_or(usize::MAX);
        worker.outstanding -= count;
        self.outstanding -= count;
        if worker.outstanding == 0 {
            worker.asked_back = false; // it has nothing to give back
            if worker.quota == Some(0) {
                worker.tasks = None;
            }
        }
        self.ask_the_silent(now);
        Ok((sink, first))
    }

    /// Tasks behind a long one must not wait for as long as the queue has others.
    fn ask_the_silent(&mut self, now: Instant) {
        if self.queued > 0 {
            let silent = |place: &&mut Place| {
                place.outstanding > 1
                    && !place.asked_back
                    && place.heard.is_some_and(|heard| now - heard > SILENCE)
            };
            self.places.iter_mut().filter(silent).for_each(Place::ask_back);
        }
    }

    /// Tasks come back to the front of the queue, where they came from.
    fn gave_back(&mut self, place: usize, number: u64, kept: u64, through: u64) {
        let worker = &mut self.places[place];
        worker.asked_back = false;
        worker.ahead = 0; // it is in a long task
        let mut back = Vec::new();
        let mut staying = VecDeque::new();
        for mut sent in worker.sent.drain(..) {
            if sent.number < number || sent.number > through {
                staying.push_back(sent);
                continue;
            }
            let begun = if sent.number == number { usize::try_from(kept).unwrap_or(0) } else { 0 };
            let kept = begun.saturating_sub(sent.answered).min(sent.job.count);
            if kept > 0 {
                let job = sent.job.split_off_front(kept, usize::MAX);
                staying.push_back(Sent { number: sent.number, answered: sent.answered, job });
            }
            back.push(sent.job);
        }
        worker.sent = staying;
        back.retain(|job| job.count > 0);
        let count: usize = back.iter().map(|job| job.count).sum();
        worker.outstanding -= count;
        worker.quota = worker.quota.map(|quota| quota + count);
        self.requeue(back, count);
    }

    fn requeue(&mut self, back: Vec<Job>, count: usize) {
        self.outstanding -= count;
        self.queued += count;
        back.into_iter().rev().for_each(|job| self.queue.push_front(job));
        self.wake_feeders();
    }

    /// The worker is dead: answers what it may have begun; what it had not goes back to the queue.
    fn take_back(&mut self, place: usize) -> Option<Job> {
        let worker = &mut self.places[place];
        let mut sent = std::mem::take(&mut worker.sent);
        worker.outstanding = 0;
        let lost = sent.pop_front().map(|sent| sent.job);
        self.outstanding -= lost.as_ref().map_or(0, |job| job.count);
        let back: Vec<Job> = sent.into_iter().map(|sent| sent.job).collect();
        let count = back.iter().map(|job| job.count).sum();
        self.requeue(back, count);
        lost
    }
}
