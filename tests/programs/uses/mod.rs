//! The real uses in the lessons' examples, run as a user would.

mod communicate;
mod ipc_queue;
mod pool;
mod small;
mod thread_local;
