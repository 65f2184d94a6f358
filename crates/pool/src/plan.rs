//! Who works on what: the queue, and what is in each worker's hands. No thread, no process here.
//!
//! Three rules make the rest follow:
//! * A task that a worker may have begun is never handed to another.
//! * A worker gets about [`AHEAD`] worth of tasks, measured by its last ones. So a flood travels in
//!   big writes, and long tasks are handed out one by one in their order.
//! * A worker with tasks behind a long one is asked for them as soon as another has nothing to do.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar};
use std::time::{Duration, Instant};

use task_utils::frame;

use crate::error::TaskError;
use crate::results::Sink;
use crate::wire::{self, Batch, Word};

/// How much work a worker is given ahead.
const AHEAD: Duration = Duration::from_millis(2);
/// How many bytes of tasks go into one write, unless one task has more: a pipe's usual capacity.
const WRITE: usize = 64 << 10;
/// A worker that answers nothing for so long is in a long task.
const SILENCE: Duration = Duration::from_millis(10);

/// Tasks that follow each other, for one sink; a single one, or a whole `map`.
pub(crate) struct Job {
    pub sink: Arc<dyn Sink>,
    pub first: usize,
    pub count: usize,
    pub bulk: bool,
    pub items: Arc<Vec<u8>>,
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

    pub fn fail(self, error: TaskError) {
        self.sink.fail(self.first, self.count, error);
    }
}

/// A batch in a worker's hands. `job` is what it has not answered yet.
pub(crate) struct Sent {
    number: u64,
    answered: usize,
    pub job: Job,
}

/// Where `count` results go, the first of them as number `first`.
pub(crate) struct Answered {
    pub sink: Arc<dyn Sink>,
    pub first: usize,
    pub count: usize,
}

/// The process that has a place in the crew, as far as the plan has to do with it.
pub(crate) trait Worker {
    /// Whether it is ready for tasks, and hasn't had its last.
    fn takes_tasks(&self) -> bool;
    /// There are no more tasks for it.
    fn close(&mut self);
    /// Asks it for the tasks that it has not begun, of the batches up to `through`.
    fn ask_back(&self, through: u64);
}

/// One place in the crew, and the worker who has it now.
pub(crate) struct Place<W> {
    pub worker: Option<W>,
    /// Whether this worker has got as far as serving tasks.
    pub ready: bool,
    /// Too many workers in a row failed to start here; there will be no other.
    pub given_up: bool,
    /// One that waits in `apply` has this worker to itself: it writes the task and reads the result.
    pub direct: bool,
    pub sent: VecDeque<Sent>,
    /// The tasks in `sent`.
    pub outstanding: usize,
    pub batches: u64,
    asked_back: bool,
    /// How many more tasks it gets.
    pub quota: Option<usize>,
    /// How many tasks are worth [`AHEAD`], and when the last result came or the first task went.
    ahead: usize,
    heard: Option<Instant>,
    /// Wakes the feeder, and the listener.
    pub wake: Arc<Condvar>,
    pub woken: bool,
    pub busy: Arc<Condvar>,
}

pub(crate) struct State<W> {
    pub queue: VecDeque<Job>,
    /// The tasks in `queue`, and in the workers' hands.
    pub queued: usize,
    pub outstanding: usize,
    pub places: Vec<Place<W>>,
    pub guarded: bool,
    /// All workers were ready once.
    pub started: bool,
    pub closed: bool,
    /// Why no task will ever be run again.
    pub ended: Option<TaskError>,
}

impl<W> Default for Place<W> {
    fn default() -> Self {
        Place {
            worker: None,
            ready: false,
            given_up: false,
            direct: false,
            sent: VecDeque::new(),
            outstanding: 0,
            batches: 0,
            asked_back: false,
            quota: None,
            ahead: 0,
            heard: None,
            wake: Arc::default(),
            woken: false,
            busy: Arc::default(),
        }
    }
}

impl<W> Default for State<W> {
    fn default() -> Self {
        State {
            queue: VecDeque::new(),
            queued: 0,
            outstanding: 0,
            places: Vec::new(),
            guarded: false,
            started: false,
            closed: false,
            ended: None,
        }
    }
}

