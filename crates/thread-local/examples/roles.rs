//! Roles, checked deep inside: two accounts act at the same time, neither has the other's roles, and
//! a thread that one of them starts has none until it is told. `cargo run -p thread-local --example roles`

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Barrier;
use std::thread;

use thread_local::roles::{Account, Denied, act_as, grade};

/// Grades a class; neither this function nor what is between it and the check knows of accounts.
fn grade_all(students: &[&str]) -> Result<Vec<String>, Denied> {
    students.iter().map(|student| grade(student)).collect()
}

/// What an account may do: in its own thread, in one that it starts, in one that is told who acts.
fn session(account: &Account, both_act: &Barrier) -> Vec<String> {
    act_as(account.clone(), || {
        both_act.wait();
        let here = outcome(grade_all(&["Carol", "Dave"]));
        let untold = in_a_thread(|| outcome(grade_all(&["Erin"])));
        let told = in_a_thread(|| act_as(account.clone(), || outcome(grade_all(&["Erin"]))));
        both_act.wait(); // neither stops acting before the other is done
        vec![here, untold, told]
    })
}

fn in_a_thread(run: impl FnOnce() -> String + Send) -> String {
    thread::scope(|scope| scope.spawn(run).join().unwrap_or_else(|_| "a panic".into()))
}

fn outcome(graded: Result<Vec<String>, Denied>) -> String {
    graded.map_or_else(|denied| denied.to_string(), |graded| graded.join(", "))
}

fn main() -> io::Result<()> {
    let account = |name: &str, role: &str| Account { name: name.into(), roles: vec![role.into()] };
    let accounts = [account("Alice", "teacher"), account("Bob", "student")];
    let both_act = Barrier::new(2);
    let told = thread::scope(|scope| {
        let sessions =
            accounts.each_ref().map(|account| scope.spawn(|| session(account, &both_act)));
        sessions.map(|session| session.join().unwrap_or_else(|_| vec!["a panic".into()]))
    });
    for (account, lines) in accounts.iter().zip(told) {
        say(format_args!("{}, {}:", account.name, account.roles.join(", ")))?;
        for (place, line) in
            ["its own thread", "a thread it starts", "one that is told"].iter().zip(lines)
        {
            say(format_args!("  in {place}: {line}"))?;
        }
    }
    Ok(())
}

fn say(line: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{line}\n").as_bytes())
}
