//! Workers are killed at random while tasks run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pool::{Pool, TaskError};
use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::acts::{Act, act};
use crate::{Test, get};

pub const TESTS: &[Test] = &[(
    "a_storm_of_kills_loses_no_more_than_it_kills",
    a_storm_of_kills_loses_no_more_than_it_kills,
)];
pub const HEAVY: &[Test] = &[("twenty_storms_in_a_row", twenty_storms_in_a_row)];

const TASKS: u64 = 2_000;
const KILLS: usize = 200;

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
            Ok(answer) => assert_eq!(*answer, number),
            Err(TaskError::WorkerDied { pid, status }) => {
                assert!(status.to_string().contains("SIGKILL"), "{status}");
                assert_eq!(lost.insert(*pid, number), None, "one worker lost two tasks");
            }
            // A task that runs a second time finds its mark and panics.
            Err(other) => panic!("task {number}: {other}"),
        }
    }
    assert!(lost.len() <= KILLS, "{} lost", lost.len());
    let marks = folder.path().read_dir().unwrap().count();
    assert!(marks >= results.iter().filter(|result| result.is_ok()).count());

    // A worker that was killed last may still be on the list; once it is replaced, all live.
    while pool.worker_pids().len() < 4 || !pool.worker_pids().into_iter().all(lives) {
        thread::yield_now();
    }
    for number in 0..100 {
        assert_eq!(get(pool.apply_async(Act::Echo(number))).unwrap(), number);
    }
    pool.join().unwrap();
}

fn kill_at_random(pool: &Pool<Act, u64>) {
    let mut random = rand::rng();
    for _ in 0..KILLS {
        // Not to wait for anything: only to be at a random moment.
        thread::sleep(random.random_range(Duration::ZERO..Duration::from_millis(10)));
        if let Some(pid) = pool.worker_pids().choose(&mut random) {
            let _ = kill(Pid::from_raw(*pid as i32), Signal::SIGKILL);
        }
    }
}

fn lives(pid: u32) -> bool {
    kill(Pid::from_raw(pid as i32), None).is_ok()
}
