//! What a parent hands to a child: three pipe ends, and a function to run first.
//!
//! **Pipe ends.** Every end is closed on exec (not inheritable on Windows), so a program that any
//! other thread starts gets none. On Unix that is lifted in the new child alone, between fork and
//! exec. On Windows it is never lifted: there the ends are put into the child once it has started.
//!
//! **A function** is its distance from another one of the same program, which is the same in a child.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command};

use os_pipe::{PipeReader, PipeWriter};

use crate::system::{self, function};

/// What a child has from its parent: its ends of their pipes, and what to run first.
pub struct Inherited {
    /// Tasks or values for the child.
    pub down: PipeReader,
    /// Requests that overtake them; ends with the parent.
    pub control: PipeReader,
    /// Results or values from the child.
    pub up: PipeWriter,
    /// What the child runs before its first task.
    pub initializer: Option<fn()>,
}

/// Starts `command` with one more argument, which [`take`] understands, then `args`. The ends are
/// closed here when this returns, and open in the child alone. The child's stdin is empty.
pub(crate) fn spawn(
    mut command: Command,
    handed: Inherited,
    args: impl Iterator<Item = OsString>,
) -> io::Result<Child> {
    let Inherited { down, control, up, initializer } = handed;
    let ends = vec![down.into(), control.into(), up.into()];
    let (initializer, layout) = (initializer.map_or(0, function::number), function::layout());
    command.arg(format!("{initializer},{layout},{}", system::label(&ends))).args(args);
    system::spawn(command, ends)
}

/// What [`spawn`] handed over, in the child.
pub(crate) fn take(argument: &str) -> io::Result<Inherited> {
    let mut parts = argument.splitn(3, ',');
    let mut number = || parts.next()?.parse().ok();
    let (Some(initializer), Some(layout)) = (number(), number()) else {
        return Err(no_child(argument));
    };
    let initializer = function::of_number(initializer, layout)?;
    let ends = system::take(parts.next().unwrap_or_default())?;
    let [down, control, up] = <[_; 3]>::try_from(ends).map_err(|_| no_child(argument))?;
    Ok(Inherited { down: down.into(), control: control.into(), up: up.into(), initializer })
}

fn no_child(argument: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("not a child: {argument}"))
}
