//! This program, started again as a child: what stands in for `fork`, on every system.
//!
//! A child has the same code but nothing of its parent's memory. It learns from its arguments that
//! it is a child, which [`Role`] it has and which pipe ends it was handed, as CPython's `spawn` does
//! with `--multiprocessing-fork`. Arguments, unlike environment variables, aren't inherited by the
//! programs that the child starts in turn. The program's own arguments follow: [`args`].
//!
//! The entry check at the top of `main` asks [`inherited`] whether this process is such a child: the part
//! that `if __name__ == '__main__':` plays in Python.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{self, Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::{env, io};

use os_pipe::{PipeReader, PipeWriter};

use crate::handover::{self, Call, End, Inherited};
use crate::system;

/// Not an option, so that libtest takes it as a filter: `pool::test_workers!` makes use of that.
const MARKER: &str = "task_utils_child";
const OWN_ARGUMENTS: usize = 3; // the marker, the role, what was handed over

/// Set once this process has become the child that it was started as.
static SERVING: AtomicBool = AtomicBool::new(false);

/// Whoever starts a child reads this; who wants nobody to be starting one writes it.
static STARTS: RwLock<()> = RwLock::new(());

/// What a child was started for: a kind (`"pool"`, `"queue"`) and a name within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    kind: &'static str,
    name: String,
}

/// A child, with the parent's ends of its three pipes.
pub struct Started {
    /// The process; whoever has it reaps it.
    pub process: Child,
    /// Tasks or values, from the parent to the child.
    pub down: PipeWriter,
    /// Requests of the parent that overtake what waits in `down`; its end ends the child.
    pub control: PipeWriter,
    /// Results or values, from the child to the parent.
    pub up: PipeReader,
}

impl Role {
    /// The role called `name` among those of `kind`.
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Role { kind, name: name.into() }
    }

    fn argument(&self) -> String {
        format!("{}:{}", self.kind, self.name)
    }

    /// Whether this process was started for this role and hasn't passed the entry check yet. One that
    /// gets to where the role's children are started has no entry check, or has it too late.
    #[must_use]
    pub fn is_unserved(&self) -> bool {
        self.is_mine() && !SERVING.load(Ordering::Relaxed)
    }

    fn is_mine(&self) -> bool {
        let mut args = env::args_os().skip(1);
        args.next().is_some_and(|arg| arg == MARKER)
            && args.next().is_some_and(|arg| arg == *self.argument())
    }
}

/// Starts this program again as a child with this role, these further arguments (usually
/// [`args`]`().skip(1)`, this program's own) and these further pipe ends, which it finds in what it
/// [`inherited`]. Its stdout and stderr are this process's, its stdin is empty.
///
/// A Ctrl-C in the terminal doesn't end the child: the parent decides, and its end is the child's end.
/// On Unix the child belongs to the parent's process group, so it stops, continues and uses the terminal
/// as the parent does; its signal mask and dispositions are those of the calling thread, and so are those
/// of the programs that it starts. On Windows it has a process group of its own, and so have they.
///
/// On Windows, a parent that ends in the very instant in which the system makes the child leaves it
/// behind, suspended before its first instruction; [`exit`] waits for that instant to be over.
///
/// # Errors
///
/// Those of the system where there are too few descriptors, processes or bytes; no process and no pipe
/// is left then.
pub fn start(
    role: &Role,
    args: impl IntoIterator<Item = OsString>,
    ends: Vec<End>,
) -> io::Result<Started> {
    start_with(role, None, args, ends)
}

/// [`start`] with a function that the child finds, too.
///
/// # Errors
///
/// As [`start`].
pub fn start_with(
    role: &Role,
    initializer: Option<Call>,
    args: impl IntoIterator<Item = OsString>,
    ends: Vec<End>,
) -> io::Result<Started> {
    let (down_reader, down) = handover::pipe()?;
    let (control_reader, control) = handover::pipe()?;
    let (up, up_writer) = handover::pipe()?;
    let mut command = Command::new(program()?);
    command.arg(MARKER).arg(role.argument());
    system::prepare(&mut command, env::args_os().next());
    let handed =
        Inherited { down: down_reader, control: control_reader, up: up_writer, ends, initializer };
    let process = {
        let _starting = STARTS.read().unwrap_or_else(PoisonError::into_inner);
        handover::spawn(command, handed, args)?
    };
    Ok(Started { process, down, control, up })
}

/// What this process was handed if it is a child with this role, the first time it asks.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`] where the arguments weren't written by [`start`].
pub fn inherited(role: &Role) -> io::Result<Option<Inherited>> {
    if !role.is_mine() || SERVING.swap(true, Ordering::Relaxed) {
        return Ok(None);
    }
    let handed = env::args_os().nth(OWN_ARGUMENTS).unwrap_or_default();
    handover::take(&handed.to_string_lossy()).map(Some)
}

/// This program's arguments as its user gave them, the program's name first: in a child too, as
/// `sys.argv` under `multiprocessing`'s spawn.
///
/// ```
/// assert!(task_utils::self_spawn::args().next().is_some());
/// ```
pub fn args() -> impl Iterator<Item = OsString> {
    let ours =
        if env::args_os().nth(1).is_some_and(|arg| arg == MARKER) { OWN_ARGUMENTS } else { 0 };
    env::args_os().enumerate().filter(move |(i, _)| *i == 0 || *i > ours).map(|(_, arg)| arg)
}

/// [`std::process::exit`], but never in the middle of a [`start`] by another thread, which on Windows may
/// leave that child behind. It is for a handler of Ctrl-C, which comes at any moment.
///
/// ```no_run
/// // ctrlc::set_handler(|| task_utils::self_spawn::exit(130))?;
/// task_utils::self_spawn::exit(130);
/// ```
pub fn exit(code: i32) -> ! {
    let _nobody_starts = STARTS.write().unwrap_or_else(PoisonError::into_inner);
    process::exit(code)
}

/// Asks a child to end (SIGTERM); on Windows ends it at once (TerminateProcess, exit code 1). One that
/// was waited for is gone, and its id may be another's: don't call this then.
///
/// # Errors
///
/// Those of the system.
pub fn terminate(child: &mut Child) -> io::Result<()> {
    system::terminate(child)
}

/// This program's file. Where a new build has taken its place, a child from it would not understand
/// us; Linux still knows the old file by another name.
fn program() -> io::Result<PathBuf> {
    let path = env::current_exe()?;
    Ok(system::moved_program(&path).unwrap_or(path))
}
