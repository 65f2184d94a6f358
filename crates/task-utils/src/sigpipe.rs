//! A write to a pipe without a reader returns an error, and never ends the process.
//!
//! On Unix such a write also raises the signal SIGPIPE, which ends a process that doesn't ignore it. Rust's
//! runtime ignores it, but some programs restore its default effect. So each write of a
//! [`PipeWriter`](crate::pipe_writer::PipeWriter) blocks the signal in its thread and removes it
//! afterwards, which takes two more system calls. Windows has no such signal.

pub use crate::system::{CAN_SUPPRESS_SIGPIPE as CAN_SUPPRESS, block_sigpipe as block};
