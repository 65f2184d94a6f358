//! No child outlives its parent: the end of a pipe that only the parent writes to is the end of the
//! child, however the parent ended and whatever the child is doing.

use std::io;
use std::thread::Builder;

use os_pipe::PipeReader;

use crate::frame;

/// Starts a thread that reads `control` and hands each message to `on_message`. When the pipe ends,
/// since the parent is gone, the thread ends this process at once.
///
/// # Errors
///
/// What starting a thread answers.
pub fn watch(
    control: PipeReader,
    mut on_message: impl FnMut(&[u8]) + Send + 'static,
) -> io::Result<()> {
    let mut control = frame::Reader::new(control);
    Builder::new().name("lifeline".into()).spawn(move || {
        while let Ok(Some(message)) = control.next() {
            on_message(&message[frame::HEADER..]);
        }
        end_now();
    })?;
    Ok(())
}

// Not `process::exit`: it runs the exit handlers of C libraries, which may wait for a lock that the
// main thread holds in the middle of its task.
#[cfg(unix)]
fn end_now() {
    let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
}

#[cfg(not(unix))]
fn end_now() {
    std::process::exit(1);
}
