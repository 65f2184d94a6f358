//! The library's behaviour beyond its doc examples.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::cell::RefCell;
use std::panic::catch_unwind;
use std::sync::Barrier;
use std::thread;

use thread_local::roles::{Account, act_as, grade};
use thread_local::{connection, current, process_student, process_thread, with};

thread_local! {
    static NUMBER: RefCell<Option<u32>> = const { RefCell::new(None) };
}

#[test]
fn one_threads_value_is_not_anothers() {
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
fn the_value_before_comes_back_also_after_a_panic() {
    with(&NUMBER, 1, || {
        with(&NUMBER, 2, || assert_eq!(current(&NUMBER), Some(2)));
        assert!(catch_unwind(|| with(&NUMBER, 3, || panic!("on purpose"))).is_err());
        assert_eq!(current(&NUMBER), Some(1));
    });
}

#[test]
fn the_next_use_of_a_thread_does_not_know_the_last_ones_student() {
    assert!(process_thread("Alice").starts_with("Hello Alice in "));
    assert!(process_student().starts_with("Hello nobody in "));
}

#[test]
fn one_threads_roles_are_not_anothers() {
    let account = |role: &str| Account { name: "A".into(), roles: vec![role.into()] };
    act_as(account("teacher"), || {
        assert!(grade("B").is_ok());
        thread::scope(|scope| {
            let other = scope.spawn(|| grade("B")).join().unwrap().unwrap_err();
            assert_eq!(other.name, None);
        });
        assert!(act_as(account("student"), || grade("B")).is_err());
        assert!(grade("B").is_ok());
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no network")]
fn a_connection_that_broke_is_opened_anew() {
    let closing = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closing.local_addr().unwrap();
    let server = thread::spawn(move || drop(closing.accept().unwrap()));
    assert!(connection::ask(address, "hello").is_err());
    server.join().unwrap();
    let server = connection::serve(1).unwrap();
    assert_eq!(connection::ask(server, "1").unwrap(), "1 on connection 1");
}
