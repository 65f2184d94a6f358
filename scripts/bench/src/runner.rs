//! Takes turns: every job once, then every job again. So what one job is compared with ran just
//! before or after it, and the turns of a job lie minutes apart.

use std::env;
use std::io::{IsTerminal, Write, stderr};
use std::process::Command;
use std::time::{Duration, Instant};

use communicate::communicate_timeout;

use crate::machine::Python;
use crate::rows::CPYTHON;
use crate::stats::{Cost, Spread};
use crate::{Done, folder};

/// Far longer than any contestant takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// One contestant at one size, measured again and again.
pub struct Job {
    /// The row or curve that it is for.
    pub name: &'static str,
    pub test: &'static str,
    pub who: &'static str,
    /// How many items, then what the test takes besides.
    pub sizes: Vec<u64>,
    /// What its numbers are divided by, so that contestants with different sizes can be compared.
    pub per: f64,
    pub rounds: usize,
}

/// What a job's turns have cost.
#[derive(Default)]
pub struct Samples {
    pub costs: Vec<f64>,
    pub failed: Option<String>,
    took: Option<Duration>,
}

pub fn run(jobs: &[Job], python: &Result<Python, String>) -> Done<Vec<Samples>> {
    let mut all: Vec<Samples> = jobs.iter().map(|_| Samples::default()).collect();
    let rounds = jobs.iter().map(|job| job.rounds).max().unwrap_or(0);
    for round in 0..rounds {
        for (i, job) in jobs.iter().enumerate() {
            if round >= job.rounds || all[i].failed.is_some() {
                continue;
            }
            let left = time_left(jobs, &all, round, i);
            let turn = format!("round {} of {rounds}, {left}", round + 1);
            progress(&turn, &format!(": {}, {}", job.name, job.who), i == 0);
            let start = Instant::now();
            match command(job, python).and_then(|command| once(command, job.sizes[0])) {
                Ok(cost) => all[i].costs.push(cost / job.per),
                Err(why) => all[i].failed = Some(why),
            }
            all[i].took = Some(start.elapsed());
        }
    }
    progress("done", "\n", true);
    Ok(all)
}

fn command(job: &Job, python: &Result<Python, String>) -> Result<Command, String> {
    let mut command = if job.who == CPYTHON {
        let mut command = Command::new(&python.as_ref()?.program);
        command.arg(folder().join("peers.py")).arg(job.test);
        command
    } else {
        let mut command = Command::new(env::current_exe().map_err(|error| error.to_string())?);
        command.args(["contestant", job.test, job.who]);
        command
    };
    command.args(job.sizes.iter().map(u64::to_string));
    Ok(command)
}

/// Runs a contestant to its end and answers the number that it prints; or, where several processes
/// tell their parts (`from to items`), the time from the first to the last.
fn once(mut command: Command, items: u64) -> Result<f64, String> {
    let output = communicate_timeout(&mut command, b"", PATIENCE).map_err(|e| e.to_string())?;
    if output.returncode != 0 {
        let told = String::from_utf8_lossy(&output.stderr);
        let last = told.trim_end().lines().last().unwrap_or("it said nothing");
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

/// How long the rest will take, as far as the turns until now can tell.
fn time_left(jobs: &[Job], all: &[Samples], round: usize, next: usize) -> String {
    let known: Vec<Duration> = all.iter().filter_map(|samples| samples.took).collect();
    let Some(count) = u32::try_from(known.len()).ok().filter(|&count| count > 4) else {
        return "time left not known yet".into();
    };
    let mean = known.iter().sum::<Duration>() / count;
    let left = jobs.iter().zip(all).enumerate().map(|(i, (job, samples))| {
        let done = if i < next { round + 1 } else { round };
        let turns = if samples.failed.is_some() { 0 } else { job.rounds.saturating_sub(done) };
        samples.took.unwrap_or(mean) * u32::try_from(turns).unwrap_or(u32::MAX)
    });
    let seconds = left.sum::<Duration>().as_secs();
    format!("{}:{:02} min left", seconds / 60, seconds % 60)
}

/// On a terminal each line takes the place of the one before; a log is told the important ones.
fn progress(line: &str, more: &str, important: bool) {
    let mut stderr = stderr().lock();
    let _ = match stderr.is_terminal() {
        true => write!(stderr, "\r\x1b[K{line}{more}"),
        false if important => writeln!(stderr, "{line}"),
        false => Ok(()),
    };
}

impl Samples {
    /// What a turn cost, or why there is no number.
    pub fn spread(&self) -> Cost {
        match &self.failed {
            Some(why) => Err(why.clone()),
            None => Spread::of(self.costs.iter().copied()).ok_or_else(|| "not measured".into()),
        }
    }
}
