//! What a parent hands to a child: pipe ends, and a function to run first.
//!
//! **Pipe ends** have numbers over 2 on Unix, whatever is open in this process, so that none of them is
//! taken for stdin, stdout or stderr. Every end is closed on exec (not inheritable on Windows), so a
//! program that any other thread starts gets none. On Unix that is lifted in the new child alone, between
//! fork and exec. On Windows it is never lifted: there the ends are put into the child once it has started.
//!
//! **A function** is its distance from another one of the same program, which is the same in a child.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command};
use std::time::Duration;

use os_pipe::{PipeReader, PipeWriter};

use crate::system;
pub use crate::system::{End, function::Call};

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
    Ok((system::above_stdio(reader.into())?.into(), system::above_stdio(writer.into())?.into()))
}

/// Whether there is something to be read from a pipe, or its end, within the time.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`] on Windows, where only a read waits for a pipe.
///
/// ```
/// # if cfg!(unix) {
/// let (reader, _writer) = task_utils::handover::pipe()?;
/// assert!(!task_utils::handover::is_readable(&reader, std::time::Duration::ZERO)?);
/// # }
/// # std::io::Result::Ok(())
/// ```
pub fn is_readable(pipe: &PipeReader, timeout: Duration) -> io::Result<bool> {
    system::is_readable(pipe, timeout)
}

/// Starts `command` with one more argument, which [`take`] understands, then `args`. The ends are
/// closed here when this returns, and open in the child alone. The child's stdin is empty.
pub(crate) fn spawn(
    mut command: Command,
    handed: Inherited,
    args: impl IntoIterator<Item = OsString>,
) -> io::Result<Child> {
    let Inherited { down, control, up, ends: further, initializer } = handed;
    let mut ends = vec![down.into(), control.into(), up.into()];
    ends.extend(further);
    let (call, numbers) = (Call::label(initializer), system::label(&ends)?);
    command.arg(format!("{PREFIX}{call},{numbers}")).args(args);
    system::spawn(command, ends)
}

/// What [`spawn`] handed over, in the child.
pub(crate) fn take(argument: &str) -> io::Result<Inherited> {
    let no_child =
        || io::Error::new(io::ErrorKind::InvalidInput, format!("not a child: {argument}"));
    let mut parts = argument.strip_prefix(PREFIX).ok_or_else(no_child)?.splitn(4, ',');
    let initializer = Call::from_label(&mut parts)?;
    let mut ends = system::take(parts.next().unwrap_or_default())?.into_iter();
    let (Some(down), Some(control), Some(up)) = (ends.next(), ends.next(), ends.next()) else {
        return Err(no_child());
    };
    let (down, control, up) = (down.into(), control.into(), up.into());
    Ok(Inherited { down, control, up, ends: ends.collect(), initializer })
}

/// So that libtest, which takes the argument as a filter, finds no test by it.
const PREFIX: &str = "ends:";
