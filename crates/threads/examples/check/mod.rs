//! Checks the exercise's answer.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const PARTS: [&[u64]; 4] = [&[1, 2, 3], &[10, 20], &[], &[100, 200, 300, 400]];
const TOTAL: u64 = 1_036;

/// Far longer than a thread takes to start: only a wrong answer waits so long.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Adds up one part.
pub type Sum<'a> = &'a (dyn Fn(&[u64]) -> u64 + Sync);

/// What the learner writes: the total of all parts.
pub type Total = fn(&[&[u64]], Sum) -> thread::Result<u64>;

/// Prints what falls short, with a hint, or that all is well.
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
    // A panic here is the learner's mistake, and its message is on stderr.
    let returned = catch_unwind(AssertUnwindSafe(|| total(&PARTS, &meet_and_sum).ok()));
    let (calls, most) = meeting.calls_and_most();
    match returned.ok().flatten() {
        Some(TOTAL) if calls == PARTS.len() && most == calls => Ok(()),
        Some(TOTAL) if calls == PARTS.len() => Err((
            format!("of 4 threads, at most {most} ran at the same time"),
            "when does the next thread start, and which call waits before that? An iterator does \
             nothing until it is consumed",
        )),
        Some(TOTAL) => Err((
            format!("of 4 parts, `sum` added up {calls}"),
            "call `sum` once for each part, even for an empty one",
        )),
        other => Err((
            format!("the total of 4 parts should be {TOTAL}, but is {other:?}"),
            "add the sum of each part to it, once",
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
        Ok(Ok(total)) => Err((
            format!(
                "of 4 threads {threads} panicked, but `total` returned Ok({total}), not an Err"
            ),
            "a total without those parts is wrong. What does `join` return?",
        )),
        Err(_) => Err((
            format!("of 4 threads {threads} panicked, and `total` panicked too"),
            "return the Err instead of unwrapping it, and join all threads before you do: at its end \
             the scope panics if a thread panicked that wasn't joined",
        )),
    }
}

/// Where the threads wait for each other, with a timeout.
#[derive(Default)]
struct Meeting {
    state: Mutex<State>,
    one_came: Condvar,
}

#[derive(Default)]
struct State {
    calls: usize,
    here: usize,
    most: usize,
    timed_out: bool,
}

impl Meeting {
    /// Waits until so many threads are here at the same time, or until the timeout.
    fn wait_for(&self, threads: usize) {
        let mut state = self.state();
        state.calls += 1;
        state.here += 1;
        state.most = state.most.max(state.here);
        self.one_came.notify_all();
        let alone = |state: &mut State| state.most < threads && !state.timed_out;
        let waited = self.one_came.wait_timeout_while(state, TIMEOUT, alone);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        state.timed_out |= waited.timed_out();
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
