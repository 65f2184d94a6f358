//! The worker process: reads a batch of tasks, runs them on the main thread, writes what became of them.
//!
//! A task's result is written before the next task starts (but for the tasks of a `map`), so that when
//! this process dies, one task at most was half done. Two more threads: one reads the control pipe and
//! ends this process when the pool's process is gone, one returns what waits behind a long task.

use std::any::Any;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use os_pipe::{PipeReader, PipeWriter};
use serde::{Serialize, de::DeserializeOwned};
use task_utils::handover::{Call, Inherited};
use task_utils::{exit_with_parent, frame};

use crate::message::{self, Items, Outcome, Request, Response};

/// After so long, the tasks of a batch that were not begun are returned, for others to run.
const LONG: Duration = Duration::from_millis(10);
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
    let mut requests = frame::Reader::new(down);
    let served = worker.start(control).and_then(|()| {
        worker.initialize(&mut requests, initializer)?;
        worker.run(task, &mut requests)
    });
    // An error: a pipe broke, as the pool is gone or has given this worker up.
    process::exit(i32::from(served.is_err()));
}

/// What the threads share.
struct Worker {
    pid: u32,
    responses: Mutex<PipeWriter>,
    batch: Mutex<Batch>,
    batch_came: Condvar,
}

/// The batch that is being run.
#[derive(Default)]
struct Batch {
    number: u64,
    /// How many of its tasks were not begun.
    left: u64,
    /// Whether the thread that returns tasks waits for a batch.
    awaited: bool,
}

impl Worker {
    fn new(responses: PipeWriter) -> Self {
        let (batch, batch_came) = (Mutex::default(), Condvar::new());
        Worker { pid: process::id(), responses: Mutex::new(responses), batch, batch_came }
    }

    fn start(self: &Arc<Self>, control: PipeReader) -> io::Result<()> {
        let worker = Arc::clone(self);
        // A message on this pipe asks for the tasks that were not begun.
        let watching = exit_with_parent::watch(control, move |_| worker.return_rest(None));
        let worker = Arc::clone(self);
        let returning = watching.and_then(|()| {
            thread::Builder::new().spawn(move || worker.return_what_waits()).map(drop)
        });
        returning.inspect_err(|error| {
            let _ = writeln!(io::stderr(), "a worker can't start a thread: {error}");
        })
    }

    fn initialize(
        &self,
        requests: &mut frame::Reader<PipeReader>,
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

    fn run<T: DeserializeOwned, R: Serialize>(
        &self,
        task: impl Fn(T) -> R,
        requests: &mut frame::Reader<PipeReader>,
    ) -> io::Result<()> {
        while let Some(message) = requests.next()? {
            let (Request { count, all_or_nothing }, mut args) = message::decode(&message)?;
            self.begin_batch(count);
            let (mut results, mut waiting, mut since) = (Vec::new(), 0, Instant::now());
            while self.begin_task() {
                let arg = args.next().ok_or_else(|| frame::garbage("too few arguments"))??;
                self.run_one(&task, arg).encode(&mut results);
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

    fn run_one<T: DeserializeOwned, R>(&self, task: impl Fn(T) -> R, arg: &[u8]) -> Outcome<R> {
        let arg = match frame::decode(arg) {
            Ok(arg) => arg,
            Err(error) => return Outcome::ArgumentNotRead(error),
        };
        let result = catch_unwind(AssertUnwindSafe(|| task(arg)));
        if process::id() != self.pid {
            exit_with_parent::end_now(); // a copy that the task forked, and that is no worker
        }
        match result {
            Ok(result) => Outcome::Done(result),
            Err(panic) => Outcome::Panicked(panic_message(&*panic)),
        }
    }

    fn begin_batch(&self, count: u64) {
        let mut batch = lock(&self.batch);
        batch.number += 1;
        batch.left = count;
        if batch.awaited && count > 1 {
            batch.awaited = false;
            self.batch_came.notify_one();
        }
    }

    /// Whether there is one.
    fn begin_task(&self) -> bool {
        let mut batch = lock(&self.batch);
        let left = batch.left.checked_sub(1);
        batch.left = left.unwrap_or(0);
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

    /// Returns the rest of each batch that takes long.
    fn return_what_waits(&self) {
        loop {
            let mut batch = lock(&self.batch);
            batch.awaited = batch.left == 0;
            let waiting = |batch: &mut Batch| batch.awaited;
            let waited = self.batch_came.wait_while(batch, waiting);
            batch = waited.unwrap_or_else(PoisonError::into_inner);
            let number = batch.number;
            let timeout = self.batch_came.wait_timeout(batch, LONG);
            drop(timeout.unwrap_or_else(PoisonError::into_inner));
            self.return_rest(Some(number));
        }
    }

    /// Returns the tasks that were not begun, of this batch only, or responds in any case.
    fn return_rest(&self, number: Option<u64>) {
        let mut batch = lock(&self.batch);
        if number.is_some_and(|number| batch.number != number || batch.left == 0) {
            return;
        }
        let returned = std::mem::take(&mut batch.left);
        drop(batch);
        let _ = self.respond(Response::Returned(returned), &[]); // the main thread meets the error, too
    }

    fn respond(&self, response: Response, results: &[u8]) -> io::Result<()> {
        let message = message::encode(&response, &[results])?;
        lock(&self.responses).write_all(&message)
    }
}

/// What a panic said: `panic!` carries a `&str` or a `String`, `panic_any` any value.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is no text").to_string()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
