//! What the exercise is measured by.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const PARTS: [&[u64]; 4] = [&[1, 2, 3], &[10, 20], &[], &[100, 200, 300, 400]];
const TOTAL: u64 = 1_036;

/// Far longer than a thread takes to start.
const PATIENCE: Duration = Duration::from_secs(2);

/// What adds up one part.
pub type Sum<'a> = &'a (dyn Fn(&[u64]) -> u64 + Sync);

/// What the learner writes: the total of all parts.
pub type Total = fn(&[&[u64]], Sum) -> thread::Result<u64>;

/// Says on stdout what falls short, with a hint, or that all is well.
pub fn check(total: Total) -> ExitCode {
    let found = all_at_once(total)
        .and_then(|()| with_panics_in(total, &[1]))
        .and_then(|()| with_panics_in(total, &[0, 3]));
    match found {
        Ok(()) => {
            println!("passed: 4 threads ran at once, the total is right, a panic is an Err");
            ExitCode::SUCCESS
        }
        Err((short, hint)) => {
            println!("falls short: {short}\nhint: {hint}");
            ExitCode::FAILURE
        }
    }
}

type Found = Result<(), (String, &'static str)>;

fn all_at_once(total: Total) -> Found {
    let meeting = Meeting::default();
    let meet_and_sum = |part: &[u64]| {
        meeting.wait_for(PARTS.len());
        part.iter().sum()
    };
    // A thread that panicked here is a mistake of the learner's, and has told its own message.
    let answer = catch_unwind(AssertUnwindSafe(|| total(&PARTS, &meet_and_sum).ok()));
    let (calls, most) = meeting.calls_and_most();
    match answer.ok().flatten() {
        Some(TOTAL) if calls == PARTS.len() && most == calls => Ok(()),
        Some(TOTAL) if calls == PARTS.len() => Err((
            format!("of 4 threads, at most {most} ran at the same time"),
            "who starts the next thread, and what has it been waiting for? Mind that an iterator \
             does nothing until it is asked",
        )),
        Some(TOTAL) => Err((
            format!("of 4 parts, `sum` added up {calls}"),
            "call `sum` once for each part, also for an empty one",
        )),
        other => Err((
            format!("the total of 4 parts should be {TOTAL}, and is {other:?}"),
            "each part's sum belongs into it, once",
        )),
    }
}

/// `sum` panics in these parts.
fn with_panics_in(total: Total, panicking: &[usize]) -> Found {
    let sum = |part: &[u64]| match panicking.iter().any(|&n| PARTS[n] == part) {
        true => resume_unwind(Box::new("on purpose")), // a panic without its message on stderr
        false => part.iter().sum(),
    };
    let threads = panicking.len();
    match catch_unwind(AssertUnwindSafe(|| total(&PARTS, &sum))) {
        Ok(Err(_)) => Ok(()),
        Ok(Ok(answer)) => Err((
            format!("of 4 threads {threads} panicked, and the total was {answer}, not an Err"),
            "a total without the missing parts is wrong. What does `join` answer?",
        )),
        Err(_) => Err((
            format!("of 4 threads {threads} panicked, and `total` panicked too"),
            "answer the Err instead of unwrapping it; and join them all before you do: at its end \
             the scope panics for those that panicked and weren't joined",
        )),
    }
}

/// Where the threads wait for each other, though not for ever.
#[derive(Default)]
struct Meeting {
    state: Mutex<State>,
    somebody_came: Condvar,
}

#[derive(Default)]
struct State {
    calls: usize,
    here: usize,
    most: usize,
    gave_up: bool,
}

impl Meeting {
    /// Waits until so many threads are here at the same time, or it has been given up.
    fn wait_for(&self, threads: usize) {
        let mut state = self.state();
        state.calls += 1;
        state.here += 1;
        state.most = state.most.max(state.here);
        self.somebody_came.notify_all();
        let alone = |state: &mut State| state.most < threads && !state.gave_up;
        let waited = self.somebody_came.wait_timeout_while(state, PATIENCE, alone);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        state.gave_up |= waited.timed_out();
        state.here -= 1;
    }

    fn calls_and_most(&self) -> (usize, usize) {
        let state = self.state();
        (state.calls, state.most)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
