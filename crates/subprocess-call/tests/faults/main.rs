//! Very many uses in one process, which is this program started again: nothing may be left of them.
//! Linux tells in /proc what a process holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

#[cfg(target_os = "linux")]
mod uses;

fn main() {
    #[cfg(target_os = "linux")]
    uses::main();
}
