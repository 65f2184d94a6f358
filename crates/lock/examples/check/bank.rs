//! The accounts, each with a lock of its own, and the bad luck that a wrong `transfer` needs to fail.

use std::collections::HashMap;
use std::thread::{self, ThreadId};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

const EACH: i64 = 100;

/// Far longer than a thread takes to come: it only passes where `transfer` has a lock of its own.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Three accounts with 100 each.
pub struct Bank {
    accounts: [Mutex<i64>; 3],
    /// How many threads will transfer money.
    expected: usize,
    threads: Mutex<HashMap<ThreadId, Progress>>,
    changed: Condvar,
    missing: Mutex<bool>,
}

/// How far a thread is with its transfer.
#[derive(Default)]
struct Progress {
    waits_for: Option<usize>,
    has_locked: Vec<usize>,
    ended: bool,
}

impl Bank {
    pub fn new(threads: usize) -> Self {
        Bank {
            accounts: [EACH; 3].map(Mutex::new),
            expected: threads,
            threads: Mutex::default(),
            changed: Condvar::new(),
            missing: Mutex::new(false),
        }
    }

    /// Waits until no other thread holds account `number`, and returns its balance. The account
    /// stays locked until that value is dropped.
    pub fn lock(&self, number: usize) -> MutexGuard<'_, i64> {
        self.look_for_missing_money();
        self.note(|me| me.waits_for = Some(number));
        let balance = self.accounts[number].lock();
        self.note(|me| {
            me.waits_for = None;
            me.has_locked.push(number);
        });
        self.wait_for_the_others();
        balance
    }

    pub fn balances(&self) -> [i64; 3] {
        self.accounts.each_ref().map(|account| *account.lock())
    }

    /// Whether there was a moment when no account was locked and the total was wrong.
    pub fn was_money_missing(&self) -> bool {
        *self.missing.lock()
    }

    /// No thread waits for this one any more.
    pub fn thread_ends(&self) {
        self.note(|me| me.ended = true);
    }

    fn look_for_missing_money(&self) {
        let [Some(a), Some(b), Some(c)] = self.accounts.each_ref().map(Mutex::try_lock) else {
            return; // a thread that holds an account may be in the middle of a transfer
        };
        *self.missing.lock() |= *a + *b + *c != 3 * EACH;
    }

    fn note(&self, change: impl FnOnce(&mut Progress)) {
        change(self.threads.lock().entry(thread::current().id()).or_default());
        self.changed.notify_all();
    }

    /// Makes the bad luck certain: returns once each other thread has locked an account, waits for
    /// one of this thread's, or has ended.
    fn wait_for_the_others(&self) {
        let me = thread::current().id();
        let one_is_late = |threads: &mut HashMap<ThreadId, Progress>| {
            let mine = &threads[&me].has_locked;
            let is_here = |other: &Progress| {
                other.ended
                    || !other.has_locked.is_empty()
                    || other.waits_for.is_some_and(|number| mine.contains(&number))
            };
            threads.len() < self.expected
                || !threads.iter().all(|(id, thread)| *id == me || is_here(thread))
        };
        self.changed.wait_while_for(&mut self.threads.lock(), one_is_late, TIMEOUT);
    }
}
