//! Our queue: from child to child, or from a child to the process that made the queue.

use std::io;
use std::process::exit;
use std::thread;

use ipc_queue::{Process, Queue, Target};
use serde::{Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;

use super::pool::expect;
use super::report::{self, Part};
use crate::Done;

static WRITE: Target<u64> = Target::new("write", |queue| or_exit(write(&queue)));
static READ: Target<u64> = Target::new("read", |queue| or_exit(read(&queue)));
static WRITE_BYTES: Target<ByteBuf> = Target::new("write bytes", |queue| or_exit(write(&queue)));
static READ_BYTES: Target<ByteBuf> = Target::new("read bytes", |queue| or_exit(read(&queue)));
static WRITE_STAMPS: Target<u64> = Target::new("stamps", |queue| or_exit(write_stamps(&queue)));
static READ_STAMPS: Target<u64> = Target::new("times", |queue| or_exit(read_stamps(&queue)));

pub fn run_if_child() {
    ipc_queue::run_if_child(&[&WRITE, &READ, &WRITE_STAMPS, &READ_STAMPS]);
    ipc_queue::run_if_child(&[&WRITE_BYTES, &READ_BYTES]);
}

fn or_exit(done: Done<()>) {
    if let Err(error) = done {
        eprintln!("queue: {error}");
        exit(1);
    }
}

/// A message of each kind, again and again.
trait Message: Serialize + DeserializeOwned {
    fn each(n: u64, bytes: u64, put: impl FnMut(&Self) -> Done<()>) -> Done<()>;
}

impl Message for u64 {
    fn each(n: u64, _: u64, mut put: impl FnMut(&Self) -> Done<()>) -> Done<()> {
        (0..n).try_for_each(|i| put(&i))
    }
}

impl Message for ByteBuf {
    fn each(n: u64, bytes: u64, mut put: impl FnMut(&Self) -> Done<()>) -> Done<()> {
        let message = ByteBuf::from(vec![b'x'; usize::try_from(bytes)?]);
        (0..n).try_for_each(|_| put(&message))
    }
}

/// The sizes that this program, or the one that started this child, was called with.
fn sizes() -> Vec<u64> {
    ipc_queue::args().filter_map(|arg| arg.to_string_lossy().parse().ok()).collect()
}

fn write<M: Message>(queue: &Queue<M>) -> Done<()> {
    let [n, bytes, writers, _] = sizes()[..] else { return Err("sizes are missing".into()) };
    let part = Part::start();
    M::each(n / writers, bytes, |message| Ok(queue.put(message)?))?;
    part.end(0)
}

fn read<M: Message>(queue: &Queue<M>) -> Done<()> {
    queue.close();
    let Some(first) = queue.iter().next() else { return Ok(()) };
    let (part, mut got) = (Part::start(), u64::from(first.is_ok()));
    for message in queue.iter() {
        message?;
        got += 1;
    }
    part.end(got)
}

fn write_stamps(queue: &Queue<u64>) -> Done<()> {
    for _ in 0..*sizes().first().ok_or("sizes are missing")? {
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

pub fn throughput(bytes: u64, writers: u64, readers: u64) -> Done<()> {
    match bytes {
        0 => run((&WRITE, writers), (&READ, readers), read),
        _ => run((&WRITE_BYTES, writers), (&READ_BYTES, readers), read),
    }
}

pub fn latency(readers: u64) -> Done<()> {
    run((&WRITE_STAMPS, 1), (&READ_STAMPS, readers), read_stamps)
}

/// Starts so many readers and writers, each of which tells its part; without readers, this process
/// is the one.
fn run<M: Message>(
    (write, writers): (&Target<M>, u64),
    (read, readers): (&Target<M>, u64),
    read_here: fn(&Queue<M>) -> Done<()>,
) -> Done<()> {
    let queue = Queue::new()?;
    // Readers first, so that they wait for the first message.
    let targets = (0..readers).map(|_| read).chain((0..writers).map(|_| write));
    let processes = targets.map(|target| Process::start(target, &queue));
    let processes = processes.collect::<io::Result<Vec<_>>>()?;
    if readers == 0 {
        read_here(&queue)?;
    }
    queue.close();
    for mut process in processes {
        expect(process.join()?.success(), true)?;
    }
    Ok(())
}
