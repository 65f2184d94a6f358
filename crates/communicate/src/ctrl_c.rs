//! Ctrl-C ends the lesson silently, with exit code 130, and a program that has a group of its own, with
//! what it started. A program in the lesson's group gets Ctrl-C from the terminal, and may catch it.

use std::io::{self, ErrorKind, stdout};
use std::process;

/// `kill_groups` ends the programs that Ctrl-C doesn't reach. Where Ctrl-C is ignored, it stays so.
pub fn handle(kill_groups: fn()) {
    let _ = ctrlc::try_set_handler(move || {
        let _locked = stdout().lock(); // the cell can't print the exit code of a program that was killed
        kill_groups();
        process::exit(130)
    });
}

/// An error if Ctrl-C ended the program, which may happen before the handler runs.
pub fn error_if_interrupted(exit_code: i32) -> io::Result<()> {
    // SIGINT; on Windows STATUS_CONTROL_C_EXIT.
    let interrupted = if cfg!(windows) { 0xc000_013a_u32 as i32 } else { -2 };
    if exit_code == interrupted { Err(ErrorKind::Interrupted.into()) } else { Ok(()) }
}
