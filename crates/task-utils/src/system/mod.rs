//! What differs from system to system. The one module with `unsafe`: a child gets its pipe ends and a
//! function as numbers, and a number says nothing of what it stands for; here is where we make sure
//! that it still stands for the same.
//!
//! `unix` and `windows` have the same functions.

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
