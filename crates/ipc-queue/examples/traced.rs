//! The cell of lesson 4, with a line for each event: `cargo timeline ipc-queue` draws them.

use std::fmt::Display;
use std::io::{self, Write, stdout};
use std::process::{self, ExitCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ipc_queue::{Process, Queue, Target, run_if_child};
use task_utils::{read_func, write_values};

#[path = "../src/cli.rs"]
mod cli;

static WRITER: Target<(Queue<char>, String, Duration), io::Result<()>> =
    Target::new("writer", |(q, values, pause)| {
        let me = format!("writer {}", process::id());
        event(&me, "begins write_func")?;
        write_values(values.chars(), pause, false, |value| {
            event(&me, format_args!("puts {value}"))?;
            Ok(q.put(&value)?)
        })?;
        event(&me, "ends write_func")
    });

static READER: Target<Queue<char>, io::Result<()>> = Target::new("reader", |q| {
    let me = format!("reader {}", process::id());
    event(&me, "begins read_func")?;
    q.close(); // it only gets
    read_func(q.iter().map(|value| {
        let value = value?;
        event(&me, format_args!("gets {value}")).map(|()| value)
    }))
});

fn main() -> ExitCode {
    run_if_child(&[&WRITER, &READER]);
    cli::run(|options| {
        let q = Queue::new()?;
        let (mut pw, mut pr) = (Vec::new(), Vec::new());
        for _ in 0..options.writers {
            event("main", "starts a writer")?;
            pw.push(Process::start(&WRITER, (&q, &*options.values, options.pause))?);
        }
        for _ in 0..options.readers {
            event("main", "starts a reader")?;
            pr.push(Process::start(&READER, &q)?);
        }
        for p in &mut pw {
            event("main", format_args!("waits for writer {}", p.id()))?;
            if !p.join()?.success() {
                return Err("a writer failed".into());
            }
        }
        event("main", "waits for the queue to be empty")?;
        q.join().map_err(|_| "no reader is left")?;
        for p in &mut pr {
            event("main", format_args!("terminates reader {}", p.id()))?;
            p.terminate()?;
            p.join()?;
            event(&format!("reader {}", p.id()), "ends read_func")?;
        }
        Ok(())
    })
}

/// Prints an event: the time, the process and what it does.
fn event(process: &str, what: impl Display) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    writeln!(stdout(), "@{now:.6} {process}: {what}")
}
