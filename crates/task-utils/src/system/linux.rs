//! Linux: pipes of any size, signals that can be taken back, a program's file by another name.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use os_pipe::PipeWriter;

/// How much the pipe takes when it is empty.
pub fn pipe_size(pipe: &PipeWriter) -> usize {
    fcntl(pipe, FcntlArg::F_GETPIPE_SZ).map_or(0, |size| usize::try_from(size).unwrap_or(0))
}

/// Makes the pipe bigger, if that is allowed; returns its size.
pub fn grow_pipe(pipe: &PipeWriter) -> usize {
    let _ = fcntl(pipe, FcntlArg::F_SETPIPE_SZ(512 << 10)); // else it stays as it is
    pipe_size(pipe)
}

/// Whether [`suppress_sigpipe`] does what it says.
pub const CAN_SUPPRESS_SIGPIPE: bool = true;

/// Calls `write` and takes the signal away that comes of it, if one does.
pub fn suppress_sigpipe<T>(write: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let sigpipe = SigSet::from(Signal::SIGPIPE);
    let before = sigpipe.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let written = write();
    if written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        // It is pending: Linux keeps a blocked signal, also one that is ignored, so this doesn't wait.
        sigpipe.wait()?;
    }
    before.thread_set_mask()?;
    written
}

/// Another name for the file of this program, where a new build has taken its place at `path`.
pub fn moved_program(path: &Path) -> Option<PathBuf> {
    const MYSELF: &str = "/proc/self/exe";
    let file = |path: &Path| path.metadata().map(|file| (file.dev(), file.ino()));
    let myself = file(MYSELF.as_ref());
    (myself.is_ok() && file(path).ok() != myself.ok()).then(|| MYSELF.into())
}
