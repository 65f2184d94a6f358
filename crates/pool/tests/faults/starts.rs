//! Workers that don't get as far as serving tasks.

use pool::{Error, Pool};

use crate::Test;
use crate::acts::{Act, act};

pub const TESTS: &[Test] = &[
    (
        "an_initializer_that_panics_is_an_error_after_a_few_tries",
        an_initializer_that_panics_is_an_error_after_a_few_tries,
    ),
    ("a_program_without_the_guard_is_an_error", a_program_without_the_guard_is_an_error),
    (
        "an_initializer_that_begins_to_panic_ends_the_pool_and_answers_all_tasks",
        an_initializer_that_begins_to_panic_ends_the_pool_and_answers_all_tasks,
    ),
];

fn panics() {
    panic!("an initializer that panics, on purpose");
}

fn an_initializer_that_panics_is_an_error_after_a_few_tries() {
    let error = Pool::builder(act).processes(4).initializer(panics).build().err().unwrap();
    assert!(matches!(error, Error::Initializer(ref why) if why.contains("on purpose")), "{error}");
}

fn a_program_without_the_guard_is_an_error() {
    fn unguarded(_: Act) -> u64 {
        0
    }
    let error = Pool::new(4, unguarded).err().unwrap();
    assert!(matches!(error, Error::NoGuard(_)), "{error}");
}

fn an_initializer_that_begins_to_panic_ends_the_pool_and_answers_all_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let tried = folder.path().join("tried");
    let output = crate::hosts::output("flaky", &[tried.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let tries = std::fs::read(tried).unwrap().len();
    assert!((2..=2 + 16).contains(&tries), "{tries} tries");
}
