//! The library's behaviour beyond its doc example.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::HashSet;
use std::io::ErrorKind;
use std::thread;

use threads::{current_name, spawn};

#[test]
fn join_returns_the_result_or_the_panic() {
    assert_eq!(spawn("adder", || 1 + 1).unwrap().join().unwrap(), 2);
    let panic = spawn("panicker", || panic!("on purpose")).unwrap().join().unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
}

#[test]
fn a_name_can_be_any_text_without_a_nul() {
    for name in ["", "线程", "a name that is longer than the system shows"] {
        assert_eq!(spawn(name, current_name).unwrap().join().unwrap(), name);
    }
    assert_eq!(spawn("a\0b", || ()).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn threads_without_a_name_get_different_names() {
    let names: HashSet<_> = (0..20).map(|_| thread::spawn(current_name).join().unwrap()).collect();
    assert_eq!(names.len(), 20);
    assert!(names.iter().all(|name| name.starts_with("Thread-")), "{names:?}");
}
