//! Processes with queues and pipes between them: Python's `multiprocessing.Process`, `Queue` and `Pipe`.

mod args;
mod batch;
mod broker;
mod capacity;
mod client;
mod ends;
mod error;
#[cfg(test)]
mod fuzz;
mod gate;
mod getters;
mod inbox;
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
