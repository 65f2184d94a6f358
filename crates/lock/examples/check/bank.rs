//! Accounts, each with a lock of its own, and the bad luck that a mistake needs to be seen.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use lock::deadlock::{Deadlock, Held, LockTable};

const EACH: i64 = 100;

/// Three accounts with 100 each.
pub struct Bank {
    accounts: [Mutex<i64>; 3],
    table: LockTable, // finds a deadlock, where plain locks would wait for ever
    threads: Mutex<BTreeMap<String, Thread>>,
    step: Condvar,
    missing: Mutex<bool>,
}

/// Where a thread is that moves money.
#[derive(Default)]
struct Thread {
    asks: Option<usize>,
    holds: Vec<usize>,
    done: bool,
}

/// An account that is locked until this is dropped: its balance.
pub struct Account<'a> {
    balance: MutexGuard<'a, i64>,
    _released: Released<'a>, // after the balance's own guard
}

struct Released<'a> {
    bank: &'a Bank,
    number: usize,
    _held: Held<'a>,
}

impl Bank {
    pub fn new<const N: usize>(threads: [&str; N]) -> Self {
        let threads = threads.map(|name| (name.to_string(), Thread::default()));
        Bank {
            accounts: [EACH; 3].map(Mutex::new),
            table: LockTable::default(),
            threads: Mutex::new(threads.into()),
            step: Condvar::new(),
            missing: Mutex::new(false),
        }
    }

    /// Locks an account; waits while another thread holds it.
    pub fn lock(&self, number: usize) -> Result<Account<'_>, Deadlock> {
        let me = name();
        self.step(|thread| thread.asks = Some(number));
        let held = self.table.acquire(&me, &format!("account {number}"))?;
        self.step(|thread| {
            thread.asks = None;
            thread.holds.push(number);
        });
        self.let_the_others_come(&me);
        let balance = own(&self.accounts[number]);
        Ok(Account { balance, _released: Released { bank: self, number, _held: held } })
    }

    pub fn balances(&self) -> [i64; 3] {
        [0, 1, 2].map(|number| *own(&self.accounts[number]))
    }

    /// Whether a moment was seen in which no account was locked and the total wasn't right.
    pub fn was_ever_missing_money(&self) -> bool {
        *own(&self.missing)
    }

    /// Calls `run`, and nobody waits for this thread afterwards, also if it panics.
    pub fn last<R>(&self, run: impl FnOnce() -> R) -> R {
        struct Done<'a>(&'a Bank);
        impl Drop for Done<'_> {
            fn drop(&mut self) {
                self.0.step(|thread| thread.done = true);
            }
        }
        let _done = Done(self);
        run()
    }

    fn step(&self, change: impl FnOnce(&mut Thread)) {
        change(own(&self.threads).entry(name()).or_default());
        self.step.notify_all();
    }

    /// The bad luck: goes on only once each other thread holds an account, too, or asks for one of
    /// mine, or is done.
    fn let_the_others_come(&self, me: &str) {
        let somebody_is_late = |threads: &mut BTreeMap<String, Thread>| {
            let mine = threads[me].holds.clone();
            let is_here = |other: &Thread| {
                other.done
                    || !other.holds.is_empty()
                    || other.asks.is_some_and(|n| mine.contains(&n))
            };
            !threads.iter().all(|(name, thread)| name == me || is_here(thread))
        };
        drop(self.step.wait_while(own(&self.threads), somebody_is_late));
    }
}

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.bank.step(|thread| thread.holds.retain(|number| *number != self.number));
        let threads = own(&self.bank.threads);
        if threads.values().all(|thread| thread.holds.is_empty()) {
            let total: i64 = self.bank.balances().iter().sum();
            *own(&self.bank.missing) |= total != 3 * EACH;
        }
    }
}

impl Deref for Account<'_> {
    type Target = i64;

    fn deref(&self) -> &i64 {
        &self.balance
    }
}

impl DerefMut for Account<'_> {
    fn deref_mut(&mut self) -> &mut i64 {
        &mut self.balance
    }
}

fn name() -> String {
    thread::current().name().unwrap_or("main").to_string()
}

fn own<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
