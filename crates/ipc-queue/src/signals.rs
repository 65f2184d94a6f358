//! How a process is told to end, and how it has ended: what differs from system to system.

use std::io;
#[cfg(unix)]
use std::io::Read;
use std::process::ExitStatus;

use os_pipe::PipeReader;
use shared_child::SharedChild;

pub(crate) const SIGTERM: i32 = 15;
pub(crate) const SIGKILL: i32 = 9;

/// How a process has ended that another has reaped: as it said itself, or else by the signal it was sent.
#[cfg(unix)]
pub(crate) fn told(up: &mut PipeReader, signal: i32) -> Option<ExitStatus> {
    use std::os::unix::process::ExitStatusExt;
    let mut code = [0];
    let told = task_utils::handover::is_readable(up, std::time::Duration::ZERO).unwrap_or(false)
        && matches!(up.read(&mut code), Ok(1));
    let raw = if told { i32::from(code[0]) << 8 } else { signal }; // as wait(2) has it
    (told || signal != 0).then(|| ExitStatus::from_raw(raw))
}

#[cfg(not(unix))]
pub(crate) fn told(_: &mut PipeReader, _: i32) -> Option<ExitStatus> {
    None
}

#[cfg(unix)]
pub(crate) fn send(child: &SharedChild, signal: i32) -> io::Result<()> {
    use shared_child::unix::SharedChildExt;
    const NO_SUCH_PROCESS: i32 = 3; // another has reaped it
    child.send_signal(signal).or_else(|error| match error.raw_os_error() {
        Some(NO_SUCH_PROCESS) => Ok(()),
        _ => Err(error),
    })
}

#[cfg(not(unix))]
pub(crate) fn send(child: &SharedChild, _: i32) -> io::Result<()> {
    child.kill()
}
