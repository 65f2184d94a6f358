//! What the exercise is measured by: tasks of which the first takes until all others are done, and
//! one ends its worker.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use std::{fs, thread};

use pool::{Pool, TaskError};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// What the learner writes: returns the tasks' results.
pub type Results = fn(&Pool<Task, u64>, Vec<Task>) -> Vec<Result<u64, TaskError>>;

const TASKS: usize = 8;
const LONG: usize = 0;
const DEADLY: usize = 3;
/// How long the long task waits for the others; they take some milliseconds, if they may run.
const PATIENCE: Duration = Duration::from_secs(3);
/// Whether this is the process that checks, rather than a worker.
static IS_MAIN: AtomicBool = AtomicBool::new(false);

/// A number to be squared.
#[derive(Serialize, Deserialize)]
pub struct Task {
    place: usize,
    number: u64,
    /// Where each task leaves a note, so that others see it, also those in other processes.
    notes: PathBuf,
}

/// Runs a task: this is the pool's function.
pub fn run(task: Task) -> u64 {
    if task.place == LONG {
        let mut waited = Duration::ZERO;
        while done(&task.notes) < TASKS - 1 && waited < PATIENCE {
            thread::sleep(Duration::from_millis(10));
            waited += Duration::from_millis(10);
        }
        let _ = fs::write(task.notes.join("meanwhile"), done(&task.notes).to_string());
    }
    let _ = fs::write(task.notes.join(format!("done {}", task.place)), process::id().to_string());
    if task.place == DEADLY && !IS_MAIN.load(Relaxed) {
        process::exit(3);
    }
    task.number * task.number
}

/// How many tasks have left their note.
fn done(notes: &Path) -> usize {
    (0..TASKS).filter(|place| notes.join(format!("done {place}")).exists()).count()
}

/// Says on stdout what falls short, with a hint, or that all is well.
pub fn check(results: Results) -> ExitCode {
    IS_MAIN.store(true, Relaxed);
    match measure(results) {
        Ok(Ok(())) => {
            println!(
                "passed: the others ran beside the long task; 7 results in order, 1 worker that died"
            );
            ExitCode::SUCCESS
        }
        Ok(Err((short, hint))) => {
            println!("falls short: {short}\nhint: {hint}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("can't check: {error}");
            ExitCode::FAILURE
        }
    }
}

type Found = Result<(), (String, &'static str)>;

fn measure(results: Results) -> Result<Found, Box<dyn Error>> {
    let notes = TempDir::new()?;
    let first = rand::rng().random_range(100..1_000_000);
    let task = |place| Task { place, number: first + place as u64, notes: notes.path().into() };
    let pool = Pool::new(4, run)?;
    let results = results(&pool, (0..TASKS).map(task).collect());
    let expected = (first..).map(|number| number * number);
    Ok(at_once(notes.path()).and_then(|()| each_its_own(&results, expected)))
}

fn at_once(notes: &Path) -> Found {
    let meanwhile = fs::read_to_string(notes.join("meanwhile")).unwrap_or_default();
    let others = TASKS - 1;
    if meanwhile != others.to_string() {
        return Err((
            match &*meanwhile {
                "" => "the first task was never run".into(),
                done => {
                    format!("while the first task ran, {done} of the {others} others were done")
                }
            },
            "`apply` submits one task and waits for its result; which method only submits it?",
        ));
    }
    let by_itself = |place| {
        let pid = fs::read_to_string(notes.join(format!("done {place}")));
        pid.is_ok_and(|pid| pid == process::id().to_string())
    };
    match (0..TASKS).filter(|place| by_itself(*place)).count() {
        0 => Ok(()),
        n => Err((
            format!("{n} of {TASKS} tasks ran in the main process"),
            "submit them to the pool: one of them ends the process in which it runs",
        )),
    }
}

fn each_its_own(
    results: &[Result<u64, TaskError>],
    expected: impl Iterator<Item = u64> + Clone,
) -> Found {
    const EACH: &str = "each task has a result of its own, whatever became of the others";
    let is_of = |place, expected, result: &_| match result {
        Err(TaskError::WorkerDied { .. }) => place == DEADLY,
        Err(_) => false,
        Ok(number) => place != DEADLY && *number == expected,
    };
    if results.len() != TASKS {
        return Err((format!("{TASKS} tasks, but {} results", results.len()), EACH));
    }
    for (place, expected) in (0..TASKS).zip(expected.clone()) {
        if !results.iter().any(|result| is_of(place, expected, result)) {
            return Err((format!("the result of task {place} is lost"), EACH));
        }
    }
    match (0..).zip(expected).zip(results).all(|((at, number), result)| is_of(at, number, result)) {
        true => Ok(()),
        false => Err((
            "the results aren't in the order of the tasks".into(),
            "they come as they get ready; which of the pool's calls puts them in order?",
        )),
    }
}
