//! This program, started again as a child: what stands in for `fork`, on every system.
//!
//! A child runs the same code, but has nothing of its parent's memory. It learns from its arguments that
//! it is a child, which [`Role`] it has and which pipe ends it gets, as a child of CPython's `spawn` does
//! from `--multiprocessing-fork`. Unlike environment variables, arguments aren't inherited by the
//! programs that the child starts. The program's own arguments come behind them: [`args`].
//!
//! The entry check at the top of `main` asks [`inherited`] whether this process is such a child: the part
//! that `if __name__ == '__main__':` plays in Python.

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::{self, Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::SystemTime;

use os_pipe::{PipeReader, PipeWriter};

use crate::handover::{self, Call, End, Inherited};
use crate::system;

/// It isn't an option, so that libtest takes it for the name of a test: `pool::test_workers!` adds that one.
const MARKER: &str = "task_utils_child";
const OWN_ARGUMENTS: usize = 3; // the marker, the role, what was handed over

/// Whether this process was started as a child and has passed its entry check.
static SERVING: AtomicBool = AtomicBool::new(false);

/// Locked for reading while a child is being started, and for writing to wait until none is.
static STARTS: RwLock<()> = RwLock::new(());

/// When the file of this program was written, as found at the entry check.
static WRITTEN: LazyLock<Option<SystemTime>> = LazyLock::new(written);

/// What a child is started for: a kind (`"pool"`, `"queue"`) and a name within it.
pub struct Role(String);

/// A child, with the parent's ends of its three pipes.
pub struct Started {
    /// The process, which you have to wait for.
    pub process: Child,
    /// For tasks or values, from the parent to the child.
    pub down: PipeWriter,
    /// For requests that overtake what waits in `down`. The child ends when this is dropped.
    pub control: PipeWriter,
    /// Results or values, from the child to the parent.
    pub up: PipeReader,
}

impl Role {
    /// The role with this name among those of this kind.
    pub fn new(kind: &str, name: impl Display) -> Self {
        Role(format!("{kind}:{name}"))
    }

    /// The role of this process if it was started as a child and hasn't passed an entry check: its `main` has
    /// none for this role, or has it too late. Such a process must not start children: they would run `main`
    /// too, and start theirs, without end.
    pub fn unserved() -> Option<Self> {
        let role = env::args_os().nth(2).filter(|_| is_child())?.into_string().ok()?;
        (!SERVING.load(Ordering::Relaxed)).then_some(Role(role))
    }

    /// The name, without the kind.
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, name)| name)
    }

    fn is_mine(&self) -> bool {
        env::args_os().skip(1).take(2).eq([MARKER, &self.0])
    }
}

/// Starts this program again as a child with this role. `args` are the arguments that [`args`] returns in
/// the child, usually this program's own: [`args`]`().skip(1)`. The child gets `initializer` and the
/// `further` pipe ends from [`inherited`]. It shares stdout and stderr with this process; its stdin is empty.
///
/// Ctrl-C in the terminal doesn't end the child. The parent decides what happens, and when the parent ends,
/// the child ends. On Unix the child belongs to the parent's process group, so it stops, continues and uses
/// the terminal as the parent does. It and the programs that it starts have the signal mask and the
/// dispositions of the calling thread. On Windows the child and these programs have a process group of
/// their own.
///
/// If the parent on Windows ends in the very instant in which the system creates the child, the child stays
/// behind, suspended before its first instruction. [`exit`] waits until that instant is over.
///
/// # Errors
///
/// An error of the system, if there are too few descriptors or processes or too little memory, or if the
/// file of this program was replaced by another one since its start (but not on Linux, which still finds
/// the old file). No process and no pipe is left behind then.
pub fn start(
    role: &Role,
    initializer: Option<Call>,
    args: impl IntoIterator<Item = OsString>,
    further: Vec<End>,
) -> io::Result<Started> {
    let (down_reader, down) = handover::pipe()?;
    let (control_reader, control) = handover::pipe()?;
    let (up, up_writer) = handover::pipe()?;
    let mut ends = vec![down_reader.into(), control_reader.into(), up_writer.into()];
    ends.extend(further);
    let call = initializer.map_or(0, |call| call.0);
    // libtest takes this for the name of a test, too, but no name contains a `/`.
    let handed = format!("{call}/{}", system::label(&ends)?);
    let mut command = Command::new(program()?);
    command.args([MARKER, &role.0, &handed]).args(args);
    let _starting = STARTS.read().unwrap_or_else(PoisonError::into_inner);
    // When this returns, the ends are open only in the child.
    let process = system::spawn(command, ends)?;
    Ok(Started { process, down, control, up })
}

/// What this process got from its parent if it is a child with this role. Only the first call returns it.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`] if this process has the role, but wasn't started by [`start`].
pub fn inherited(role: &Role) -> io::Result<Option<Inherited>> {
    LazyLock::force(&WRITTEN);
    if !role.is_mine() || SERVING.swap(true, Ordering::Relaxed) {
        return Ok(None);
    }
    let no_child = || io::Error::new(ErrorKind::InvalidInput, "its arguments aren't a child's");
    let arg = env::args_os().nth(OWN_ARGUMENTS).unwrap_or_default();
    let (call, label) = arg.to_str().and_then(|arg| arg.split_once('/')).ok_or_else(no_child)?;
    let call = call.parse().map_err(|_| no_child())?;
    let initializer = (call != 0).then_some(Call(call));
    let mut ends = system::take(label)?.into_iter();
    let mut next = || ends.next().ok_or_else(no_child);
    let (down, control, up) = (next()?.into(), next()?.into(), next()?.into());
    Ok(Some(Inherited { down, control, up, ends: ends.collect(), initializer }))
}

/// This program's arguments as its user gave them, beginning with the program's name. They are the same in
/// a child, as `sys.argv` is under `multiprocessing`'s spawn.
///
/// ```
/// assert!(task_utils::self_spawn::args().next().is_some());
/// ```
pub fn args() -> impl Iterator<Item = OsString> {
    let ours = if is_child() { OWN_ARGUMENTS } else { 0 };
    env::args_os().take(1).chain(env::args_os().skip(1 + ours))
}

/// Whether this process was started as a child.
pub fn is_child() -> bool {
    env::args_os().nth(1).is_some_and(|arg| arg == MARKER)
}

/// [`std::process::exit`], but never while another thread is in [`start`], which on Windows may leave that
/// child behind. Call it in a handler of Ctrl-C, which can run at any moment.
///
/// ```no_run
/// // ctrlc::set_handler(|| task_utils::self_spawn::exit(130))?;
/// task_utils::self_spawn::exit(130);
/// ```
pub fn exit(code: i32) -> ! {
    let _nobody_starts = STARTS.write().unwrap_or_else(PoisonError::into_inner);
    process::exit(code)
}

/// The file of this program. A child from another file, such as a new build in the same place, would not
/// understand this process. On Linux the old file can still be started by another name.
fn program() -> io::Result<PathBuf> {
    match written() {
        now if now.is_some() && now == *WRITTEN => env::current_exe(),
        _ if cfg!(target_os = "linux") => Ok("/proc/self/exe".into()),
        _ => Err(io::Error::other("another file has taken the place of this program's")),
    }
}

fn written() -> Option<SystemTime> {
    env::current_exe().ok()?.metadata().ok()?.modified().ok()
}
