//! The library's behaviour beyond its doc example.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::cell::RefCell;
use std::panic::catch_unwind;
use std::sync::Barrier;
use std::thread;

use thread_local::{current, process_student, process_thread, with};

thread_local! {
    static NUMBER: RefCell<Option<u32>> = const { RefCell::new(None) };
}

#[test]
fn each_thread_has_a_value_of_its_own() {
    let both_set = Barrier::new(2);
    thread::scope(|scope| {
        for number in [1, 2] {
            let both_set = &both_set;
            scope.spawn(move || {
                with(&NUMBER, number, || {
                    both_set.wait();
                    assert_eq!(current(&NUMBER), Some(number));
                });
            });
        }
    });
    assert_eq!(current(&NUMBER), None);
}

#[test]
fn the_previous_value_is_restored_even_after_a_panic() {
    with(&NUMBER, 1, || {
        with(&NUMBER, 2, || assert_eq!(current(&NUMBER), Some(2)));
        assert!(catch_unwind(|| with(&NUMBER, 3, || panic!("on purpose"))).is_err());
        assert_eq!(current(&NUMBER), Some(1));
    });
}

#[test]
fn the_next_call_on_the_same_thread_finds_no_student() {
    assert!(process_thread("Alice").starts_with("Hello Alice in "));
    assert!(process_student().starts_with("Hello nobody in "));
}

#[test]
fn a_thread_that_is_started_has_no_value() {
    with(&NUMBER, 1, || {
        assert_eq!(thread::spawn(|| current(&NUMBER)).join().unwrap(), None);
        assert!(thread::spawn(process_student).join().unwrap().starts_with("Hello nobody in "));
    });
}
