//! What can go wrong, as a sentence and, where there is one, the way out.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

/// Why there is no pool, or no longer one.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A pool of 0 processes was asked for.
    #[error(
        "a pool needs at least 1 process; std::thread::available_parallelism tells how many cores there are"
    )]
    NoProcesses,
    /// The task is a closure or a function pointer, which a worker can't find by its name.
    #[error("{0} has no name that a worker could find it by; give the pool a plain `fn` instead")]
    NotAPlainFn(&'static str),
    /// The program that was started as a worker didn't say that it is one.
    #[error(
        "the worker ran `main` instead of serving tasks; make `pool::run_if_worker({0});` the first line of `main`"
    )]
    NoGuard(&'static str),
    /// Workers end while they start, again and again: the initializer panics, or memory is short.
    #[error("workers end while they start, the last with {0}; see what they wrote to stderr")]
    NoStart(ExitStatus),
    /// The system can't start a process: too few descriptors, processes or bytes.
    #[error("can't start a worker process: {0}; see `ulimit -a`")]
    Spawn(Arc<io::Error>),
}

/// Why a task has no result.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The worker ended during this task. It may have run in part, and isn't run again.
    #[error("worker {pid} ended during this task with {status}; the task is not run again")]
    WorkerDied {
        /// The process that is gone.
        pid: u32,
        /// What the system says of its end.
        status: ExitStatus,
    },
    /// The task panicked with this message; its worker lives on.
    #[error("the task panicked: {0}")]
    Panicked(String),
    /// There is no result yet; it may still come.
    #[error("no result within the time; the task goes on")]
    TimedOut,
    /// The pool was closed before the task was handed in.
    #[error("the pool is closed and takes no more tasks; hand them in before `close`")]
    Closed,
    /// The pool was terminated or dropped before the task had a result.
    #[error("the pool was terminated before this task was done; `join` would have waited for it")]
    Terminated,
    /// The argument or the result can't be serialised, or is over [`MAX`](task_utils::frame::MAX).
    #[error("the task's {what} can't be sent: {why}")]
    NotSent {
        /// `"argument"` or `"result"`.
        what: &'static str,
        /// What serialising it answered.
        why: String,
    },
    /// The worker's messages made no sense; it was ended.
    #[error(
        "worker {pid} sent garbage and was ended; does a task write to descriptors that aren't its own?"
    )]
    Garbage {
        /// The process that is gone.
        pid: u32,
    },
    /// The pool has no workers and can't get any.
    #[error("the pool has no workers: {0}")]
    NoWorkers(Error),
}
