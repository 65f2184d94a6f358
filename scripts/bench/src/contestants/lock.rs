//! The notebook's cell: two threads, one balance, one lock.

use std::sync::{Mutex, PoisonError};
use std::thread;

use super::pool::expect;
use super::report;
use crate::Done;

/// The notebook's rounds.
const CELL: u64 = 1_000_000;

/// Many rounds are several cells one after the other, since one is over so soon.
pub fn run(who: &str, rounds: u64) -> Done<()> {
    let cells = rounds.div_ceil(CELL);
    let n = u32::try_from(rounds / cells)?;
    report::time(|| (0..cells).try_for_each(|_| cell(who, n)))
}

fn cell(who: &str, n: u32) -> Done<()> {
    match who {
        "us" => {
            let balance = Mutex::new(0);
            both(|amount| lock::run_thread(&balance, amount, n));
            expect(balance.into_inner()?, 0)
        }
        "std" => {
            let balance = Mutex::new(0);
            both(|amount| {
                for _ in 0..n {
                    change(&mut balance.lock().unwrap_or_else(PoisonError::into_inner), amount);
                }
            });
            expect(balance.into_inner()?, 0)
        }
        "parking_lot" => {
            let balance = parking_lot::Mutex::new(0);
            both(|amount| (0..n).for_each(|_| change(&mut balance.lock(), amount)));
            expect(balance.into_inner(), 0)
        }
        _ => Err("no such contestant".into()),
    }
}

fn both(run: impl Fn(i64) + Sync) {
    thread::scope(|scope| {
        scope.spawn(|| run(32));
        scope.spawn(|| run(1024));
    });
}

fn change(balance: &mut i64, n: i64) {
    *balance = balance.wrapping_add(n);
    *balance = balance.wrapping_sub(n);
}
