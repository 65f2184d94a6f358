//! The lessons beside CPython, other crates and the bare system: see the README.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

mod compare;
mod contestants;
mod curves;
mod machine;
mod options;
mod plot;
mod rows;
mod runner;
mod stats;
mod table;

use options::Options;
use runner::Job;
use task_utils::say;

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    contestants::run_if_child(); // the pools, queues and pipes in here start this program again
    let done = match Options::parse() {
        Err(wrong) => {
            eprintln!("bench: {wrong}\nTry: cargo bench-all --help");
            return ExitCode::from(2);
        }
        Ok(Options::Help) => say(options::HELP.trim_end()).map_err(Into::into),
        Ok(Options::List) => list().map_err(Into::into),
        Ok(Options::Contestant { test, who, sizes }) => contestants::run(&test, &who, &sizes),
        Ok(Options::Run(run)) => measure(&run),
    };
    if let Err(error) = done {
        eprintln!("bench: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn list() -> io::Result<()> {
    for row in rows::ROWS {
        say(format_args!("{:20} {}", row.name, row.title))?;
    }
    for curve in curves::CURVES {
        say(format_args!("{:20} {}, by {}", curve.name, curve.title, curve.x))?;
    }
    Ok(())
}

fn measure(run: &options::Run) -> Done<()> {
    let (python, load) = (machine::python(), machine::load());
    let rows: Vec<_> = rows::ROWS.iter().filter(|row| run.wants(row.name)).collect();
    let curves: Vec<_> = curves::CURVES.iter().filter(|curve| run.wants(curve.name)).collect();
    let mut jobs: Vec<Job> = rows.iter().flat_map(|row| row.jobs(run)).collect();
    let of_rows = jobs.len();
    jobs.extend(curves.iter().flat_map(|curve| curve.jobs(run)));

    let mut samples = runner::run(&jobs, &python)?;
    let of_curves = samples.split_off(of_rows);
    let compared = compare::compare(&rows, &samples);
    let drawn = curves::collect(&curves, run, &of_curves);

    if run.quick {
        say(format_args!("{} contestants have run", jobs.len()))?;
    } else {
        let about = machine::describe(&python, run.rounds, &load);
        let table = format!("{about}\n{}", table::rows(&compared));
        say(&table)?;
        drawn.iter().try_for_each(|curve| say(table::curve(curve)))?;
        if run.is_whole() {
            table::write(&folder().join("README.md"), &table)?;
            fs::write(folder().join("bench.svg"), plot::draw(&compared, &drawn)?)?;
        }
    }
    failures(&jobs, samples.iter().chain(&of_curves))
}

/// What couldn't be run is told in the table; if it is ours, it is an error too.
fn failures<'a>(jobs: &[Job], samples: impl Iterator<Item = &'a runner::Samples>) -> Done<()> {
    let mut ours = Ok(());
    for (job, samples) in jobs.iter().zip(samples) {
        if let Some(why) = &samples.failed {
            eprintln!("{}: {} can't: {why}", job.name, job.who);
            if job.who == rows::US {
                ours = Err(format!("{} doesn't work", job.name).into());
            }
        }
    }
    ours
}

/// This package's folder.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
