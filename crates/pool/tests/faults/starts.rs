//! Workers that don't get as far as serving tasks.

use pool::{Error, Pool};

use crate::Test;
use crate::acts::{Act, act};

pub const TESTS: &[Test] = &[
    (
        "an_initializer_that_panics_is_an_error_at_once",
        an_initializer_that_panics_is_an_error_at_once,
    ),
    (
        "a_program_without_the_entry_check_is_an_error",
        a_program_without_the_entry_check_is_an_error,
    ),
    #[cfg(target_os = "linux")] // where a program can be given the worker's pipes without `unsafe`
    ("the_end_of_a_worker_that_starts_is_seen_though_others_hold_its_pipes", others_hold_its_pipes),
    (
        "an_initializer_that_begins_to_panic_ends_the_pool_and_all_tasks",
        an_initializer_that_begins_to_panic_ends_the_pool_and_all_tasks,
    ),
];

fn panics() {
    panic!("an initializer that panics, on purpose");
}

fn an_initializer_that_panics_is_an_error_at_once() {
    let error = Pool::builder(act).processes(4).initializer(panics).build().err().unwrap();
    assert!(matches!(error, Error::Initializer(ref why) if why.contains("on purpose")), "{error}");
}

fn a_program_without_the_entry_check_is_an_error() {
    fn unchecked(_: Act) -> u64 {
        0
    }
    let error = Pool::new(4, unchecked).err().unwrap();
    assert!(matches!(error, Error::NoEntryCheck(_)), "{error}");
}

fn an_initializer_that_begins_to_panic_ends_the_pool_and_all_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let tried = folder.path().join("tried");
    let output = crate::hosts::output("flaky", &[tried.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let tries = std::fs::read(tried).unwrap().len();
    assert!((2..=2 + 16).contains(&tries), "{tries} tries");
}

#[cfg(target_os = "linux")]
fn others_hold_its_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let output = crate::hosts::output("held start", &[pids.to_str().unwrap()]);
    for pid in std::fs::read_to_string(pids).unwrap().split_whitespace() {
        assert!(crate::kill(pid.parse().unwrap()), "{pid}");
    }
    assert!(output.status.success(), "{output:?}");
}

/// The initializer of "held start" starts programs that hold the worker's pipes, and exits.
#[cfg(target_os = "linux")]
fn leave_holders_and_exit() {
    crate::acts::leave_holders(std::env::args().next_back().unwrap().as_ref());
    std::process::exit(3)
}

#[cfg(target_os = "linux")]
pub fn held_start() {
    let builder = Pool::builder(act).processes(1).initializer(leave_holders_and_exit);
    let Err(Error::NoStart(Some(status))) = builder.build() else { panic!() };
    assert_eq!(status.code(), Some(3));
}
