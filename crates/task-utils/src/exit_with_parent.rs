//! No child outlives its parent: when a pipe that only the parent writes to ends, the child ends,
//! no matter how the parent ended and what the child is doing.

use std::io;
use std::sync::mpsc;
use std::thread::Builder;

use os_pipe::PipeReader;

use crate::frame;
pub use crate::system::end_now;

/// Starts a thread that reads `control` and passes each message to `on_message`. When the pipe ends,
/// because the parent has ended, the thread ends this process at once.
///
/// # Errors
///
/// An error of the system, if it can't start a thread.
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
    // On Windows a thread can't begin while another one holds the loader's lock, as a task's thread might.
    let _ = running.recv();
    Ok(())
}
