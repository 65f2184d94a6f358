//! The library's behaviour beyond its doc examples.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::sync::{Barrier, Mutex};
use std::thread;

use lock::deadlock::{LockTable, opposite_order, same_order};
use lock::{race, run_thread};

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

/// Miri is a thousand times slower.
const fn times(times: u32) -> u32 {
    if cfg!(miri) { times / 100 } else { times }
}

#[test]
fn any_number_of_threads_leaves_the_balance_whole() {
    let balance = Mutex::new(5);
    thread::scope(|scope| {
        for n in [1, -2, i64::MAX, i64::MIN] {
            scope.spawn({
                let balance = &balance;
                move || run_thread(balance, n, times(10_000))
            });
        }
    });
    assert_eq!(balance.into_inner().unwrap(), 5);
}

// The result is anybody's guess; that it is no undefined behaviour is Miri's to say.
#[test]
fn the_race_without_the_lock_is_sound() {
    race::run(&[32, 1_024], times(10_000)).unwrap();
}

#[test]
fn opposite_order_is_found_every_time_and_same_order_never() {
    for _ in 0..times(200) {
        assert_eq!(opposite_order().unwrap().unwrap().circle.len(), 2);
        assert_eq!(same_order().unwrap(), None);
    }
}

#[test]
fn a_circle_of_three_is_found_whoever_closes_it() {
    let (table, barrier) = (LockTable::default(), Barrier::new(3));
    let found = thread::scope(|scope| {
        let threads =
            [("1", "A", "B"), ("2", "B", "C"), ("3", "C", "A")].map(|(name, own, next)| {
                let (table, barrier) = (&table, &barrier);
                scope.spawn(move || {
                    let _own = table.acquire(name, own).unwrap();
                    barrier.wait();
                    table.acquire(name, next).err()
                })
            });
        threads.map(|thread| thread.join().unwrap())
    });
    let told: Vec<_> = found.into_iter().flatten().collect();
    assert_eq!(told.len(), 1, "one is told, the others go on: {told:?}");
    assert_eq!(told[0].circle.len(), 3);
}

#[test]
fn waiting_for_ones_own_lock_is_a_circle_of_one() {
    let table = LockTable::default();
    let _held = table.acquire("1", "A").unwrap();
    assert_eq!(table.acquire("1", "A").err().unwrap().circle.len(), 1);
}
