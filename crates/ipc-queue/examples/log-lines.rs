//! A real use: the lines of a web server's log, counted by four processes. With a file, its lines;
//! without one, 100,000 made here.
//!
//! One queue goes both ways: first the lines, then for each worker the word to report, then what they
//! report. A report may come to a worker that is still at work. It adds it to its own.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::process::{ExitCode, exit};

use access_log::Count;
use ipc_queue::{Process, Queue, Target, run_if_child};
use serde::{Deserialize, Serialize};

mod access_log;

const WORKERS: usize = 4;
/// So many bytes of lines are one value: a value for each line would be more work than to count it.
const BATCH: usize = 64 << 10;

#[derive(Serialize, Deserialize)]
enum Message {
    Lines(String),
    Report,
    Counted(Count),
}

static WORKER: Target<Queue<Message>> = Target::new("worker", |queue| {
    let mut count = Count::default();
    loop {
        match queue.get() {
            Ok(Message::Lines(lines)) => lines.lines().for_each(|line| count.add(line)),
            Ok(Message::Counted(another)) => count.merge(another),
            Ok(Message::Report) => break,
            Err(_) => exit(1), // the parent tells that a worker failed, if it is still there
        }
    }
    queue.put(&Message::Counted(count)).unwrap_or_else(|_| exit(1));
});

fn count(log: impl BufRead) -> Result<Count, Box<dyn Error>> {
    let queue = Queue::new()?;
    let workers = (0..WORKERS).map(|_| Process::start(&WORKER, &queue));
    let mut workers = workers.collect::<io::Result<Vec<_>>>()?;
    put_lines(log, &queue)?;
    workers.iter().try_for_each(|_| queue.put(&Message::Report))?;
    for worker in &mut workers {
        let status = worker.join()?; // now all that it has put is in the queue
        if !status.success() {
            return Err(format!("a worker failed ({status}); what it had counted is lost").into());
        }
    }
    queue.close();
    let mut total = Count::default();
    for message in queue.iter() {
        match message? {
            Message::Counted(count) => total.merge(count),
            _ => return Err("no worker has taken what was put".into()),
        }
    }
    Ok(total)
}

fn put_lines(mut log: impl BufRead, queue: &Queue<Message>) -> Result<(), Box<dyn Error>> {
    loop {
        let mut batch = Vec::new();
        while batch.len() < BATCH && log.read_until(b'\n', &mut batch)? > 0 {}
        if batch.is_empty() {
            return Ok(());
        }
        queue.put(&Message::Lines(String::from_utf8_lossy(&batch).into_owned()))?;
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let args: Vec<_> = ipc_queue::args().skip(1).collect();
    let total = match &args[..] {
        [] => count(access_log::made().as_bytes()),
        [file] => {
            let log = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
            count(BufReader::new(log))
        }
        _ => {
            writeln!(io::stderr(), "unknown arguments {args:?}: give one file, or none")?;
            exit(2)
        }
    }?;
    match io::stdout().write_all(total.to_string().as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()), // `| head -1` has what it wanted
        written => Ok(written?),
    }
}

fn main() -> ExitCode {
    run_if_child(&[&WORKER]);
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
