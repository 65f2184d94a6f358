//! Ctrl-C ends the program that runs and this one, silently, with exit code 130.
//!
//! On Unix nothing has to be done for it: the terminal sends a signal to both, and a shell reports a
//! program that the signal ended as 130. On Windows the console notifies both, too, but a program that
//! doesn't handle the event ends with an exit code of the system's own.

use std::error::Error;
use std::io::{self, ErrorKind};

/// Makes the exit code 130 on Windows, too. Should that fail, Ctrl-C still ends both.
pub fn handle() {
    #[cfg(windows)]
    let _ = ctrlc::try_set_handler(|| std::process::exit(130));
}

/// An error if Ctrl-C ended the program: on Windows it may end before this one is notified.
pub fn check(exit_code: i32) -> io::Result<()> {
    const STATUS_CONTROL_C_EXIT: i32 = 0xc000_013a_u32 as i32;
    match cfg!(windows) && exit_code == STATUS_CONTROL_C_EXIT {
        true => Err(ErrorKind::Interrupted.into()),
        false => Ok(()),
    }
}

/// Whether an error is the one of [`check`].
pub fn is_behind(error: &(dyn Error + 'static)) -> bool {
    let interrupted = |error: &io::Error| error.kind() == ErrorKind::Interrupted;
    error.downcast_ref().is_some_and(interrupted)
}
