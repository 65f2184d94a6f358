//! Our queue and our pipe: from child to child, or from a child to the process that made it.

use std::io;
use std::thread;

use ipc_queue::{Process, Queue, Receiver, Sender, Target, pipe};
use serde::{Serialize, de::DeserializeOwned};

use super::pool::expect;
use super::report::{self, Part};
use crate::Done;

type Write<T> = Target<(Queue<T>, u64, u64), Result<(), String>>;
type Read<T> = Target<Queue<T>, Result<(), String>>;

static WRITE: Write<u64> =
    Target::new("write", |(queue, n, bytes)| error_as_text(write(&queue, n, bytes)));
static READ: Read<u64> = Target::new("read", |queue| error_as_text(read(&queue)));
static WRITE_TEXT: Write<String> =
    Target::new("write text", |(queue, n, bytes)| error_as_text(write(&queue, n, bytes)));
static READ_TEXT: Read<String> = Target::new("read text", |queue| error_as_text(read(&queue)));
static WRITE_STAMPS: Write<u64> =
    Target::new("stamps", |(queue, n, _)| error_as_text(write_stamps(&queue, n)));
static READ_STAMPS: Read<u64> = Target::new("times", |queue| error_as_text(read_stamps(&queue)));

type Send<T> = Target<(Sender<T>, u64, u64), Result<(), String>>;
type Receive<T> = Target<Receiver<T>, Result<(), String>>;
type Pair = (u64, u64); // 16 bytes

static SEND: Send<Pair> =
    Target::new("send", |(sender, n, bytes)| error_as_text(send(&sender, n, bytes)));
static RECEIVE: Receive<Pair> =
    Target::new("receive", |receiver| error_as_text(receive(receiver.iter())));
static SEND_TEXT: Send<String> =
    Target::new("send text", |(sender, n, bytes)| error_as_text(send(&sender, n, bytes)));
static RECEIVE_TEXT: Receive<String> =
    Target::new("receive text", |receiver| error_as_text(receive(receiver.iter())));
static ECHO: Target<(Receiver<Pair>, Sender<Pair>), Result<(), String>> =
    Target::new("echo", |(receiver, sender)| {
        error_as_text(receiver.iter().try_for_each(|pair| Ok(sender.send(&pair?)?)))
    });

pub fn run_if_child() {
    ipc_queue::run_if_child(&[&WRITE, &READ, &WRITE_TEXT, &READ_TEXT, &WRITE_STAMPS, &READ_STAMPS]);
    ipc_queue::run_if_child(&[&SEND, &RECEIVE, &SEND_TEXT, &RECEIVE_TEXT, &ECHO]);
}

fn error_as_text(done: Done<()>) -> Result<(), String> {
    done.map_err(|error| error.to_string())
}

/// A message of each kind, again and again.
trait Message: Serialize + DeserializeOwned + 'static {
    fn each(n: u64, bytes: u64, put: impl FnMut(&Self) -> Done<()>) -> Done<()>;
}

impl Message for u64 {
    fn each(n: u64, _: u64, mut put: impl FnMut(&Self) -> Done<()>) -> Done<()> {
        (0..n).try_for_each(|i| put(&i))
    }
}

impl Message for Pair {
    fn each(n: u64, _: u64, mut put: impl FnMut(&Self) -> Done<()>) -> Done<()> {
        (0..n).try_for_each(|i| put(&(u64::MAX - i, u64::MAX - i)))
    }
}

impl Message for String {
    fn each(n: u64, bytes: u64, mut put: impl FnMut(&Self) -> Done<()>) -> Done<()> {
        let message = "x".repeat(usize::try_from(bytes)?);
        (0..n).try_for_each(|_| put(&message))
    }
}

fn write<M: Message>(queue: &Queue<M>, n: u64, bytes: u64) -> Done<()> {
    let part = Part::start();
    M::each(n, bytes, |message| Ok(queue.put(message)?))?;
    part.end(0)
}

