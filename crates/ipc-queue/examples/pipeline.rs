//! The log pipeline: two processes, two queues. `args=(lines, parsed)` is `(&lines, &parsed)` here.
//! The same in Python: pipeline.py.

use std::error::Error;
use std::io::{self, Write};

use ipc_queue::{Process, Queue, Target, run_if_child};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Parsed {
    status: u16,
    path: String,
}

static PARSE: Target<(Queue<String>, Queue<Parsed>), Result<(), ipc_queue::Error>> =
    Target::new("parse", |(lines, parsed)| {
        lines.close(); // it only gets lines
        for line in lines.iter() {
            let line = line?;
            let mut words = line.split(' ');
            if let (Some(path), Some(Ok(status))) = (words.next(), words.next().map(str::parse)) {
                parsed.put(&Parsed { status, path: path.into() })?;
            }
        }
        Ok(())
    });

fn main() -> Result<(), Box<dyn Error>> {
    run_if_child(&[&PARSE]);
    let (lines, parsed) = (Queue::new()?, Queue::new()?);
    let mut parsers =
        [Process::start(&PARSE, (&lines, &parsed))?, Process::start(&PARSE, (&lines, &parsed))?];
    for n in 0..1_000 {
        let status = if n % 10 == 0 { 404 } else { 200 };
        lines.put(&format!("/page/{n} {status}"))?;
    }
    lines.close(); // so the parsers end,
    parsed.close(); // and then this loop
    let (mut count, mut missing) = (0, 0);
    for value in parsed.iter() {
        let Parsed { status, path } = value?;
        count += 1;
        missing += usize::from(status == 404 && path.starts_with("/page/"));
    }
    for parser in &mut parsers {
        if !parser.join()?.success() {
            return Err("a parser failed".into());
        }
    }
    Ok(writeln!(io::stdout(), "{count} lines, {missing} not found")?)
}
