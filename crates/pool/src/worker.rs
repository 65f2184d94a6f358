//! The worker process: reads a batch of tasks, runs them on the main thread, writes what became of them.
//!
//! A task's result is written before the next task starts (but for the tasks of a `map`), so that when
//! this process dies, one task at most was half done. A second thread reads the control pipe: it returns
//! the tasks that were not begun when the pool asks for them, and ends this process when the pool's is
//! gone.

use std::io::{self, Read, Write};
use std::mem::{replace, take};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::{Serialize, de::DeserializeOwned};
use task_utils::handover::{Call, Inherited};
use task_utils::{exit_with_parent, frame};

use crate::ignore_poison;
use crate::message::{self, Failure, Items, Request, Response};

/// The results of a `map` wait for each other until they are so many bytes.
const BYTES: usize = 32 << 10;
/// No task forks in so short a time. To ask for the process id each time would make a `map` twice as slow.
const FORK: Duration = Duration::from_micros(5);

/// Serves tasks until the pool has no more, then ends the process. An error: it can't begin.
pub(crate) fn serve<T: DeserializeOwned, R: Serialize>(
    task: impl Fn(T) -> R,
    inherited: Inherited,
) -> io::Result<()> {
    let Inherited { down, control, up, initializer, .. } = inherited;
    let worker = Arc::new(Worker::new(up));
    let returning = Arc::clone(&worker);
    exit_with_parent::watch(control, move |_| returning.return_not_begun())?;
    let mut requests = frame::Reader::new(down);
    let initialized = worker.initialize(&mut requests, initializer);
    let served = initialized.and_then(|()| worker.run(task, &mut requests));
    // An error: a pipe broke, as the pool is gone or has given this worker up.
    process::exit(i32::from(served.is_err()))
}

/// What the threads share.
pub(crate) struct Worker<W> {
    pid: u32,
    responses: Mutex<W>,
    progress: Mutex<Progress>,
}

/// How far the main thread is in its batch.
#[derive(Default)]
struct Progress {
    /// How many tasks of the batch were not begun. `None` between two batches.
    not_begun: Option<usize>,
    /// Whether the pool has asked for those of the next batch: it was on its way.
    asked: bool,
}

impl<W: Write> Worker<W> {
    pub fn new(responses: W) -> Self {
        Worker { pid: process::id(), responses: Mutex::new(responses), progress: Mutex::default() }
    }

    fn initialize(
        &self,
        requests: &mut frame::Reader<impl Read>,
        initializer: Option<Call>,
    ) -> io::Result<()> {
        self.respond(Response::Hello, &[])?;
        let message = requests.next()?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let ((), Items(argument)) = message::decode(message)?;
        let initialize = || initializer.map_or(Ok(()), |call| call.run(argument));
        let done = catch_panic(initialize).and_then(|done| done.map_err(|error| error.to_string()));
        self.respond(Response::Initialized(done.clone()), &[])?;
        if done.is_err() {
            process::exit(101) // as for a panic in `main`
        }
        Ok(())
    }

    pub fn run<T: DeserializeOwned, R: Serialize>(
        &self,
        task: impl Fn(T) -> R,
        requests: &mut frame::Reader<impl Read>,
    ) -> io::Result<()> {
        while let Some(message) = requests.next()? {
            let (Request { count, all_or_nothing }, mut args) = message::decode(message)?;
            self.begin_batch(count)?;
            let (mut results, mut last) = (Vec::new(), Instant::now());
            while self.begin_task() {
                let arg = args.next().ok_or_else(|| frame::garbage("too few arguments"))??;
                let outcome = run_one(&task, arg);
                let before = replace(&mut last, Instant::now());
                if last - before > FORK && process::id() != self.pid {
                    exit_with_parent::end_now(); // a copy that the task forked, and that is no worker
                }
                message::append_outcome(&mut results, outcome);
                if !all_or_nothing || results.len() > BYTES {
                    self.flush(&mut results)?;
                }
            }
            self.flush(&mut results)?;
        }
        Ok(())
    }

    fn begin_batch(&self, count: usize) -> io::Result<()> {
        let mut progress = ignore_poison(self.progress.lock());
        progress.not_begun = Some(count);
        if !take(&mut progress.asked) {
            return Ok(());
        }
        let kept = count.min(1);
        progress.not_begun = Some(kept);
        self.respond(Response::Returned(count - kept), &[])
    }

    /// Whether there is one.
    fn begin_task(&self) -> bool {
        let mut progress = ignore_poison(self.progress.lock());
        progress.not_begun = progress.not_begun.and_then(|left| left.checked_sub(1));
        progress.not_begun.is_some()
    }

    /// Returns the tasks that were not begun, when the pool asks for them.
    fn return_not_begun(&self) {
        let mut progress = ignore_poison(self.progress.lock());
        match &mut progress.not_begun {
            None => progress.asked = true,
            Some(not_begun) => {
                let returned = Response::Returned(take(not_begun));
                let _ = self.respond(returned, &[]); // the main thread meets the error, too
            }
        }
    }

    fn flush(&self, results: &mut Vec<u8>) -> io::Result<()> {
        if !results.is_empty() {
            let _ = io::stdout().flush(); // what a task has printed comes before its result
            self.respond(Response::Results, results)?;
            results.clear();
        }
        Ok(())
    }

    fn respond(&self, response: Response, results: &[u8]) -> io::Result<()> {
        let message = message::encode(&response, &[results])?;
        ignore_poison(self.responses.lock()).write_all(&message)
    }
}

fn run_one<T: DeserializeOwned, R>(task: impl Fn(T) -> R, arg: &[u8]) -> Result<R, Failure> {
    let arg = frame::decode(arg).map_err(|error| Failure::ArgumentNotRead(error.to_string()))?;
    catch_panic(|| task(arg)).map_err(Failure::Panicked)
}

/// Runs a function; an error is the message of its panic.
fn catch_panic<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        // `panic!` carries a `&str` or a `String`, `panic_any` any value.
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        text.unwrap_or("a value that is no text").to_string()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;

    #[test]
    fn tasks_that_are_asked_for_before_they_come_are_returned() {
        let mut requests = Vec::new();
        for _ in 0..2 {
            let request = Request { count: 3, all_or_nothing: false };
            let args = [1, 0, 0, 0, 7].repeat(3);
            requests.extend(message::encode(&request, &[&args]).unwrap());
        }
        let worker = Worker::new(Vec::new());
        worker.return_not_begun();
        worker.run(|n: u8| n, &mut frame::Reader::new(&requests[..])).unwrap();

        let responses = worker.responses.into_inner().unwrap();
        let mut responses = frame::Reader::new(&responses[..]);
        let mut told = Vec::new();
        while let Some(message) = responses.next().unwrap() {
            let (response, results) = message::decode::<Response>(message).unwrap();
            told.push(format!("{response:?} {}", results.count()));
        }
        assert_eq!(told, ["Returned(2) 0", "Results 1", "Results 1", "Results 1", "Results 1"]);
    }
}
