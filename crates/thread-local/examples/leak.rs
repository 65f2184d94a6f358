//! A pool's thread is used again, and what the last request left in its thread-local is still there:
//! an anonymous request is answered as Alice. The fix: `-- --fixed`.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::mpsc::channel;
use std::time::Duration;
use std::{env, thread};

use thread_local::{current, with};

thread_local! { static USER: RefCell<Option<String>> = const { RefCell::new(None) } }

fn broken(user: Option<String>) -> io::Result<String> {
    match user {
        Some(user) => {
            USER.set(Some(user)); // and who takes it away again?
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

/// Deep inside: nobody handed the user in.
fn handle() -> io::Result<String> {
    thread::sleep(Duration::from_millis(50)); // stands for work
    let user = current(&USER).unwrap_or_else(|| "nobody".into());
    say("worker 1", format_args!("answers {user}"))?;
    Ok(user)
}

/// A pool of one thread, which serves one request after the other. Answers whom each was taken for.
fn in_a_pool(serve: fn(Option<String>) -> io::Result<String>) -> io::Result<Vec<String>> {
    let (put, requests) = channel::<(&str, Option<String>)>();
    let worker = thread::spawn(move || {
        let serve_one = |(from, user)| {
            say("worker 1", format_args!("begins {from} request"))?;
            let taken_for = serve(user)?;
            say("worker 1", format_args!("ends {from} request"))?;
            Ok(taken_for)
        };
        requests.into_iter().map(serve_one).collect()
    });
    // A worker that has failed takes none any more; `join` answers why.
    let _ = put.send(("Alice's", Some("Alice".into())));
    let _ = put.send(("an anonymous", None));
    drop(put);
    worker.join().unwrap_or_else(|_| Err(io::Error::other("worker 1 panicked")))
}

fn main() -> io::Result<()> {
    let (kind, taken_for) = match env::args().any(|arg| arg == "--fixed") {
        false => ("broken", in_a_pool(broken)?),
        true => ("fixed", in_a_pool(fixed)?),
    };
    say(kind, format_args!("the anonymous request was answered as {}", taken_for[1]))
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
