//! The worker process: reads a batch of tasks, runs them on the main thread, writes what became of them.
//!
//! A task's result is written before the next task starts (but for the tasks of a `map`), so that when
//! this process dies, one task at most was half done. A second thread reads the control pipe: it returns
//! the tasks that were not begun when the pool asks for them, and ends this process when the pool's is
//! gone.

use std::any::Any;
use std::io::{self, Read, Write};
use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::{Serialize, de::DeserializeOwned};
use task_utils::handover::{Call, Inherited};
use task_utils::{exit_with_parent, frame};

use crate::ignore_poison;
use crate::message::{self, Failure, Items, Request, Response};

/// The results of a `map` wait for each other until they are so many bytes, or so old.
const BYTES: usize = 32 << 10;
const AGE: Duration = Duration::from_millis(2);

/// Serves tasks until the pool has no more, then ends the process.
pub(crate) fn serve<T, R>(task: impl Fn(T) -> R, inherited: Inherited) -> !
where
    T: DeserializeOwned,
    R: Serialize,
{
    let Inherited { down, control, up, initializer, .. } = inherited;
    let worker = Arc::new(Worker::new(up));
    let returning = Arc::clone(&worker);
    let mut requests = frame::Reader::new(down);
    let watched = exit_with_parent::watch(control, move |_| returning.return_not_begun());
    let watched = watched.inspect_err(|error| {
        let line = format!("a worker can't start a thread: {error}\n");
        let _ = io::stderr().write_all(line.as_bytes()); // one write, so that lines don't mix
    });
    let served = watched.and_then(|()| {
        worker.initialize(&mut requests, initializer)?;
        worker.run(task, &mut requests)
    });
    // An error: a pipe broke, as the pool is gone or has given this worker up.
    process::exit(i32::from(served.is_err()));
}

/// What the threads share.
pub(crate) struct Worker<W> {
    pid: u32,
    responses: Mutex<W>,
    /// How many tasks of the batch were not begun.
    not_begun: Mutex<u64>,
}

impl<W: Write> Worker<W> {
    pub fn new(responses: W) -> Self {
        let (responses, not_begun) = (Mutex::new(responses), Mutex::new(0));
        Worker { pid: process::id(), responses, not_begun }
    }

    fn initialize(
        &self,
        requests: &mut frame::Reader<impl Read>,
        initializer: Option<Call>,
    ) -> io::Result<()> {
        self.respond(Response::Hello, &[])?;
        let message = requests.next()?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let ((), Items(argument)) = message::decode(&message)?;
        let initialize = || initializer.map_or(Ok(()), |call| call.run(argument));
        let failure = match catch_unwind(AssertUnwindSafe(initialize)) {
            Ok(Ok(())) => return self.respond(Response::Ready, &[]),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic_message(&*panic),
        };
        self.respond(Response::InitializerFailed(failure), &[])?;
        process::exit(101) // as for a panic in `main`
    }

    pub fn run<T: DeserializeOwned, R: Serialize>(
        &self,
        task: impl Fn(T) -> R,
        requests: &mut frame::Reader<impl Read>,
    ) -> io::Result<()> {
        while let Some(message) = requests.next()? {
            let (Request { count, all_or_nothing }, mut args) = message::decode(&message)?;
            *ignore_poison(self.not_begun.lock()) = count;
            let (mut results, mut waiting, mut since) = (Vec::new(), 0, Instant::now());
            while self.begin_task() {
                let arg = args.next().ok_or_else(|| frame::garbage("too few arguments"))??;
                message::append_outcome(&mut results, self.run_one(&task, arg));
                waiting += 1;
                if !all_or_nothing || results.len() > BYTES || since.elapsed() > AGE {
                    self.flush(&mut waiting, &mut results)?;
                    since = Instant::now();
                }
            }
            self.flush(&mut waiting, &mut results)?;
        }
        Ok(())
    }

    fn run_one<T: DeserializeOwned, R>(
        &self,
        task: impl Fn(T) -> R,
        arg: &[u8],
    ) -> Result<R, Failure> {
        let arg =
            frame::decode(arg).map_err(|error| Failure::ArgumentNotRead(error.to_string()))?;
        let result = catch_unwind(AssertUnwindSafe(|| task(arg)));
        if process::id() != self.pid {
            exit_with_parent::end_now(); // a copy that the task forked, and that is no worker
        }
        result.map_err(|panic| Failure::Panicked(panic_message(&*panic)))
    }

    /// Whether there is one.
    fn begin_task(&self) -> bool {
        let mut not_begun = ignore_poison(self.not_begun.lock());
        let left = not_begun.checked_sub(1);
        *not_begun = left.unwrap_or(0);
        left.is_some()
    }

    fn flush(&self, count: &mut u64, results: &mut Vec<u8>) -> io::Result<()> {
        if *count > 0 {
            let _ = io::stdout().flush(); // what a task has printed comes before its result
            self.respond(Response::Results(*count), results)?;
            *count = 0;
            results.clear();
        }
        Ok(())
    }

    /// Returns the tasks of the batch that were not begun.
    fn return_not_begun(&self) {
        let returned = take(&mut *ignore_poison(self.not_begun.lock()));
        let _ = self.respond(Response::Returned(returned), &[]); // the main thread meets the error, too
    }

    fn respond(&self, response: Response, results: &[u8]) -> io::Result<()> {
        let message = message::encode(&response, &[results])?;
        ignore_poison(self.responses.lock()).write_all(&message)
    }
}

/// What a panic said: `panic!` carries a `&str` or a `String`, `panic_any` any value.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is no text").to_string()
}
