//! Terminate a reader of a queue. The queue that one builds first, a pipe that all readers share, is
//! broken by it. One of `ipc_queue`, where each process has pipes of its own, isn't: `-- --fixed`.

use std::fmt::Display;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{self, Child, Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use ipc_queue::{Process, Queue, Target, run_if_child};
use os_pipe::{PipeReader, PipeWriter};

static READER_1: Target<Queue<String>> = Target::new("reader 1", |queue| read("reader 1", &queue));
static READER_2: Target<Queue<String>> = Target::new("reader 2", |queue| read("reader 2", &queue));

fn broken() -> io::Result<&'static str> {
    let (pipe, mut queue) = os_pipe::pipe()?;
    let mut reader_1 = start("reader 1", &pipe, Stdio::piped())?;
    put(&mut queue, "Alice", b"\x05Alice")?;
    put(&mut queue, "the length of Bob", b"\x03")?; // a long value comes in pieces, too
    pass_on(&mut reader_1, "reader 1: waits for 3 bytes")?;
    work();
    say("main", "terminates reader 1")?;
    reader_1.kill()?;
    reader_1.wait()?;
    say("reader 1", "is gone")?;
    put(&mut queue, "the rest of Bob", b"Bob")?;
    put(&mut queue, "Carol", b"\x05Carol")?;
    let mut reader_2 = start("reader 2", &pipe, Stdio::inherit())?;
    work();
    drop(queue); // or it would wait for ever
    match reader_2.wait()?.success() {
        false => Ok("reader 1 took Bob's length with it, so reader 2 took a B for a length"),
        true => Err(io::Error::other("reader 2 got whole values")),
    }
}

fn fixed() -> io::Result<&'static str> {
    let queue = Queue::new()?;
    let mut reader_1 = Process::start(&READER_1, &queue)?;
    own_put(&queue, "Alice")?;
    queue.join()?; // it has come back for more
    work();
    say("main", "terminates reader 1")?;
    reader_1.terminate()?;
    reader_1.join()?;
    say("reader 1", "is gone")?;
    own_put(&queue, "Bob")?;
    own_put(&queue, "Carol")?;
    let mut reader_2 = Process::start(&READER_2, &queue)?;
    queue.join()?;
    queue.close();
    match reader_2.join()?.success() {
        true => Ok("reader 1 took nothing with it, and reader 2 gets what is put"),
        false => Err(io::Error::other("reader 2 failed")),
    }
}

fn main() -> io::Result<()> {
    run_if_child(&[&READER_1, &READER_2]);
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args[..] {
        [] => say("broken", broken()?),
        ["--fixed"] => say("fixed", fixed()?),
        ["--shared", name] => share(name), // a reader of the broken form
        _ => {
            writeln!(io::stderr(), "unknown arguments {args:?}: give --fixed, or none")?;
            process::exit(2)
        }
    }
}

// ── a pipe that all readers share ─────────────────────────────────────────────────────────────────

fn start(name: &str, pipe: &PipeReader, stdout: Stdio) -> io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["--shared", name]).stdin(pipe.try_clone()?).stdout(stdout).spawn()
}

fn put(queue: &mut PipeWriter, what: &str, bytes: &[u8]) -> io::Result<()> {
    say("main", format_args!("puts {what}"))?;
    queue.write_all(bytes)
}

/// A reader: a length, then as many bytes.
fn share(name: &str) -> io::Result<()> {
    let mut pipe = os_pipe::dup_stdin()?; // `io::stdin()` would read ahead
    let mut length = [0];
    loop {
        say(name, "waits for a value")?;
        if pipe.read(&mut length)? == 0 {
            return say(name, "finds the end");
        }
        say(name, format_args!("waits for {} bytes", length[0]))?;
        let mut value = Vec::new();
        pipe.by_ref().take(length[0].into()).read_to_end(&mut value)?;
        if value.len() < length[0].into() {
            say(name, format_args!("gets \"{}\", and no more", value.escape_ascii()))?;
            process::exit(1);
        }
        handle(name, &String::from_utf8_lossy(&value))?;
    }
}

/// Passes on what a reader says, up to this line.
fn pass_on(reader: &mut Child, until: &str) -> io::Result<()> {
    let stdout = reader.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        writeln!(io::stdout(), "{line}")?;
        if line == until {
            break;
        }
    }
    Ok(())
}

// ── ipc_queue ─────────────────────────────────────────────────────────────────────────────────────

fn own_put(queue: &Queue<String>, value: &str) -> io::Result<()> {
    say("main", format_args!("puts {value}"))?;
    Ok(queue.put(&value.into())?)
}

fn read(name: &str, queue: &Queue<String>) {
    queue.close(); // it only gets
    let read = || {
        say(name, "waits for a value")?;
        for value in queue.iter() {
            handle(name, &value?)?;
            say(name, "waits for a value")?;
        }
        say(name, "finds the end")
    };
    if let Err(error) = read() {
        eprintln!("{name}: {error}");
        process::exit(1);
    }
}

// ── both ──────────────────────────────────────────────────────────────────────────────────────────

fn handle(name: &str, value: &str) -> io::Result<()> {
    say(name, format_args!("begins {value}"))?;
    work();
    say(name, format_args!("ends {value}"))
}

/// Stands for what takes time.
fn work() {
    thread::sleep(Duration::from_millis(100));
}

fn say(who: &str, what: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{who}: {what}\n").as_bytes())
}
