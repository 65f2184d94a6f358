//! Ctrl-C ends the program that runs and this one, silently, with exit code 130.
//!
//! On Unix nothing has to be done for it: the terminal sends both a signal that ends them, which a
//! shell calls 130. On Windows the console tells both, too, but a program that doesn't handle it ends
//! with an exit code of the system's own.

/// From now on it is 130 on Windows, too. Should that fail, Ctrl-C still ends both.
pub fn handle() {
    #[cfg(windows)]
    let _ = ctrlc::set_handler(|| std::process::exit(130));
}

/// Whether this is how a program ends that doesn't handle it: it may end before this one is told.
pub fn has_ended(exit_code: i32) -> bool {
    const STATUS_CONTROL_C_EXIT: i32 = 0xc000_013a_u32 as i32;
    cfg!(windows) && exit_code == STATUS_CONTROL_C_EXIT
}
