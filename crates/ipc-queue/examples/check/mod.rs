//! What the exercise is measured by: three writers, one of which takes a long pause.

use std::io;
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use ipc_queue::{Error, Process, Queue, Target, run_if_child};

/// Which writer, and the number of the value among its own.
pub type Value = (u32, u32);
/// What the learner writes: gets all values, until nobody can put any more.
pub type Collect = fn(&Queue<Value>) -> Result<Vec<Value>, Error>;

/// Between two values of a writer. Longer than [`AFTER`]: who takes a silence for the end either
/// misses the value behind it, or notices the end too late.
const PAUSE: Duration = Duration::from_millis(1500);
/// How long after the writers' end the learner's function may go on. It needs some milliseconds.
const AFTER: Duration = Duration::from_secs(1);

static WRITER: Target<Queue<Value>> = Target::new("writer", |queue| write(&queue, Duration::ZERO));
static LATE: Target<Queue<Value>> = Target::new("late writer", |queue| write(&queue, PAUSE));

fn write(queue: &Queue<Value>, pause: Duration) {
    let writer = process::id();
    for n in 0..count(writer) {
        if n == 3 {
            thread::sleep(pause); // stands for work
        }
        if queue.put(&(writer, n)).is_err() {
            process::exit(1);
        }
    }
}

/// How many values a writer puts. Nobody knows before it runs.
fn count(writer: u32) -> u32 {
    5 + writer % 100
}

/// Says on stdout what falls short, with a hint, or that all is well. The first line of `main`: in a
/// writer it is the entry check, and never returns.
pub fn check(collect: Collect) -> ExitCode {
    run_if_child(&[&WRITER, &LATE]);
    match run(collect) {
        Ok(Ok(())) => {
            println!("passed: all that three writers put, and their end noticed at once");
            ExitCode::SUCCESS
        }
        Ok(Err((short, hint))) => {
            println!("falls short: {short}\nhint: {hint}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Found = Result<(), (String, &'static str)>;

fn run(collect: Collect) -> io::Result<Found> {
    let queue = Arc::new(Queue::new()?);
    let start = |target| Process::start(target, &*queue);
    let mut writers = [start(&WRITER)?, start(&LATE)?, start(&WRITER)?];
    // In a thread, so that one that hangs is left behind at the end of `main`.
    let (done, comes_back) = mpsc::channel();
    let own = Arc::clone(&queue);
    thread::spawn(move || done.send(collect(&own)));
    for writer in &mut writers {
        if !writer.join()?.success() {
            return Err(io::Error::other("a writer failed"));
        }
    }
    let got = comes_back.recv_timeout(AFTER);
    let ids: Vec<_> = writers.iter().map(Process::id).collect();
    Ok(judge(got, &ids))
}

fn judge(got: Result<Result<Vec<Value>, Error>, RecvTimeoutError>, writers: &[u32]) -> Found {
    match got {
        Err(RecvTimeoutError::Timeout) => Err((
            "all writers have ended, and a second later the loop still waits for a value".into(),
            "the queue closes when no process can put any more: which processes still can?",
        )),
        Err(RecvTimeoutError::Disconnected) => {
            Err(("your function panicked".into(), "the panic's message stands above"))
        }
        Ok(Err(error)) => {
            Err((format!("an error: {error}"), "no error is expected here; which call returns it?"))
        }
        Ok(Ok(values)) if all(&values, writers) => Ok(()),
        Ok(Ok(_)) => Err((
            "it doesn't return what the writers put, each value once and each writer's in order"
                .into(),
            "one of them pauses between two values; a pause is not the end",
        )),
    }
}

fn all(values: &[Value], writers: &[u32]) -> bool {
    let of = |writer| values.iter().filter(move |(of, _)| *of == writer).map(|(_, n)| *n);
    writers.iter().all(|writer| of(*writer).eq(0..count(*writer)))
        && values.iter().all(|(writer, _)| writers.contains(writer))
}
