//! What a parent hands to a child: three pipe ends and maybe more, and a function to run first.
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

/// A pipe end of either kind.
pub use crate::system::End;

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
    /// Further pipe ends, in the order in which the parent gave them.
    pub more: Vec<End>,
}

/// Starts `command` with one more argument, which [`take`] understands, then `args`. The ends are
/// closed here when this returns, and open in the child alone. The child's stdin is empty.
pub(crate) fn spawn(
    mut command: Command,
    handed: Inherited,
    args: impl Iterator<Item = OsString>,
) -> io::Result<Child> {
    let Inherited { down, control, up, initializer, more } = handed;
    let ends: Vec<End> = [down.into(), control.into(), up.into()].into_iter().chain(more).collect();
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
    let mut ends = system::take(parts.next().unwrap_or_default())?.into_iter();
    let (Some(down), Some(control), Some(up)) = (ends.next(), ends.next(), ends.next()) else {
        return Err(no_child(argument));
    };
    let (down, control, up) = (down.into(), control.into(), up.into());
    Ok(Inherited { down, control, up, initializer, more: ends.collect() })
}

fn no_child(argument: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("not a child: {argument}"))
}
