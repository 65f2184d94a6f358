//! The lessons beside CPython, other crates and the bare system: see the README.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use task_utils::say;

mod contestants;
mod jobs;
mod machine;
mod options;
mod plot;
mod rows;
mod runner;
mod stats;
mod table;
mod units;

use jobs::Job;
use options::Options;
use rows::Row;

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    contestants::run_if_child(); // the pools, queues and pipes in here start this program again
    let done = match contestants::run_if_contestant() {
        Some(done) => done,
        None => measure(&Options::read()),
    };
    if let Err(error) = done {
        eprintln!("bench: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn measure(options: &Options) -> Done<()> {
    let rows = rows::all()?;
    if options.list {
        return list(&rows);
    }
    if let Some(name) = options.names.iter().find(|name| rows.iter().all(|row| row.name != **name))
    {
        let why = format!("there is no row {name:?}; --list prints their names\n");
        clap::Error::raw(ErrorKind::InvalidValue, why).exit();
    }
    let (python, load) = (machine::python(), machine::load());
    let wanted = rows.iter().filter(|row| options.wants(&row.name));
    let mut jobs: Vec<Job> = wanted.flat_map(|row| jobs::of(row, options)).collect();
    let failures = runner::run(&mut jobs, &python)?;
    jobs::compare(&mut jobs);
    if options.quick {
        let ran = jobs.iter().filter(|job| !job.costs.is_empty()).count();
        say(format_args!("{ran} contestants have run"))?;
    } else {
        report(&jobs, &machine::describe(&python, options.rounds, &load), options.is_whole())?;
    }
    match &failures[..] {
        [] => Ok(()),
        failures => Err(format!("failed: {}", failures.join(", ")).into()),
    }
}

fn list(rows: &[Row]) -> Done<()> {
    for Row { name, title, x, .. } in rows {
        let by = if x.is_empty() { String::new() } else { format!(", by {x}") };
        say(format_args!("{name:20} {title}{by}"))?;
    }
    Ok(())
}

/// Prints the table and the curves; where all of it was measured, also writes them.
fn report(jobs: &[Job], machine: &str, is_whole: bool) -> Done<()> {
    let (curves, rows): (Vec<_>, Vec<_>) = jobs.iter().partition(|job| job.row.is_curve());
    let curves: Vec<_> = curves.chunk_by(|one, other| one.row.name == other.row.name).collect();
    let table = format!("{machine}\n{}", table::rows(&rows));
    say(&table)?;
    curves.iter().try_for_each(|curve| say(table::curve(curve)))?;
    if is_whole {
        table::write(&folder().join("README.md"), &table)?;
        fs::write(folder().join("bench.svg"), plot::draw(&rows, &curves)?)?;
    }
    Ok(())
}

/// This package's folder.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
