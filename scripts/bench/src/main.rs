//! The lessons beside CPython, other crates and the bare system: see the README.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    contestants::run_if_child(); // the pools, queues and pipes in here start this program again
    let done = match Options::parse() {
        Err(wrong) => {
            eprintln!("bench: {wrong}\nTry: cargo bench-all --help");
            return ExitCode::from(2);
        }
        Ok(Options::Help) => {
            print!("{}", options::HELP);
            Ok(())
        }
        Ok(Options::List) => {
            list();
            Ok(())
        }
        Ok(Options::Contestant { test, who, sizes }) => contestants::run(&test, &who, &sizes),
        Ok(Options::Run(run)) => measure(&run),
    };
    if let Err(error) = done {
        eprintln!("bench: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn list() {
    for row in rows::ROWS {
        println!("{:20} {}", row.name, row.title);
    }
    for curve in curves::CURVES {
        println!("{:20} {}, by {}", curve.name, curve.title, curve.x);
    }
}

fn measure(run: &options::Run) -> Done<()> {
    let python = machine::python();
    let rows: Vec<_> = rows::ROWS.iter().filter(|row| run.wants(row.name)).collect();
    let curves: Vec<_> = curves::CURVES.iter().filter(|curve| run.wants(curve.name)).collect();
    let mut jobs: Vec<Job> = rows.iter().flat_map(|row| row.jobs(run)).collect();
    let of_rows = jobs.len();
    jobs.extend(curves.iter().flat_map(|curve| curve.jobs(run)));

    let mut samples = runner::run(&jobs, &python)?;
    let of_curves = samples.split_off(of_rows);
    let compared = rows::compare(&rows, &samples);
    let drawn = curves::collect(&curves, run, &of_curves);

    let text = format!("{}\n{}", machine::describe(&python, run.rounds), table::rows(&compared));
    println!("{text}");
    drawn.iter().for_each(|curve| println!("{}", table::curve(curve)));
    if run.is_whole() {
        table::write(&folder().join("README.md"), &text)?;
        fs::write(folder().join("bench.svg"), plot::draw(&compared, &drawn)?)?;
    }
    let of_us = |(job, samples): (&Job, &runner::Samples)| {
        let failed = samples.failed.as_ref().filter(|_| job.who == rows::US)?;
        Some(format!("{}: {failed}", job.name))
    };
    match jobs.iter().zip(samples.iter().chain(&of_curves)).find_map(of_us) {
        Some(failed) => Err(failed.into()),
        None => Ok(()),
    }
}

/// This package's folder.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
