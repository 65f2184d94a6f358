//! Roles, checked in the innermost function: two accounts are logged in at the same time, neither has
//! the other's roles, and a thread that one of them starts has none until it logs in, too.
//! `cargo run -p thread-local --example roles`

use std::cell::RefCell;
use std::fmt::{self, Display};
use std::io::{self, Write};
use std::sync::Barrier;
use std::thread;

use thread_local::{current, with};

#[derive(Clone)]
struct Account {
    name: &'static str,
    role: &'static str,
}

/// Nobody is logged in on this thread (`None`), or an account that lacks a role.
struct Denied(Option<Account>);

thread_local! { static ACCOUNT: RefCell<Option<Account>> = const { RefCell::new(None) } }

/// Something that only a teacher may do. No caller passes the account to it.
fn grade(student: &str) -> Result<String, Denied> {
    match current(&ACCOUNT) {
        Some(Account { name, role: "teacher" }) => Ok(format!("{name} grades {student}")),
        other => Err(Denied(other)),
    }
}

/// Neither this function nor anything between it and the check knows of accounts.
fn grade_all(students: &[&str]) -> Result<Vec<String>, Denied> {
    students.iter().map(|student| grade(student)).collect()
}

/// What an account may do: in its own thread, in one that it starts, in one that logs in first.
fn session(account: &Account, both_logged_in: &Barrier) -> Vec<String> {
    with(&ACCOUNT, account.clone(), || {
        both_logged_in.wait();
        let here = outcome(grade_all(&["Carol", "Dave"]));
        let started = in_a_thread(|| outcome(grade_all(&["Erin"])));
        let logged_in =
            in_a_thread(|| with(&ACCOUNT, account.clone(), || outcome(grade_all(&["Erin"]))));
        both_logged_in.wait(); // neither logs out before the other is done
        vec![
            format!("  in its own thread: {here}"),
            format!("  in a thread that it starts: {started}"),
            format!("  in a thread that logs in: {logged_in}"),
        ]
    })
}

fn in_a_thread(run: impl FnOnce() -> String + Send) -> String {
    thread::scope(|scope| scope.spawn(run).join().unwrap_or_else(|_| "a panic".into()))
}

fn outcome(graded: Result<Vec<String>, Denied>) -> String {
    graded.map_or_else(|denied| denied.to_string(), |graded| graded.join(", "))
}

impl Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(account) => write!(f, "denied, {} is not a teacher", account.name),
            None => write!(f, "denied, nobody is logged in"),
        }
    }
}

fn main() -> io::Result<()> {
    let accounts =
        [Account { name: "Alice", role: "teacher" }, Account { name: "Bob", role: "student" }];
    let both_logged_in = Barrier::new(2);
    let sessions = thread::scope(|scope| {
        let both_logged_in = &both_logged_in;
        let start = |account| scope.spawn(move || session(account, both_logged_in));
        let sessions = accounts.each_ref().map(start);
        sessions.map(|session| session.join().unwrap_or_else(|_| vec!["a panic".into()]))
    });
    for (account, lines) in accounts.iter().zip(sessions) {
        say(format_args!("{}, {}:\n{}", account.name, account.role, lines.join("\n")))?;
    }
    Ok(())
}

fn say(line: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{line}\n").as_bytes())
}
