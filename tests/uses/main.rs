//! The real uses in the lessons' examples, run as a user would.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

mod communicate;
mod ipc_queue;
mod pool;
mod small;
mod thread_local;
