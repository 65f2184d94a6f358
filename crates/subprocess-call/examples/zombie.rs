//! A zombie: a child that has ended, and that nobody waits for. `call` does: `-- --fixed`.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::{self, Command};
use std::time::{Duration, Instant};
use std::{env, thread};

use subprocess_call::call;

mod args;

type Done<T> = Result<T, Box<dyn Error>>;

fn broken() -> Done<Option<usize>> {
    let mut child = child()?.spawn()?;
    let zombies = other_work(1)?;
    child.wait()?; // too late, but before the program's end, so that you see what it does
    say("main", "has waited for the child")?;
    if zombies == Some(1) {
        say("child", "ends life as a zombie")?;
    }
    Ok(zombies)
}

fn fixed() -> Done<Option<usize>> {
    say("main", "waits for the child")?;
    call(&mut child()?)?;
    Ok(other_work(0)?)
}

/// This program again, as a child that works for a moment.
fn child() -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("child");
    Ok(command)
}

/// Other work, which looks for zombies until there are as many as expected, for 10 seconds at most: a
/// child's end takes its time.
fn other_work(expected: usize) -> io::Result<Option<usize>> {
    say("main", "begins other work")?;
    let start = Instant::now();
    let mut found = zombies();
    while found.is_some_and(|n| n != expected) && start.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(10));
        found = zombies();
    }
    if found == Some(1) {
        say("child", "begins life as a zombie")?;
    }
    thread::sleep(Duration::from_millis(200));
    say("main", "ends other work")?;
    Ok(found)
}

/// How many children of this process are zombies; `None` where no `ps` tells.
fn zombies() -> Option<usize> {
    let ps = Command::new("ps").args(["-A", "-o", "ppid=,stat="]).output().ok()?;
    let me = process::id().to_string();
    let is_mine = |line: &&str| {
        let mut words = line.split_whitespace();
        words.next() == Some(&me) && words.next().is_some_and(|state| state.starts_with('Z'))
    };
    let table = String::from_utf8_lossy(&ps.stdout);
    ps.status.success().then(|| table.lines().filter(is_mine).count())
}

fn main() -> Done<()> {
    if env::args().nth(1).as_deref() == Some("child") {
        say("child", "begins work")?;
        thread::sleep(Duration::from_millis(100));
        return Ok(say("child", "ends work")?);
    }
    let (kind, found) = match args::has("--fixed") {
        false => ("broken", broken()?),
        true => ("fixed", fixed()?),
    };
    match (kind, found) {
        ("broken", Some(1)) => {
            say(kind, "the child had ended, and was still in the table of processes")?
        }
        ("fixed", Some(0)) => {
            say(kind, "call has waited for the child, and nothing is left of it")?
        }
        (_, None) => say(kind, "can't be seen here: no ps, or a system without zombies (Windows)")?,
        (_, Some(n)) => return Err(format!("{n} zombies").into()),
    }
    Ok(())
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
