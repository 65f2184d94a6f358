//! Workers are killed at random while tasks run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use pool::{Pool, TaskError};
use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::acts::{Act, act};
use crate::{Test, get, kill};

pub const TESTS: &[Test] = &[(
    "a_storm_of_kills_loses_no_more_than_it_kills",
    a_storm_of_kills_loses_no_more_than_it_kills,
)];
pub const HEAVY: &[Test] = &[
    ("twenty_storms_in_a_row", twenty_storms_in_a_row),
    (
        "workers_killed_before_their_first_task_do_not_end_a_pool_that_has_another",
        killed_before_their_first_task,
    ),
];

const TASKS: u64 = 2_000;
const KILLS: usize = if cfg!(windows) { 50 } else { 200 }; // each is a program there

fn twenty_storms_in_a_row() {
    (0..20).for_each(|_| a_storm_of_kills_loses_no_more_than_it_kills());
}

fn a_storm_of_kills_loses_no_more_than_it_kills() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::new(4, act).unwrap();
    let results = thread::scope(|scope| {
        scope.spawn(|| kill_at_random(&pool));
        let task = |number| {
            let folder: PathBuf = folder.path().into();
            pool.apply_async(Act::Mark { folder, number, micros: 1_000 })
        };
        let results: Vec<_> = (0..TASKS).map(task).collect();
        results.into_iter().map(get).collect::<Vec<_>>()
    });

    let mut lost = BTreeMap::new();
    for (number, result) in (0..).zip(&results) {
        match result {
            Ok(result) => assert_eq!(*result, number),
            Err(TaskError::WorkerDied { pid, status: Some(status) }) => {
                let killed = if cfg!(unix) { "SIGKILL" } else { "exit code: " };
                assert!(status.to_string().contains(killed), "{status}");
                let before = lost.insert(*pid, number);
                // Windows gives a process's id to another one soon.
                assert!(before.is_none() || cfg!(windows), "one worker lost two tasks");
            }
            // A task that runs a second time finds its mark and panics.
            Err(other) => panic!("task {number}: {other}"),
        }
    }
    assert!(lost.len() <= KILLS, "{} lost", lost.len());
    let marks = folder.path().read_dir().unwrap().count();
    assert!(marks >= results.iter().filter(|result| result.is_ok()).count());

    // A worker that was killed last may be given one more task before that is known.
    let after = (0..100).map(|number| get(pool.apply_async(Act::Echo(number))));
    let failed = after.filter(|result| result.is_err()).count();
    assert!(lost.len() + failed <= KILLS && failed <= 4, "{failed} of 100 failed afterwards");
    pool.join().unwrap();
}

fn kill_at_random(pool: &Pool<Act, u64>) {
    let mut random = rand::rng();
    for _ in 0..KILLS {
        // Not to wait for anything: only to be at a random moment.
        thread::sleep(random.random_range(Duration::ZERO..Duration::from_millis(10)));
        if let Some(pid) = pool.worker_pids().choose(&mut random) {
            kill(*pid);
        }
    }
}

/// More than may fail to start in a row, if none were left.
fn killed_before_their_first_task() {
    let pool = Pool::new(2, act).unwrap();
    let busy = pool.apply_async(Act::SleepForEver);
    let other = get(pool.apply_async(Act::Nested(0))).unwrap() as u32;
    let busy_pid = pool.worker_pids().into_iter().find(|pid| *pid != other).unwrap();
    let mut killed = std::collections::BTreeSet::from([busy_pid]);
    while killed.len() < 30 {
        assert!(!busy.ready(), "the pool has ended");
        let fresh = pool.worker_pids().into_iter().find(|pid| killed.insert(*pid));
        match fresh {
            Some(pid) => drop(kill(pid)),
            None => thread::yield_now(),
        }
    }
    assert_eq!(get(pool.apply_async(Act::Echo(1))).unwrap(), 1);
    pool.terminate();
}
