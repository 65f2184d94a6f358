//! What differs from system to system: `unix` and `windows` have the same functions.
//!
//! This is the only module with `unsafe`. A child gets its pipe ends and a function as numbers, and the
//! type of a number doesn't say what it stands for. This module makes sure that it stands for the same
//! in the child.

#![allow(unsafe_code)]

pub mod function;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::*;
