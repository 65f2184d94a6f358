//! Two locks, two threads, opposite order: a deadlock that is found and told, and its cure.
//!
//! A [`Mutex`] doesn't know who holds it, so two threads that wait for each other wait for ever. A
//! database does better: it keeps a table of who holds what and who waits for what, and answers an
//! error to the one whose waiting would close the circle. [`LockTable`] is such a table.

use std::collections::BTreeMap;
use std::sync::{Barrier, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};
use std::{fmt, io};

/// Named locks, with a record of who holds and who waits.
#[derive(Default)]
pub struct LockTable {
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Default)]
struct State {
    holder: BTreeMap<String, String>,  // lock -> thread
    waiting: BTreeMap<String, String>, // thread -> lock
}

/// One of a [`LockTable`]'s locks, held until this is dropped.
pub struct Held<'a> {
    table: &'a LockTable,
    lock: String,
}

/// The circle that a lock would have closed: each thread holds what the one before it waits for.
#[derive(Debug, PartialEq, Eq)]
pub struct Deadlock {
    /// For each thread its name, the lock it holds and the lock it waits for.
    pub circle: Vec<(String, String, String)>,
}

impl LockTable {
    /// Takes the lock called `lock` for the thread called `thread`; waits while another holds it.
    ///
    /// # Errors
    ///
    /// [`Deadlock`] if the wait would never end, since the holder waits, directly or through
    /// others, for a lock that `thread` holds. Drop what you hold and try again.
    ///
    /// ```
    /// let table = lock::deadlock::LockTable::default();
    /// let held = table.acquire("main", "account 1").unwrap();
    /// drop(held);
    /// assert!(table.acquire("other", "account 1").is_ok());
    /// ```
    pub fn acquire(&self, thread: &str, lock: &str) -> Result<Held<'_>, Deadlock> {
        let mut state = self.state();
        while state.holder.contains_key(lock) {
            state.waiting.insert(thread.into(), lock.into());
            if let Some(circle) = state.circle_from(thread) {
                state.waiting.remove(thread);
                return Err(Deadlock { circle });
            }
            state = self.released.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.remove(thread);
        state.holder.insert(lock.into(), thread.into());
        Ok(Held { table: self, lock: lock.into() })
    }

    // Each change of the table is whole before its guard ends: a poisoned one is still right.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Follows "waits for a lock, held by a thread, which waits for …" until it ends or comes back.
    fn circle_from(&self, start: &str) -> Option<Vec<(String, String, String)>> {
        let mut circle = Vec::new();
        let mut thread = start;
        // No chain is longer than the waiting threads; one that is has met a circle without `start`.
        while circle.len() < self.waiting.len() {
            let wanted = self.waiting.get(thread)?;
            let holder = self.holder.get(wanted)?;
            circle.push((holder.clone(), wanted.clone(), self.waiting.get(holder)?.clone()));
            if holder == start {
                return Some(circle);
            }
            thread = holder;
        }
        None
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.table.state().holder.remove(&self.lock);
        self.table.released.notify_all();
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (thread, holds, waits_for) in &self.circle {
            writeln!(f, "{thread} holds {holds} and waits for {waits_for}")?;
        }
        write!(f, "deadlock: nobody in this circle can go on")
    }
}

impl std::error::Error for Deadlock {}

/// Two threads that take locks `A` and `B` in opposite order, each its first before either takes its
/// second: always a deadlock. Answers what the table said; the other thread then goes on.
///
/// # Errors
///
/// What the system answers where it can start no thread.
///
/// ```
/// let found = lock::deadlock::opposite_order()?.expect("it always happens");
/// assert_eq!(found.circle.len(), 2);
/// # std::io::Result::Ok(())
/// ```
pub fn opposite_order() -> io::Result<Option<Deadlock>> {
    let table = LockTable::default();
    let both_hold_one = Barrier::new(2);
    let take = |thread, first, second| {
        let _first = table.acquire(thread, first)?;
        both_hold_one.wait();
        table.acquire(thread, second).map(drop)
    };
    thread::scope(|scope| {
        let one = Builder::new().spawn_scoped(scope, || take("Thread-1", "A", "B"))?;
        let two = take("Thread-2", "B", "A");
        Ok(one.join().ok().and_then(|one| one.and(two).err()))
    })
}

/// The cure: the same two threads, but both take `A` before `B`. Whoever has `A` finds `B` free, so
/// no circle can close. Answers `None`, always.
///
/// # Errors
///
/// As [`opposite_order`].
///
/// ```
/// assert_eq!(lock::deadlock::same_order()?, None);
/// # std::io::Result::Ok(())
/// ```
pub fn same_order() -> io::Result<Option<Deadlock>> {
    let table = LockTable::default();
    let take = |thread, first, second| {
        let _first = table.acquire(thread, first)?;
        table.acquire(thread, second).map(drop)
    };
    thread::scope(|scope| {
        let one = Builder::new().spawn_scoped(scope, || take("Thread-1", "A", "B"))?;
        let two = take("Thread-2", "A", "B");
        Ok(one.join().ok().and_then(|one| one.and(two).err()))
    })
}
