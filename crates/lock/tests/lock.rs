//! The library's behaviour beyond its doc example.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use lock::{change_it, run_thread};

#[test]
fn a_poisoned_lock_does_not_spread_the_panic() {
    let balance = Mutex::new(5);
    thread::scope(|scope| {
        let holder = scope.spawn(|| {
            let _held = balance.lock().unwrap();
            panic!("while holding the lock");
        });
        assert!(holder.join().is_err());
    });
    assert!(balance.is_poisoned());
    run_thread(&balance, 32, 10);
    assert_eq!(*balance.lock().unwrap_or_else(|poisoned| poisoned.into_inner()), 5);
}

#[test]
fn run_thread_waits_for_the_holder_of_the_lock() {
    let balance = Mutex::new(5);
    let (done, ended) = channel();
    thread::scope(|scope| {
        let held = balance.lock().unwrap();
        scope.spawn(|| {
            run_thread(&balance, 32, 1);
            done.send(()).unwrap();
        });
        // It can't end, however long this waits. One that doesn't take the lock ends at once.
        let waited = ended.recv_timeout(Duration::from_millis(100));
        assert_eq!(waited, Err(RecvTimeoutError::Timeout));
        drop(held);
    });
    ended.recv().unwrap();
}

#[test]
fn several_threads_leave_the_balance_unchanged() {
    let rounds = if cfg!(miri) { 100 } else { 10_000 }; // Miri is a thousand times slower
    let balance = Mutex::new(5);
    thread::scope(|scope| {
        for n in [1, -2, i64::MAX, i64::MIN] {
            let balance = &balance;
            scope.spawn(move || run_thread(balance, n, rounds));
        }
    });
    assert_eq!(balance.into_inner().unwrap(), 5);
}

#[test]
fn no_amount_panics() {
    for n in [0, 1, i64::MAX, i64::MIN] {
        for mut balance in [0, -1, i64::MAX, i64::MIN] {
            let before = balance;
            change_it(&mut balance, n);
            assert_eq!(balance, before, "{n}");
        }
    }
}
