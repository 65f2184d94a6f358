//! What the children of these tests do.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, process, thread};

use ipc_queue::{Entry, Error, Queue, Target};
use rand::RngExt;

use crate::waits;
#[cfg(unix)]
use crate::{hosts, kills};

/// Who put it, which one it is, and as many letters as the writer felt like.
pub type Value = (u32, u32, String);

pub const ALL: &[&dyn Entry] = &[
    &MANY_SMALL,
    &OF_ALL_SIZES,
    &RECORDER,
    &TOO_MUCH,
    &UNTIL_IT_FAILS,
    &COMPUTE,
    &GET,
    &GARBAGE,
    &NOTHING,
    &REST,
    &waits::RELAY,
    &waits::FULL,
    &waits::BESIDE,
    &waits::BLOCKED,
    &waits::BLOCKED_BY_THE_SECOND,
    &waits::WAITER,
    &waits::TWO_TURNS,
    &waits::COUNTER,
    &waits::LATER,
    &waits::RACER,
    &waits::GIVES_UP,
    #[cfg(unix)]
    &hosts::STDIO,
    #[cfg(unix)]
    &kills::HANDLER,
    #[cfg(target_os = "linux")]
    &kills::COPIED,
];

pub static MANY_SMALL: Target<Queue<Value>> =
    Target::new("many small", |queue| write(&queue, MANY, |_| 1));
pub const MANY: u32 = 3_000;

pub static OF_ALL_SIZES: Target<Queue<Value>> = Target::new("of all sizes", |queue| {
    write(&queue, SOME, |random| 1 << random.random_range(0..=20));
});
pub const SOME: u32 = 30;

fn write(
    queue: &Queue<Value>,
    count: u32,
    mut length: impl FnMut(&mut rand::rngs::ThreadRng) -> usize,
) {
    let mut random = rand::rng();
    for n in 0..count {
        let text = letter(n).repeat(length(&mut random));
        queue.put(&(process::id(), n, text)).unwrap();
    }
}

fn letter(n: u32) -> &'static str {
    ["a", "b", "c"][n as usize % 3]
}

/// Writes each value that it gets, whole, to a record that has its process's name, and that is empty at
/// first: the name may have been another's.
pub static RECORDER: Target<Queue<Value>> = Target::new("recorder", |queue| {
    queue.close();
    let mut record = File::create(record(process::id())).unwrap();
    let mut got = Vec::new();
    loop {
        match queue.get() {
            Ok((writer, n, text)) => {
                assert!(!text.is_empty() && text.split(letter(n)).all(str::is_empty), "not whole");
                got.clear();
                got.extend_from_slice(&writer.to_le_bytes());
                got.extend_from_slice(&n.to_le_bytes());
                record.write_all(&got).unwrap();
            }
            Err(Error::Closed) => return,
            Err(other) => panic!("{other}"),
        }
    }
});

pub fn record(pid: u32) -> PathBuf {
    env::temp_dir().join(format!("queue-faults-{pid}"))
}

/// The (writer, number) pairs that a process has recorded.
pub fn recorded(pid: u32) -> Vec<(u32, u32)> {
    let Ok(bytes) = fs::read(record(pid)) else { return Vec::new() };
    fs::remove_file(record(pid)).unwrap();
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    bytes.chunks(8).map(|pair| (number(&pair[..4]), number(&pair[4..]))).collect()
}

/// More than the queue holds.
pub static TOO_MUCH: Target<Queue<Value>> = Target::new("too much", |queue| {
    for n in 0..OVER {
        queue.put(&(0, n, "x".repeat(1 << 20))).unwrap();
    }
});
const OVER: u32 = 100;

/// Puts until that is an error, and says so by its exit code.
pub static UNTIL_IT_FAILS: Target<Queue<Value>> = Target::new("until it fails", |queue| {
    let put = || queue.put_timeout(&(0, 0, "x".repeat(1 << 20)), Duration::from_secs(1));
    while put().is_ok() {}
    process::exit(3);
});

pub static COMPUTE: Target<Queue<Value>> = Target::new("compute", |_| {
    loop {
        std::hint::black_box(0);
    }
});

pub static GET: Target<Queue<Value>> = Target::new("get", |queue| {
    queue.close();
    let _ = queue.get();
});

/// Writes what is no message to the broker, over the pipe that its messages go through.
pub static GARBAGE: Target<Queue<Value>> = Target::new("garbage", |queue| {
    for number in 3..1000 {
        let _ = fs::write(format!("/proc/self/fd/{number}"), [7; 16]);
    }
    while queue.put(&(0, 0, String::new())).is_ok() {}
    loop {
        thread::park();
    }
});

pub static NOTHING: Target<Queue<Value>> = Target::new("nothing", |_| ());

/// A flood, and then nothing for ever.
pub static REST: Target<Queue<Value>> = Target::new("rest", |queue| {
    write(&queue, MANY, |_| 1);
    loop {
        thread::park();
    }
});
