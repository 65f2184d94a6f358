//! No child outlives its parent: the end of a pipe that only the parent writes to is the end of the
//! child, however the parent ended and whatever the child is doing.

use std::io;
use std::sync::mpsc;
use std::thread::Builder;

use os_pipe::PipeReader;

use crate::frame;
pub use crate::system::end_now;

/// Starts a thread that reads `control` and hands each message to `on_message`. When the pipe ends,
/// since the parent is gone, the thread ends this process at once.
///
/// # Errors
///
/// Those of starting a thread.
pub fn watch(
    control: PipeReader,
    mut on_message: impl FnMut(&[u8]) + Send + 'static,
) -> io::Result<()> {
    let mut control = frame::Reader::new(control);
    let (sender, running) = mpsc::channel::<()>();
    Builder::new().name("exit with parent".into()).spawn(move || {
        drop(sender);
        while let Ok(Some(message)) = control.next() {
            on_message(&message[frame::HEADER..]);
        }
        end_now();
    })?;
    // On Windows a thread can't begin while another holds the loader's lock, as a task's thread might.
    let _ = running.recv();
    Ok(())
}
