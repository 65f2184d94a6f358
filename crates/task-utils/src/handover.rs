//! What a parent hands to a child: pipe ends, and a function to run first.
//!
//! **Pipe ends** have numbers over 2 on Unix, even if stdin, stdout or stderr is closed in this process, so
//! that none of them becomes the child's stdin, stdout or stderr. Every end is closed on exec (on Windows:
//! not inheritable), so no program that another thread starts gets one. On Unix this flag is cleared only
//! in the new child, between fork and exec. On Windows it is never cleared: the parent duplicates the ends
//! into the child after its start.
//!
//! **A function** is a number: its distance from another place in the program, which is the same in a child.

use std::io;

use os_pipe::{PipeReader, PipeWriter};

pub use crate::system::{End, function::Call, is_readable};

/// What a child gets from its parent: its ends of their pipes, and a function to run first.
pub struct Inherited {
    /// Tasks or values for the child.
    pub down: PipeReader,
    /// Requests that overtake what waits in `down`. This pipe ends when the parent ends.
    pub control: PipeReader,
    /// Results or values from the child.
    pub up: PipeWriter,
    /// Further ends, in the order in which the parent gave them.
    pub ends: Vec<End>,
    /// What the child runs before its first task, if anything.
    pub initializer: Option<Call>,
}

/// A pipe whose ends can be handed to a child.
///
/// # Errors
///
/// An error of the system, if there are too few descriptors.
///
/// ```
/// use std::io::{Read, Write};
///
/// let (mut reader, mut writer) = task_utils::handover::pipe()?;
/// writer.write_all(b"hi")?;
/// drop(writer);
/// let mut text = String::new();
/// reader.read_to_string(&mut text)?;
/// assert_eq!(text, "hi");
/// # std::io::Result::Ok(())
/// ```
pub fn pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = os_pipe::pipe()?;
    // The numbers of the first two ends may be those of a closed stdin or stdout. Copies never get these.
    Ok((reader.try_clone()?, writer.try_clone()?))
}
