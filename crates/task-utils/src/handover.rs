//! What a parent hands to a child: pipe ends, and a function to run first.
//!
//! **Pipe ends** have numbers over 2 on Unix, whatever is open in this process, so that none of them is
//! taken for stdin, stdout or stderr. Every end is closed on exec (not inheritable on Windows), so a
//! program that any other thread starts gets none. On Unix that is lifted in the new child alone, between
//! fork and exec. On Windows it is never lifted: there the ends are put into the child once it has started.
//!
//! **A function** is its distance from something else in the program, which is the same in a child.

use std::io;

use os_pipe::{PipeReader, PipeWriter};

pub use crate::system::{End, function::Call, is_readable};

/// What a child has from its parent: its ends of their pipes, and what to run first.
pub struct Inherited {
    /// Tasks or values for the child.
    pub down: PipeReader,
    /// Requests that overtake them; ends with the parent.
    pub control: PipeReader,
    /// Results or values from the child.
    pub up: PipeWriter,
    /// Further ends, in the order in which the parent gave them.
    pub ends: Vec<End>,
    /// What the child runs before its first task.
    pub initializer: Option<Call>,
}

/// A pipe that can be handed over.
///
/// # Errors
///
/// Those of the system where there are too few descriptors.
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
    // Copies, since std gives a copy a number over 2, also where stdin, stdout or stderr is closed.
    Ok((reader.try_clone()?, writer.try_clone()?))
}
