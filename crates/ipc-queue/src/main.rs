//! The notebook's cell: a writer and a reader, two processes with one queue.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::{self, ExitCode};
use std::time::Duration;

use ipc_queue::{Process, Queue, Target, run_if_child};
use lexopt::prelude::*;
use task_utils::{read_func, say, self_spawn, write_values};

const HELP: &str = "\
Lesson 4, multiprocessing.Process and Queue: one process puts values, another gets them.

Usage: ipc-queue [OPTIONS]

  --writers N       how many processes put, to 1000    (default 1)
  --readers N       how many processes get, 1 to 1000  (default 1)
  --values TEXT     what each writer puts, by letters  (default ABC)
  --pause SECS      how long a writer waits at most    (default 1)
  --help            this text

Ctrl-C ends all of it.

Examples:
  cargo run -p ipc-queue
  cargo run -p ipc-queue -- --writers 2 --readers 3 --values 进程和线程 --pause 0.1
";

static WRITER: Target<(Queue<char>, String, Duration)> =
    Target::new("writer", |(queue, values, pause)| {
        exit_on_error(write_values(values.chars(), pause, |value| Ok(queue.put(&value)?)));
    });

static READER: Target<Queue<char>> = Target::new("reader", |queue| {
    queue.close(); // it only gets
    exit_on_error(read_func(queue.iter().map(|value| Ok(value?))));
});

fn main() -> ExitCode {
    run_if_child(&[&WRITER, &READER]);
    ExitCode::from(match Options::parse(ipc_queue::args()) {
        Err(wrong) => {
            complain(format_args!("{wrong}\nTry: cargo run -p ipc-queue -- --help"));
            2
        }
        Ok(options) if options.help => exit_code(say(HELP.trim_end()).map(|()| 0)),
        Ok(options) => exit_code(cell(&options)),
    })
}

fn cell(options: &Options) -> io::Result<u8> {
    // The children end with this process.
    ctrlc::set_handler(|| self_spawn::exit(130)).map_err(io::Error::other)?;
    let queue = Queue::new()?;
    let write = |_| Process::start(&WRITER, (&queue, &*options.values, options.pause));
    let mut writers = (0..options.writers).map(write).collect::<io::Result<Vec<_>>>()?;
    let read = |_| Process::start(&READER, &queue);
    let mut readers = (0..options.readers).map(read).collect::<io::Result<Vec<_>>>()?;
    let mut code = 0;
    for writer in &mut writers {
        code |= u8::from(!writer.join()?.success());
    }
    // The notebook's cell leaves this out, and may lose C. An error means that no reader is left.
    let drained = queue.join();
    for reader in &mut readers {
        if drained.is_ok() && reader.is_alive() {
            reader.terminate()?;
            reader.join()?;
        } else {
            code |= u8::from(!reader.join()?.success()); // it has said why
        }
    }
    Ok(code)
}

fn exit_on_error(done: io::Result<()>) {
    match done {
        Ok(()) => {}
        // The process that made the queue is gone; if that was a fault, it has said which.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => process::exit(1),
        Err(error) => process::exit(exit_code(Err(error)).into()),
    }
}

fn exit_code(done: io::Result<u8>) -> u8 {
    match done {
        Ok(code) => code,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => 0, // `| head -1` has what it wanted
        Err(error) => {
            complain(error);
            1
        }
    }
}

/// One line on stderr; where even that is full, the exit code is left (`eprintln!` would panic).
fn complain(line: impl Display) {
    let _ = io::stderr().write_all(format!("ipc-queue: {line}\n").as_bytes());
}

struct Options {
    writers: usize,
    readers: usize,
    values: String,
    pause: Duration,
    help: bool,
}

impl Options {
    fn parse(args: impl Iterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut options = Options {
            writers: 1,
            readers: 1,
            values: "ABC".into(),
            pause: Duration::from_secs(1),
            help: false,
        };
        let mut args = lexopt::Parser::from_iter(args);
        while let Some(arg) = args.next()? {
            match arg {
                Long("writers") => options.writers = args.value()?.parse()?,
                Long("readers") => options.readers = args.value()?.parse()?,
                Long("values") => options.values = args.value()?.string()?,
                Long("pause") => options.pause = args.value()?.parse_with(seconds)?,
                Short('h') | Long("help") => options.help = true,
                _ => return Err(arg.unexpected()),
            }
        }
        if options.readers == 0 {
            return Err("--readers: someone has to get the values; give it at least 1".into());
        }
        // So many that they would take the machine's processes are a slip of the hand.
        if options.writers.max(options.readers) > 1000 {
            return Err("--writers, --readers: give each 1000 at most".into());
        }
        Ok(options)
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time in seconds".to_string())
}
