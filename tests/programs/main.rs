//! The programs of the workspace when they are run: the lessons under faults, the examples broken and fixed, the real
//! uses, `cargo lessons` and `cargo timeline`. One test program, so that their waits overlap.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

mod broken;
mod faults;
mod timeline;
mod uses;
mod walk;
