//! Python's `multiprocessing.Pool`: tasks for worker processes.
//!
//! ```
//! use pool::Pool;
//!
//! fn square(n: u64) -> u64 {
//!     n * n
//! }
//!
//! fn main() -> Result<(), pool::Error> {
//!     pool::run_if_worker(square); // `if __name__ == '__main__':`
//!     let pool = Pool::new(2, square)?;
//!     let result = pool.apply_async(7);
//!     assert_eq!(pool.map(1..=4)?, [1, 4, 9, 16]);
//!     assert_eq!(result.get()?, 49);
//!     pool.join()
//! }
//! ```
//!
//! A task never runs twice. A worker that dies costs the one task that it was in, which returns
//! [`TaskError::WorkerDied`] (or the [`map`](Pool::map) that it was in); a new worker takes its place. No
//! worker outlives the pool's process, however that ends. It works the same on Linux, macOS and Windows, but
//! for the status of a dead worker and what Ctrl-C does to the programs that a task starts.
//!
//! # Processes and threads
//!
//! A worker is this program started again, with three pipes. First read `builder`, which makes a pool and
//! names the function that a worker runs, and `error`. Then a task goes down the list of modules:
//!
//! 1. `pool`: the caller's thread encodes the argument and hands in a job.
//! 2. `batch`: the job waits in a queue, then goes to a worker in a batch.
//! 3. `scheduler`: one lock for the queue and the idle workers.
//! 4. `runner`: as many threads as workers send batches and read responses; one more watches the clock.
//! 5. `supervisor`: as many threads start a worker, wait for its end, and start the next.
//! 6. `process`, `message`: the pipes of a worker, and what goes through them.
//! 7. `worker`: its main thread runs the tasks; a second one returns those that wait behind a long one,
//!    and ends the process with the pool's.
//! 8. `async_result`, `imap`: the caller decodes the results. One thread calls all callbacks.

mod async_result;
mod batch;
mod builder;
mod error;
#[cfg(test)]
mod fuzz;
mod imap;
mod message;
mod pool;
mod process;
mod runner;
mod scheduler;
mod supervisor;
mod worker;

use std::io::{self, Write};
use std::process::exit;
use std::sync::{LockResult, PoisonError};

use serde::{Serialize, de::DeserializeOwned};
use task_utils::self_spawn;

pub use async_result::AsyncResult;
pub use builder::Builder;
pub use error::{Error, TaskError};
pub use imap::Imap;
pub use pool::Pool;
pub use task_utils::self_spawn::args;

/// The entry check: in a worker for `task` it serves tasks and never returns; elsewhere it does nothing.
///
/// It is the first line of `main`, once for each task that the program has pools for. It is what
/// `if __name__ == '__main__':` is in Python: a worker is this program started again, and must not
/// do again what the program does. It is the same on Windows, macOS and Linux.
///
/// The worker ends when the pool is done with it, and as soon as the pool's process
/// ends, however that happens. Its stdout and stderr are the pool's, its stdin is empty. A task that
/// needs the program's arguments takes them from [`args`].
pub fn run_if_worker<T: DeserializeOwned, R: Serialize, F: Fn(T) -> R + 'static>(task: F) {
    builder::note_entry_check::<F>();
    run_if_test_worker(task);
}

/// [`run_if_worker`] in a program that libtest made.
#[doc(hidden)]
pub fn run_if_test_worker<T: DeserializeOwned, R: Serialize, F: Fn(T) -> R + 'static>(task: F) {
    let begun = match self_spawn::inherited(&builder::role::<F>()) {
        Ok(None) => return,
        Ok(Some(inherited)) => worker::serve(task, inherited),
        Err(error) => Err(error),
    };
    if let Err(error) = begun {
        let line = format!("a worker can't start: {error}\n");
        let _ = io::stderr().write_all(line.as_bytes()); // `eprintln!` may panic
        exit(1);
    }
}

/// Lets `#[test]` functions use pools for these tasks: one line in each file of tests that does.
///
/// A program of tests has no `main` for [`run_if_worker`]. The macro adds a test of the name
/// `task_utils_child`; a worker runs this test alone and serves tasks in it. Elsewhere it does nothing.
/// Each worker prints libtest's "running 1 test".
///
/// ```
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// pool::test_workers!(square);
///
/// #[test]
/// fn squares() {
///     let pool = pool::Pool::new(2, square).unwrap();
///     assert_eq!(pool.map(1..=3).unwrap(), [1, 4, 9]);
/// }
/// ```
#[macro_export]
#[allow(clippy::test_attr_in_doctest)] // it shows a file of tests
macro_rules! test_workers {
    ($($task:expr),+ $(,)?) => {
        #[test]
        fn task_utils_child() {
            $( $crate::run_if_test_worker($task); )+
        }
    };
}

/// A panic can't leave the data of a lock half changed, so poison is ignored.
fn ignore_poison<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

macro_rules! debug {
    ($($name:ident<$($parameter:ident),+>)*) => {$(
        impl<$($parameter),+> std::fmt::Debug for $name<$($parameter),+> {
            fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

debug! { Pool<T, R> Builder<T, R> AsyncResult<R> Imap<I, R> }

/// The README's Rust is tested as documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
