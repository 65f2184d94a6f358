//! Processes with queues and pipes between them: Python's `multiprocessing.Process`, `Queue` and `Pipe`.
//!
//! ```
//! use ipc_queue::{Process, Queue, Target, run_if_child};
//!
//! static SQUARES: Target<(Queue<u64>, u64)> = Target::new("squares", |(queue, last)| {
//!     (1..=last).for_each(|n| queue.put(&(n * n)).unwrap());
//! });
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     run_if_child(&[&SQUARES]); // `if __name__ == '__main__':`
//!     let queue = Queue::new()?;
//!     let mut process = Process::start(&SQUARES, (&queue, 3))?;
//!     queue.close(); // this process only gets
//!     assert_eq!(queue.iter().collect::<Result<Vec<_>, _>>()?, [1, 4, 9]);
//!     assert!(process.join()?.success());
//!     Ok(())
//! }
//! ```
//!
//! # What holds under faults
//!
//! * Each value arrives once and whole, or not at all. A killed process loses what it had got and not
//!   handled (1,024 values at most), and what it had not finished putting; nothing else is lost.
//! * A value that was on its way to a child as its target returned goes to another reader, which may have
//!   got later ones by then, or been told that the queue is closed.
//! * A reader that is stopped (SIGSTOP, a debugger) while values are on their way to it holds up the other
//!   readers until it goes on or ends.
//! * A child ends with the process that started it, however that ends. No call depends on SIGCHLD.
//! * [`Queue::get`] returns [`Error::Closed`] once nobody can put any more; a call with a timeout returns
//!   within it, if the process that made the queue runs.
//! * A value that would not come back as it was is an error when it is put, with its type's name. (A lone
//!   `skip_serializing` is noticed only if the rest can't be read, and of long values only the first that
//!   comes back is read.) Send such a value as text, for instance as JSON.
//!
//! On Windows [`Process::terminate`] ends a process at once, and [`Receiver::recv_timeout`] is an error.
//! The lesson, with the Python beside it, is the README.
//!
//! # Internals
//!
//! ```text
//!   a child (writer)      the process that made the queue       a child (reader)
//! ┌──────────────────┐  ┌───────────────────────────────────┐  ┌─────────────────┐
//! │ put ▶ Client ────┼──┼─ Put ─▶ reader thread             │  │   Client ◀ get  │
//! │   (its thread    │  │             ▼                     │  │    │       ▲    │
//! │    writes many   │  │   Broker: State under one lock ◀──┼──┼── Wait    │    │
//! │    at once)      │  │      ▲      ▼                     │  │           │    │
//! │ responses ◀──────┼──┼──────┼─ writer thread ── Values ──┼──┼▶ thread ▶ Inbox│
//! └──────────────────┘  │    Client ◀ put, get              │  └─────────────────┘
//!                       └───────────────────────────────────┘
//! ```
//!
//! Each process has a client. That of a child has two pipes to the broker, one for requests and one for
//! responses: at one end of each is a thread that always reads, at the other a writer that keeps the order.
//! The client in the process that made the queue calls the broker. One value from `put` to `get` goes down
//! this list: [`Queue`], `client` (`messages`, `link`, `writer`), `broker`, `state` (`capacity`, `values`), `broker` again, `client` (`inbox`). Arguments find their pipe ends by `ends`. A [`pipe`] has
//! no broker.

// A derived `Debug` would require that the values have it.
macro_rules! debug {
    ($($name:ident)*) => {$(
        impl<T> std::fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

debug! { Queue Sender Receiver }

mod args;
mod broker;
mod capacity;
mod client;
mod ends;
mod error;
#[cfg(test)]
mod fuzz;
mod held;
mod inbox;
mod join;
mod link;
mod messages;
mod pipe;
mod process;
mod queue;
#[cfg(test)]
mod simulation;
mod state;
mod sync;
mod target;
mod values;
mod writer;

pub use args::{Arg, Args};
pub use error::Error;
pub use pipe::{Receiver, Sender, pipe};
pub use process::Process;
pub use queue::Queue;
pub use target::{Entry, Outcome, Target, run_if_child};
pub use task_utils::self_spawn::args;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
