//! Faults that hit a whole process: each in a host, which is this program started again. They need
//! Unix's signals and limits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

#[cfg(unix)]
mod groups;
#[cfg(target_os = "linux")]
mod held;
#[cfg(unix)]
mod hosts;
#[cfg(target_os = "linux")]
mod settings;
#[cfg(target_os = "linux")]
mod sigchld;

fn main() {
    #[cfg(unix)]
    hosts::main();
}
