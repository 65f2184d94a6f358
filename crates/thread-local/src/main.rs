//! The notebook's cell: two threads, each with a student of its own.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::thread::Builder;

use lexopt::prelude::*;
use thread_local::roles::{Account, act_as, grade};
use thread_local::{connection, process_thread, request};

const HELP: &str = "\
Lesson 7, threading.local: a value that each thread has for itself.

Usage: thread-local [OPTIONS]

  --connection    a connection for each thread, however many questions it asks
  --request       a request's number, known to functions that nobody handed it to
  --roles         an account's roles, checked deep inside
  --help          this text

Examples:
  cargo run -p thread-local
  cargo run -p thread-local -- --roles
";

fn main() -> ExitCode {
    let done = match Show::parse() {
        Err(wrong) => {
            complain(format_args!("{wrong}\nTry: cargo run -p thread-local -- --help"));
            return ExitCode::from(2);
        }
        Ok(Show::Help) => io::stdout().write_all(HELP.as_bytes()),
        Ok(Show::Cell) => in_two_threads(|name| Ok(vec![process_thread(name)])),
        Ok(Show::Request) => {
            in_two_threads(|name| Ok(request::handle(name.len() as u32, "/students")))
        }
        Ok(Show::Roles) => in_two_threads(|name| Ok(vec![acting_as(name)])),
        Ok(Show::Connection) => connection::serve(2).and_then(|server| {
            in_two_threads(move |name| {
                (1..=2).map(|n| connection::ask(server, &format!("{name} {n}"))).collect()
            })
        }),
    };
    match done {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(error);
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS, // a reader that left (`| head -1`) has what it wanted
    }
}

/// One line on stderr; where even that is full, the exit code is left (`eprintln!` would panic).
fn complain(line: impl Display) {
    let _ = io::stderr().write_all(format!("thread-local: {line}\n").as_bytes());
}

/// Runs `run` for Alice in Thread-A and for Bob in Thread-B; prints what each answers.
fn in_two_threads(
    run: impl Fn(&str) -> io::Result<Vec<String>> + Clone + Send + 'static,
) -> io::Result<()> {
    let start = |thread: &str, name: &'static str| {
        let run = run.clone();
        let started = Builder::new().name(thread.into()).spawn(move || {
            run(name)?
                .iter()
                .try_for_each(|line| io::stdout().write_all(format!("{line}\n").as_bytes()))
        });
        started.map_err(|why| io::Error::new(why.kind(), format!("can't start {thread}: {why}")))
    };
    let threads = [start("Thread-A", "Alice")?, start("Thread-B", "Bob")?];
    threads.into_iter().try_for_each(|thread| {
        thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread panicked")))
    })
}

fn acting_as(name: &str) -> String {
    let role = if name == "Alice" { "teacher" } else { "student" };
    let account = Account { name: name.into(), roles: vec![role.into()] };
    act_as(account, || grade("Carol").unwrap_or_else(|denied| denied.to_string()))
}

enum Show {
    Cell,
    Connection,
    Request,
    Roles,
    Help,
}

impl Show {
    fn parse() -> Result<Self, lexopt::Error> {
        let mut show = Show::Cell;
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            show = match arg {
                Long("connection") => Show::Connection,
                Long("request") => Show::Request,
                Long("roles") => Show::Roles,
                Short('h') | Long("help") => Show::Help,
                _ => return Err(arg.unexpected()),
            };
        }
        Ok(show)
    }
}
