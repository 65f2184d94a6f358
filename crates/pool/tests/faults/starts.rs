//! Workers that don't get as far as serving tasks.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use pool::{Error, Pool};

use crate::Test;
use crate::acts::{Act, act};

/// The variable that makes this program be [`forgetful`]: the file in which it counts its starts.
pub const FORGETFUL: &str = "POOL_TESTS_FORGETFUL";

pub const TESTS: &[Test] = &[
    (
        "an_initializer_that_panics_is_an_error_at_once",
        an_initializer_that_panics_is_an_error_at_once,
    ),
    (
        "a_program_without_the_entry_check_is_an_error",
        a_program_without_the_entry_check_is_an_error,
    ),
    (
        "a_pool_in_a_task_without_the_entry_check_is_an_error",
        a_pool_in_a_task_without_the_entry_check_is_an_error,
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

fn unchecked(number: u64) -> u64 {
    number
}

/// A task with a pool of its own; the error names what is missing.
pub fn nest_unchecked() -> u64 {
    let error = Pool::new(1, unchecked).err().unwrap();
    let named = |name: &str| name.ends_with("starts::unchecked");
    u64::from(matches!(&error, Error::NoEntryCheck(name) if named(name)))
}

/// A program with an entry check for `act`, which makes a pool for a function without one.
pub fn forgetful(mains: &Path) -> Result<(), Error> {
    let mut file = File::options().create(true).append(true).open(mains).unwrap();
    file.write_all(b".").unwrap();
    assert!(file.metadata().unwrap().len() < 5, "main runs again and again");
    assert_eq!(Pool::new(1, act)?.apply(Act::NestUnchecked)?, 1);
    Ok(())
}

fn a_pool_in_a_task_without_the_entry_check_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mains = folder.path().join("mains");
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).env(FORGETFUL, &mains).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // The program itself, and the worker that the task starts, which is refused a pool.
    assert_eq!(std::fs::read(mains).unwrap(), b"..");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("NoEntryCheck(\"faults::starts::unchecked\")"), "{stderr}");
    assert!(!stderr.contains("acts::act"), "{stderr}");
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
