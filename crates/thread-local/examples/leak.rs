//! A pool's thread handles a second request and still has the user of the first one in its
//! thread-local: an anonymous request is answered as Alice. The fix is to set the user for one call:
//! `-- --fixed`.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use thread_local::{current, with};

mod args;

thread_local! { static USER: RefCell<Option<String>> = const { RefCell::new(None) } }

fn broken(user: Option<String>) -> io::Result<String> {
    match user {
        Some(user) => {
            USER.set(Some(user)); // it stays set after this request
            handle()
        }
        None => handle(),
    }
}

fn fixed(user: Option<String>) -> io::Result<String> {
    match user {
        Some(user) => with(&USER, user, handle), // set for this call only
        None => handle(),
    }
}

/// The innermost function: no caller passes the user to it.
fn handle() -> io::Result<String> {
    thread::sleep(Duration::from_millis(50)); // stands for work
    let user = current(&USER).unwrap_or_else(|| "nobody".into());
    say("worker 1", format_args!("answers {user}"))?;
    Ok(user)
}

/// Runs a pool of one thread, which handles one request after the other. Returns as which user it
/// answered each.
fn in_a_pool(serve: fn(Option<String>) -> io::Result<String>) -> io::Result<Vec<String>> {
    let (put, requests) = channel::<(&str, Option<String>)>();
    let worker = thread::spawn(move || {
        let serve_one = |(from, user)| {
            say("worker 1", format_args!("begins {from} request"))?;
            let answered_as = serve(user)?;
            say("worker 1", format_args!("ends {from} request"))?;
            Ok(answered_as)
        };
        requests.into_iter().map(serve_one).collect()
    });
    // A worker that has failed receives nothing any more; `join` returns its error.
    let _ = put.send(("Alice's", Some("Alice".into())));
    let _ = put.send(("an anonymous", None));
    drop(put);
    worker.join().unwrap_or_else(|_| Err(io::Error::other("worker 1 panicked")))
}

fn main() -> io::Result<()> {
    let (kind, answered_as) = match args::has("--fixed") {
        false => ("broken", in_a_pool(broken)?),
        true => ("fixed", in_a_pool(fixed)?),
    };
    say(kind, format_args!("the anonymous request was answered as {}", answered_as[1]))
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
