//! A write to a pipe that nobody reads is an error here, and never the end of the process.
//!
//! On Unix such a write brings the signal SIGPIPE too, which ends a process unless it is ignored.
//! Rust's runtime ignores it and most programs leave it at that, but some give it its default effect
//! back. So a [`PipeWriter`](crate::pipe_writer::PipeWriter) blocks it while it writes and takes it away,
//! which takes two more system calls. Windows has no such signal.

pub use crate::system::{CAN_SUPPRESS_SIGPIPE as CAN_SUPPRESS, block_sigpipe as block};
