//! Lesson 4: one process puts values into a queue, another one gets them.

use std::io;
use std::{process::ExitCode, time::Duration};

use ipc_queue::{Process, Queue, Target, run_if_child};
use task_utils::{read_func, write_values};

mod cli;

static WRITER: Target<(Queue<char>, String, Duration, bool), io::Result<()>> =
    Target::new("writer", |(q, values, pause, named)| {
        write_values(values.chars(), pause, named, |value| Ok(q.put(&value)?))
    });

static READER: Target<Queue<char>, io::Result<()>> = Target::new("reader", |q| {
    q.close(); // it only gets
    read_func(q.iter().map(|value| Ok(value?)))
});

fn main() -> ExitCode {
    run_if_child(&[&WRITER, &READER]); // `if __name__ == '__main__':`
    cli::run(|options| {
        let q = Queue::new()?;
        let args = (&q, &*options.values, options.pause, options.writers > 1);
        let start_writer = |_| Process::start(&WRITER, args);
        let start_reader = |_| Process::start(&READER, &q);
        // All processes, or the first error.
        let mut pw = (0..options.writers).map(start_writer).collect::<io::Result<Vec<_>>>()?;
        let mut pr = (0..options.readers).map(start_reader).collect::<io::Result<Vec<_>>>()?;
        for p in &mut pw {
            if !p.join()?.success() {
                return Err("a writer failed".into()); // it has printed why
            }
        }
        q.join().map_err(|_| "no reader is left")?; // the notebook leaves this out, and may lose C
        pr.iter_mut().try_for_each(Process::terminate)?;
        Ok(())
    })
}
