//! Takes turns: every job once, then every job again. So what one job is compared with ran just
//! before or after it, and the turns of a job lie minutes apart.

use std::env;
use std::process::Command;
use std::time::Duration;

use communicate::communicate_timeout;
use indicatif::{ProgressBar, ProgressStyle};

use crate::contestants::SUBCOMMAND;
use crate::jobs::Job;
use crate::machine::Python;
use crate::rows::CPYTHON;
use crate::{Done, folder};

/// Far longer than any contestant takes.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Returns which contestants failed. One that can't do the row, or isn't installed, hasn't failed.
pub fn run(jobs: &mut [Job], python: &Result<Python, String>) -> Done<Vec<String>> {
    let mut failures = Vec::new();
    let turns = |job: &Job| if job.failed.is_some() { 0 } else { job.rounds };
    let bar = ProgressBar::new(jobs.iter().map(turns).sum::<usize>().try_into()?);
    bar.set_style(ProgressStyle::with_template("{pos} of {len}, {eta} left: {msg}")?);
    let rounds = jobs.iter().map(|job| job.rounds).max().unwrap_or(0);
    for round in 1..=rounds {
        if bar.is_hidden() {
            eprintln!("round {round} of {rounds}, {:.0?} gone", bar.elapsed()); // for a log
        }
        for job in jobs.iter_mut().filter(|job| round <= job.rounds && job.failed.is_none()) {
            bar.set_message(format!("{}, {}", job.row.name, job.who));
            let outcome = command(job, python).and_then(|command| {
                once(command, job.sizes[0])
                    .inspect_err(|_| failures.push(format!("{} of {}", job.who, job.row.name)))
            });
            match outcome {
                Ok(cost) => job.costs.push(cost / job.per),
                Err(why) => {
                    bar.suspend(|| eprintln!("{}: {} can't: {why}", job.row.name, job.who));
                    job.failed = Some(why);
                }
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(failures)
}

fn command(job: &Job, python: &Result<Python, String>) -> Result<Command, String> {
    let mut command = if job.who == CPYTHON {
        let mut command = Command::new(&python.as_ref()?.program);
        command.arg(folder().join("peers.py")).arg(job.row.test());
        command
    } else {
        let mut command = Command::new(env::current_exe().map_err(|error| error.to_string())?);
        command.args([SUBCOMMAND, job.row.test(), job.who]);
        command
    };
    command.args(job.sizes.iter().map(u64::to_string));
    Ok(command)
}

/// Runs a contestant to its end and returns the number that it prints; or, where several processes
/// print their parts (`from to items`), the time from the first start to the last end.
fn once(mut command: Command, items: u64) -> Result<f64, String> {
    let output = communicate_timeout(&mut command, b"", TIMEOUT).map_err(|e| e.to_string())?;
    if output.returncode != 0 {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last = stderr.trim_end().lines().last().unwrap_or("it said nothing");
        return Err(format!("exit code {}: {last}", output.returncode));
    }
    let (mut from, mut to, mut got) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let numbers: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
        match numbers[..] {
            [value] => return Ok(value),
            [start, end, items] => {
                (from, to, got) = (f64::min(from, start), f64::max(to, end), got + items);
            }
            _ => return Err(format!("it printed {line:?}")),
        }
    }
    match got == items as f64 {
        true => Ok(to - from),
        false => Err(format!("{got} of {items} messages arrived")),
    }
}