fn read<M: Message>(queue: &Queue<M>) -> Done<()> {
    queue.close();
    receive(queue.iter())
}

fn send<M: Message>(sender: &Sender<M>, n: u64, bytes: u64) -> Done<()> {
    let part = Part::start();
    M::each(n, bytes, |message| Ok(sender.send(message)?))?;
    part.end(0)
}

fn receive<M>(mut messages: impl Iterator<Item = Result<M, ipc_queue::Error>>) -> Done<()> {
    let Some(first) = messages.next() else { return Ok(()) };
    let (part, mut got) = (Part::start(), u64::from(first.is_ok()));
    for message in messages {
        message?;
        got += 1;
    }
    part.end(got)
}

fn write_stamps(queue: &Queue<u64>, n: u64) -> Done<()> {
    for _ in 0..n {
        thread::sleep(report::PAUSE);
        queue.put(&report::stamp())?;
    }
    Ok(())
}

fn read_stamps(queue: &Queue<u64>) -> Done<()> {
    queue.close();
    let latencies = queue.iter().map(|sent| Ok(report::stamp().saturating_sub(sent?)));
    report::latency(latencies.collect::<Done<_>>()?)
}

pub fn throughput(n: u64, bytes: u64, writers: u64, readers: u64, capacity: usize) -> Done<()> {
    let shares = (n / writers, bytes, writers);
    match bytes {
        0 => run(capacity, (&WRITE, shares), (&READ, readers), read),
        _ => run(capacity, (&WRITE_TEXT, shares), (&READ_TEXT, readers), read),
    }
}

pub fn latency(n: u64, readers: u64) -> Done<()> {
    run(0, (&WRITE_STAMPS, (n, 0, 1)), (&READ_STAMPS, readers), read_stamps)
}

/// Starts so many readers and writers, each of which tells its part; without readers, this process
/// is the one.
fn run<M: Message>(
    capacity: usize,
    (write, (n, bytes, writers)): (&Write<M>, (u64, u64, u64)),
    (read, readers): (&Read<M>, u64),
    read_here: fn(&Queue<M>) -> Done<()>,
) -> Done<()> {
    let queue = Queue::with_capacity(capacity)?;
    // Readers first, so that they wait for the first message.
    let read = (0..readers).map(|_| Process::start(read, &queue));
    let mut processes = read.collect::<io::Result<Vec<_>>>()?;
    let write = (0..writers).map(|_| Process::start(write, (&queue, n, bytes)));
    processes.extend(write.collect::<io::Result<Vec<_>>>()?);
    if readers == 0 {
        read_here(&queue)?;
    }
    queue.close();
    join(processes)
}

fn join(processes: Vec<Process>) -> Done<()> {
    for mut process in processes {
        expect(process.join()?.success(), true)?;
    }
    Ok(())
}

pub fn one_way(n: u64, bytes: u64) -> Done<()> {
    match bytes {
        0 => through_pipe((&SEND, n, bytes), &RECEIVE),
        _ => through_pipe((&SEND_TEXT, n, bytes), &RECEIVE_TEXT),
    }
}

fn through_pipe<M: Message>(
    (send, n, bytes): (&Send<M>, u64, u64),
    receive: &Receive<M>,
) -> Done<()> {
    let (sender, receiver) = pipe()?;
    let reader = Process::start(receive, receiver)?;
    join(vec![reader, Process::start(send, (sender, n, bytes))?])
}

pub fn ping_pong(n: u64) -> Done<()> {
    let ((to, there), (back, from)) = (pipe()?, pipe()?);
    let echo = Process::start(&ECHO, (there, back))?;
    let round = |i| {
        to.send(&(u64::MAX, i))?;
        let _ = from.recv()?;
        Ok(())
    };
    round(0)?;
    report::time(|| (0..n).try_for_each(round))?;
    drop(to);
    join(vec![echo])
}
