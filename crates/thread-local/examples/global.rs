//! A global where a thread-local belongs: Alice's request greets Bob. The fix is one value for each
//! thread: `-- --fixed`.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

mod args;

/// One value for all threads. The lock rules out a data race, but not that a request finds the user
/// of another.
fn broken() -> io::Result<[String; 2]> {
    static USER: Mutex<String> = Mutex::new(String::new());
    let set = |name: &str| *USER.lock().unwrap_or_else(PoisonError::into_inner) = name.into();
    let get = || USER.lock().unwrap_or_else(PoisonError::into_inner).clone();
    in_two_threads(set, get)
}

/// One value for each thread.
fn fixed() -> io::Result<[String; 2]> {
    thread_local! { static USER: RefCell<String> = const { RefCell::new(String::new()) } }
    let set = |name: &str| USER.set(name.into());
    let get = || USER.with_borrow(String::clone);
    in_two_threads(set, get)
}

/// Runs two requests at once: each sets its user, and later greets the user that it finds. Returns
/// these two.
fn in_two_threads(
    set: impl Fn(&str) + Sync,
    get: impl Fn() -> String + Sync,
) -> io::Result<[String; 2]> {
    let both = Barrier::new(2);
    let request = |thread: &str, name: &str, turn: u32| {
        let mut said = Ok(());
        for now in 0..2 {
            if now == turn {
                said = begin(thread, name, &set);
            }
            both.wait(); // Bob is set after Alice, and both are set before either is greeted
        }
        said?;
        work();
        let user = get();
        say(thread, format_args!("greets {user}"))?;
        say(thread, format_args!("ends {name}'s request"))?;
        Ok(user)
    };
    thread::scope(|scope| {
        let alice = scope.spawn(|| request("Thread-A", "Alice", 0));
        let bob = scope.spawn(|| request("Thread-B", "Bob", 1));
        let panicked = |_| Err(io::Error::other("a thread panicked"));
        let (alice, bob) = (alice.join(), bob.join());
        Ok([alice.unwrap_or_else(panicked)?, bob.unwrap_or_else(panicked)?])
    })
}

fn begin(thread: &str, name: &str, set: impl Fn(&str)) -> io::Result<()> {
    say(thread, format_args!("begins {name}'s request"))?;
    work();
    set(name);
    say(thread, format_args!("sets {name}"))
}

fn main() -> io::Result<()> {
    let (kind, [alice, bob]) = match args::has("--fixed") {
        false => ("broken", broken()?),
        true => ("fixed", fixed()?),
    };
    say(kind, format_args!("Alice's request greeted {alice}, Bob's greeted {bob}"))
}

/// Stands for the work of a request.
fn work() {
    thread::sleep(Duration::from_millis(50));
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
