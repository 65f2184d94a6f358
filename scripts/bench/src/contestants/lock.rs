//! The notebook's cell: two threads, one balance, one lock.

use std::sync::{Mutex, PoisonError};
use std::thread;

use super::pool::expect;
use super::report;
use crate::Done;

pub fn run(who: &str, rounds: u64) -> Done<()> {
    let n = u32::try_from(rounds)?;
    match who {
        "us" => {
            let balance = Mutex::new(0);
            both(|amount| lock::run_thread(&balance, amount, n))?;
            expect(balance.into_inner()?, 0)
        }
        "std" => {
            let balance = Mutex::new(0);
            both(|amount| {
                for _ in 0..n {
                    change(&mut balance.lock().unwrap_or_else(PoisonError::into_inner), amount);
                }
            })?;
            expect(balance.into_inner()?, 0)
        }
        "parking_lot" => {
            let balance = parking_lot::Mutex::new(0);
            both(|amount| (0..n).for_each(|_| change(&mut balance.lock(), amount)))?;
            expect(balance.into_inner(), 0)
        }
        _ => Err("no such contestant".into()),
    }
}

fn both(run: impl Fn(i64) + Sync) -> Done<()> {
    report::time(|| {
        thread::scope(|scope| {
            scope.spawn(|| run(32));
            scope.spawn(|| run(1024));
        });
        Ok(())
    })
}

fn change(balance: &mut i64, n: i64) {
    *balance = balance.wrapping_add(n);
    *balance = balance.wrapping_sub(n);
}