impl<W: Worker> Place<W> {
    /// The place with a new worker, who isn't ready yet.
    pub fn taken_by(&self, worker: W, quota: Option<usize>) -> Self {
        let (wake, busy) = (Arc::clone(&self.wake), Arc::clone(&self.busy));
        Place { worker: Some(worker), quota, wake, busy, ..Place::default() }
    }

    fn takes_tasks(&self) -> bool {
        self.worker.as_ref().is_some_and(W::takes_tasks)
    }

    fn ask_back(&mut self) {
        if let Some(worker) = &self.worker {
            worker.ask_back(self.batches);
            self.asked_back = true;
        }
    }
}

impl<W: Worker> State<W> {
    /// Whether nothing is left to be done, ever.
    pub fn done(&self) -> bool {
        self.closed && self.queued == 0 && self.outstanding == 0
    }

    pub fn over(&self) -> bool {
        self.ended.is_some() || self.done()
    }

    /// Wakes a feeder for each task that waits: of those with nothing to do, else of those who
    /// have little.
    pub fn wake_feeders(&mut self) {
        let mut waiting = self.queued;
        for idle in [true, false] {
            for place in 0..self.places.len() {
                if waiting == 0 {
                    return;
                }
                if !self.wants_tasks(place) || idle != (self.places[place].outstanding == 0) {
                    continue;
                }
                waiting -= 1;
                let place = &mut self.places[place];
                if !place.woken {
                    place.woken = true;
                    place.wake.notify_all();
                }
            }
        }
    }

    /// Whether this worker should get tasks, if there are any.
    fn wants_tasks(&self, place: usize) -> bool {
        let place = &self.places[place];
        let little = place.outstanding <= place.ahead / 2;
        let free = !place.direct && !place.asked_back;
        place.takes_tasks() && free && place.quota != Some(0) && little
    }

    /// A worker with nothing to do, if nobody waits for one.
    pub fn idle_place(&self) -> Option<usize> {
        let idle = |&place: &usize| self.wants_tasks(place) && self.places[place].outstanding == 0;
        (0..self.places.len()).find(idle).filter(|_| self.queued == 0)
    }

