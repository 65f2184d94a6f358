//! Tests that are made at run time, and those that need a tool which not every machine has.

use std::panic::{self, AssertUnwindSafe};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, thread};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// Runs the tests, `RUST_TEST_THREADS` of them at a time, as the standard harness does.
pub fn run(trials: Vec<Trial>) -> ! {
    let mut arguments = Arguments::from_args();
    let threads = || env::var("RUST_TEST_THREADS").ok()?.parse().ok();
    arguments.test_threads = arguments.test_threads.or_else(threads);
    libtest_mimic::run(&arguments, trials).exit()
}

/// A test that fails by a panic.
pub fn test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, || panics_not(run))
}

/// Tests that have the names of their functions.
#[macro_export]
macro_rules! trials {
    ($($run:ident),* $(,)?) => { vec![$($crate::test(stringify!($run), $run)),*] };
}

/// The same as [`test()`] for a test that needs something: if `missing` returns what isn't there, the test is shown as
/// ignored, with that as the reason.
pub fn test_unless(
    missing: impl FnOnce() -> Option<String> + Send + 'static,
    name: impl Into<String>,
    run: impl FnOnce() + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, || match missing() {
        Some(what) => Ok(Completion::ignored_with(format!("needs {what}"))),
        None => panics_not(run).map(|()| Completion::Completed),
    })
}

fn panics_not(run: impl FnOnce()) -> Result<(), Failed> {
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|_| Failed::without_message())
}

/// What `run` returns; `None` if it panics, or doesn't return in ten times what anything here needs. A test of what
/// may never end calls it, to fail instead of hanging.
pub fn in_time<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, returned) = mpsc::channel();
    thread::spawn(move || sender.send(run()));
    returned.recv_timeout(Duration::from_secs(120)).ok()
}

/// Whether there is `ps`, which doesn't say its version on every system.
#[must_use]
pub fn has_ps() -> bool {
    Command::new("ps").arg("-A").output().is_ok_and(|output| output.status.success())
}

/// Whether a program can be started by its name, and says its version.
#[must_use]
pub fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
