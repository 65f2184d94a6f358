//! The library's behaviour beyond its doc examples.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::HashSet;
use std::io::ErrorKind;
use std::thread;

use threads::{cores, current_name, spawn};

#[test]
fn join_answers_the_result_or_the_panic() {
    assert_eq!(spawn("adder", || 1 + 1).unwrap().join().unwrap(), 2);
    let panic = spawn("panicker", || panic!("on purpose")).unwrap().join().unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
}

#[test]
fn a_name_may_be_anything_but_hold_a_nul() {
    for name in ["", "线程", "a name that is longer than the system shows"] {
        assert_eq!(spawn(name, current_name).unwrap().join().unwrap(), name);
    }
    assert_eq!(spawn("a\0b", || ()).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn threads_without_a_name_have_different_ones() {
    let names: HashSet<_> = (0..20).map(|_| thread::spawn(current_name).join().unwrap()).collect();
    assert_eq!(names.len(), 20);
    assert!(names.iter().all(|name| name.starts_with("Thread-")), "{names:?}");
}

#[test]
fn any_number_of_threads_finds_the_same_sum() {
    for threads in [0, 1, 2, 3, 7, 64] {
        assert_eq!(cores::compare(1_001, threads).unwrap().sum, 333_833_500);
    }
}