    /// Moves tasks from the queue to this worker's hands and appends them to `message`, if it should
    /// get any.
    pub fn take_for(&mut self, place: usize, message: &mut Vec<u8>) -> bool {
        if self.queued == 0 || !self.wants_tasks(place) {
            return false;
        }
        let idle = |place: &Place<W>| place.takes_tasks() && place.outstanding == 0;
        let idle_others =
            (0..self.places.len()).filter(|&i| i != place && idle(&self.places[i])).count();
        if self.places[place].outstanding > 0 && self.queued <= idle_others {
            return false; // those with nothing to do come first
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
        true
    }

    /// This worker has nothing to do, and the queue neither: asks the one with the most tasks to give
    /// back what it has not begun.
    pub fn ask_back_for(&mut self, place: usize) {
        let idle = &self.places[place];
        if !idle.takes_tasks() || idle.outstanding > 0 || idle.quota == Some(0) {
            return;
        }
        let behind = |place: &&mut Place<W>| place.outstanding > 1 && !place.asked_back;
        let fullest = self.places.iter_mut().filter(behind).max_by_key(|place| place.outstanding);
        let Some(worker) = fullest else { return };
        worker.ask_back();
    }

    /// Notes what a worker says; answers where its results go.
    pub fn hear(&mut self, place: usize, word: Word) -> io::Result<Option<Answered>> {
        match word {
            Word::Results { number, count } => {
                let count = usize::try_from(count).map_err(frame::garbage)?;
                let (sink, first) = self.answered(place, number, count)?;
                Ok(Some(Answered { sink, first, count }))
            }
            Word::GaveBack { number, kept, through } => {
                self.gave_back(place, number, kept, through);
                Ok(None)
            }
            Word::Hello | Word::Ready => Err(frame::garbage("a greeting twice")),
        }
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
                worker.worker.iter_mut().for_each(W::close);
            }
        }
        self.ask_the_silent(now);
        Ok((sink, first))
    }

    /// Tasks behind a long one must not wait for as long as the queue has others.
    fn ask_the_silent(&mut self, now: Instant) {
        if self.queued > 0 {
            let silent = |place: &&mut Place<W>| {
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
    pub fn take_back(&mut self, place: usize) -> Option<Job> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;
    use crate::results::Mapped;

    struct Anyone;

    impl Worker for Anyone {
        fn takes_tasks(&self) -> bool {
            true
        }
        fn close(&mut self) {}
        fn ask_back(&self, _: u64) {}
    }

    /// Two workers, and a queue of `tasks` tasks of one byte.
    fn state(tasks: usize) -> State<Anyone> {
        let mut state = State::default();
        state.places.extend([0, 1].map(|_| Place::default().taken_by(Anyone, None)));
        let items: Vec<u8> = (0..tasks).flat_map(|n| [1, 0, 0, 0, n as u8]).collect();
        let sink = Mapped::new();
        let job = Job { sink, first: 0, count: tasks, bulk: true, items: items.into(), offset: 0 };
        state.queued = tasks;
        state.queue.push_back(job);
        state
    }

    fn firsts(state: &State<Anyone>, place: usize) -> Vec<(usize, usize)> {
        state.places[place].sent.iter().map(|sent| (sent.job.first, sent.job.count)).collect()
    }

    #[test]
    fn an_unknown_pace_gets_one_task_and_a_known_one_its_share() {
        let mut state = state(100);
        assert!(state.take_for(0, &mut Vec::new()));
        assert_eq!(firsts(&state, 0), [(0, 1)]);
        state.places[1].ahead = 1_000;
        assert!(state.take_for(1, &mut Vec::new()));
        assert_eq!(firsts(&state, 1), [(1, 49)]);
        assert_eq!((state.queued, state.outstanding), (50, 50));
    }

    #[test]
    fn a_worker_that_is_silent_is_asked_back_while_the_queue_has_others() {
        let mut state = state(100);
        for place in [0, 1] {
            state.places[place].ahead = 9;
            assert!(state.take_for(place, &mut Vec::new()));
        }
        state.places[0].heard = Instant::now().checked_add(Duration::from_secs(3600));
        state.answered(1, 1, 1).unwrap();
        assert!(!state.places[0].asked_back, "it was heard just now");
        state.places[0].heard = Instant::now().checked_sub(2 * SILENCE);
        state.answered(1, 1, 1).unwrap();
        assert!(state.places[0].asked_back);
    }

    #[test]
    fn what_comes_back_takes_its_old_place_and_what_was_begun_stays() {
        let mut state = state(20);
        state.places[0].ahead = 9;
        assert!(state.take_for(0, &mut Vec::new()));
        assert_eq!(firsts(&state, 0), [(0, 10)]);
        state.answered(0, 1, 2).unwrap();
        state.gave_back(0, 1, 3, 1); // the third of the batch is running
        assert_eq!(firsts(&state, 0), [(2, 1)]);
        let waiting: Vec<_> = state.queue.iter().map(|job| (job.first, job.count)).collect();
        assert_eq!(waiting, [(3, 7), (10, 10)]);
        assert_eq!((state.queued, state.outstanding), (17, 1));
    }

    #[test]
    fn a_dead_worker_loses_what_it_was_in_and_the_rest_goes_to_others() {
        let mut state = state(20);
        state.queue[0].bulk = false;
        let mut rest = state.queue.pop_front().unwrap();
        state.queue.extend([rest.split_off_front(1, WRITE), rest.split_off_front(1, WRITE), rest]);
        state.places[0].ahead = 9;
        assert!(state.take_for(0, &mut Vec::new()));
        assert_eq!(firsts(&state, 0), [(0, 1), (1, 1), (2, 8)]);
        let lost = state.take_back(0).unwrap();
        assert_eq!((lost.first, lost.count), (0, 1));
        assert_eq!((state.queued, state.outstanding), (19, 0));
    }

    #[test]
    fn garbage_is_an_error() {
        let mut state = state(5);
        assert!(state.take_for(0, &mut Vec::new()));
        assert!(state.answered(0, 2, 1).is_err() && state.answered(0, 1, 2).is_err());
        assert!(state.answered(0, 1, 0).is_err() && state.answered(1, 1, 1).is_err());
    }
}
