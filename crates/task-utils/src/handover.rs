//! What a parent hands to a child: three pipe ends, and the place of a function.
//!
//! The one module with `unsafe`. Both are handed over as numbers in an argument, and a number says
//! nothing of what it stands for; here is where we make sure that it still stands for the same.
//!
//! **Pipe ends.** Every end is closed on exec (not inheritable on Windows), so a program that any
//! other thread starts gets none. On Unix that is lifted in the new child alone, between fork and
//! exec. Windows can't do that: there the ends are inheritable for the time of one spawn. A lock
//! keeps our own spawns apart; a program that other code starts in that instant gets the ends too,
//! and holds them open until it ends. The child takes its ends out of inheritance before all else.
//!
//! **A function.** Its address differs from process to process, as the system loads the program
//! somewhere else each time; its distance from another function of the same program doesn't.

#![allow(unsafe_code)]

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command};

use os_pipe::{PipeReader, PipeWriter};

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
/// closed here when this returns, and open in the child alone.
pub(crate) fn spawn(
    mut command: Command,
    handed: Inherited,
    args: impl Iterator<Item = OsString>,
) -> io::Result<Child> {
    let Inherited { down, control, up, initializer } = handed;
    let ends = [down.into(), control.into(), up.into()];
    let [down, control, up] = ends.each_ref().map(system::number);
    let (initializer, layout) = (initializer.map_or(0, |f| distance(f as usize)), layout());
    command.arg(format!("{down},{control},{up},{initializer},{layout}")).args(args);
    system::spawn(command, ends.into())
}

/// What [`spawn`] wrote into the argument, in the child.
pub(crate) fn take(argument: &str) -> io::Result<Inherited> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidInput, format!("not a child: {argument}"));
    let numbers: Result<Vec<i64>, _> = argument.split(',').map(str::parse).collect();
    let Ok([down, control, up, initializer, its_layout]) = numbers.as_deref() else {
        return Err(wrong());
    };
    if *its_layout != layout() {
        return Err(io::Error::other("the program on disk is not the one that started this child"));
    }
    let end = |number: &i64| system::take(usize::try_from(*number).map_err(|_| wrong())?);
    Ok(Inherited {
        down: end(down)?.into(),
        control: end(control)?.into(),
        up: end(up)?.into(),
        initializer: (*initializer != 0).then(|| function(*initializer)),
    })
}

/// How far `address` is from a function of this module. Never 0 for a `fn()`: no `fn()` is `take`.
fn distance(address: usize) -> i64 {
    (address as i64).wrapping_sub(take as fn(&str) -> _ as usize as i64)
}

/// A number that another build of the program has only by accident.
fn layout() -> i64 {
    distance(crate::timed_task as fn(_, _) as usize)
        ^ distance(crate::long_time_task as fn(_) as usize).rotate_left(32)
}

fn function(distance: i64) -> fn() {
    let address = (take as fn(&str) -> _ as usize as i64).wrapping_add(distance) as usize;
    let pointer = std::ptr::with_exposed_provenance::<()>(address);
    // SAFETY: the parent computed the distance from a real `fn()` (`spawn` takes nothing else). It
    // runs the same program: `respawn::program` starts the very file, and `take` has compared the
    // layouts. So the same function is at the same distance here, and it is never null.
    unsafe { std::mem::transmute::<*const (), fn()>(pointer) }
}

#[cfg(unix)]
mod system {
    use std::io;
    use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
    use std::process::{Child, Command};

    use command_fds::CommandFdExt;

    pub type End = OwnedFd;

    pub fn number(end: &End) -> usize {
        end.as_raw_fd() as usize // an open descriptor isn't negative
    }

    pub fn spawn(mut command: Command, ends: Vec<End>) -> io::Result<Child> {
        command.preserved_fds(ends).spawn()
    }

    pub fn take(number: usize) -> io::Result<End> {
        let number = RawFd::try_from(number).map_err(io::Error::other)?;
        // SAFETY: not -1, and borrowed only while `inherited` below is open or known not to be.
        let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
        let end = borrowed.try_clone_to_owned()?; // closed on exec; an error if nothing is open there
        // SAFETY: open, as the clone has shown, and ours: `respawn::inherited` comes here only once,
        // with the numbers that the parent left open for this.
        drop(unsafe { OwnedFd::from_raw_fd(number) });
        Ok(end)
    }
}

#[cfg(windows)]
mod system {
    use std::io;
    use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle};
    use std::process::{Child, Command};
    use std::sync::{Mutex, PoisonError};

    use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};

    pub type End = OwnedHandle;

    pub fn number(end: &End) -> usize {
        end.as_raw_handle() as usize
    }

    pub fn spawn(mut command: Command, ends: Vec<End>) -> io::Result<Child> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        for end in &ends {
            set_inheritable(end.as_raw_handle(), true)?;
        }
        command.spawn() // the ends close when this returns
    }

    pub fn take(number: usize) -> io::Result<End> {
        let handle = std::ptr::with_exposed_provenance_mut(number) as RawHandle;
        set_inheritable(handle, false)?;
        // SAFETY: a handle, as the call above has shown, and ours: `respawn::inherited` comes here
        // only once, with the numbers that the parent let this process inherit.
        Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
    }

    fn set_inheritable(handle: RawHandle, yes: bool) -> io::Result<()> {
        let flag = if yes { HANDLE_FLAG_INHERIT } else { 0 };
        // SAFETY: takes any number; one that is no handle is an error.
        match unsafe { SetHandleInformation(handle, HANDLE_FLAG_INHERIT, flag) } {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}
