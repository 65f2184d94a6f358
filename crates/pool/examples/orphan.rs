//! A parent is killed while its children work. Those that it started as programs work on, though
//! nobody wants to know any more; a pool's workers end with it: `-- --fixed`.
//!
//! The first process is the watcher. It starts this program again as the parent, and kills that.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{self, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use std::{env, thread};

use pool::Pool;
use task_utils::say;
use tempfile::NamedTempFile;

type Done<T> = Result<T, Box<dyn Error>>;

fn broken(file: PathBuf) -> Done<()> {
    let start = |n| Command::new(env::current_exe()?).args(["child", n]).arg(&file).spawn();
    let children = [start("1")?, start("2")?];
    say("parent: begins waiting for its children")?;
    for mut child in children {
        child.wait()?;
    }
    Ok(())
}

fn fixed(file: PathBuf) -> Done<()> {
    let pool = Pool::new(2, child)?;
    let children = [1, 2].map(|n| pool.apply_async((n, file.clone())));
    say("parent: begins waiting for its children")?;
    for child in children {
        child.get()?;
    }
    Ok(())
}

/// Works as long as the file is there, though not for ever.
fn child((n, file): (u32, PathBuf)) {
    let _ = say(format_args!("child {n}: begins working"));
    for _ in 0..600 {
        if !file.exists() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = say(format_args!("child {n}: ends working"));
}

/// Kills the parent, and returns how many children then came to the end of their work.
fn watch(fix: bool) -> Done<usize> {
    let file = NamedTempFile::new()?; // its end is the end of the work
    say("watcher: starts the parent")?;
    let mut parent = Command::new(env::current_exe()?);
    parent.arg("parent").arg(file.path()).args(fix.then_some("--fixed"));
    let mut parent = parent.stdout(Stdio::piped()).spawn()?;
    // The children have this pipe, too: its end is the end of all.
    let lines = lines(parent.stdout.take().ok_or("no pipe")?);
    for line in lines.iter().take(3) {
        say(line)?;
    }
    thread::sleep(Duration::from_millis(100)); // they work for a moment, so that one sees it
    say("watcher: kills the parent")?;
    parent.kill()?;
    parent.wait()?;
    say("parent: ends waiting for its children")?;
    // Nothing but its end can end the children now. Those that live on are given a moment, to be
    // seen; those that don't may take their time, on a slow machine.
    let moment = Duration::from_millis(if fix { 20_000 } else { 300 });
    if lines.recv_timeout(moment) == Err(RecvTimeoutError::Disconnected) {
        say("watcher: sees that nobody is left")?;
        say("child 1: ends working")?;
        say("child 2: ends working")?;
    }
    drop(file);
    let mut orphans = 0;
    for line in lines {
        say(line)?;
        orphans += 1;
    }
    Ok(orphans)
}

/// The lines that come out of a pipe, until nobody holds its other end.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    let pass_on = move |line| sender.send(line).is_ok();
    thread::spawn(move || BufReader::new(pipe).lines().map_while(Result::ok).all(pass_on));
    lines
}

fn main() -> Done<()> {
    pool::run_if_worker(child);
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["parent", file] => broken(file.into()),
        ["parent", file, "--fixed"] => fixed(file.into()),
        ["child", n, file] => {
            child((n.parse()?, file.into()));
            Ok(())
        }
        [] | ["--fixed"] => match (args.len(), watch(!args.is_empty())?) {
            (0, 2) => Ok(say("broken: 2 children worked on without their parent")?),
            (1, 0) => Ok(say("fixed: no child outlived its parent")?),
            (_, orphans) => Err(format!("{orphans} children worked on").into()),
        },
        _ => {
            writeln!(io::stderr(), "unknown arguments {args:?}: give --fixed, or none")?;
            process::exit(2)
        }
    }
}
