//! What travels: too big, not to be serialised, garbage; and what a task does to what is around it.

use pool::{Pool, TaskError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::acts::{Act, act};
use crate::{Test, get, kill};

pub const TESTS: &[Test] = &[
    (
        "what_cannot_be_sent_is_an_error_for_that_task_alone",
        what_cannot_be_sent_is_an_error_for_that_task_alone,
    ),
    ("what_is_over_the_bound_is_an_error_for_that_task_alone", what_is_over_the_bound),
    #[cfg(target_os = "linux")] // where a task can open its worker's pipes anew
    ("garbage_in_the_pipes_is_an_error_and_no_hang", garbage_in_the_pipes_is_an_error_and_no_hang),
    ("a_task_finds_its_stdin_at_the_end", a_task_finds_its_stdin_at_the_end),
    ("a_task_may_print_and_close_its_stdout", a_task_may_print_and_close_its_stdout),
    ("a_task_may_leave_a_daemon_behind", a_task_may_leave_a_daemon_behind),
];

/// Can't be serialised if it is `true`.
#[derive(Debug, PartialEq)]
pub struct Touchy(bool);

impl Serialize for Touchy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            true => Err(serde::ser::Error::custom("not today")),
            false => serializer.serialize_unit(),
        }
    }
}

impl<'de> Deserialize<'de> for Touchy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Touchy(false))
    }
}

pub fn touchy((result, _): (bool, Touchy)) -> Touchy {
    Touchy(result)
}

pub fn big(bytes: u32) -> String {
    "7".repeat(bytes as usize)
}

fn what_cannot_be_sent_is_an_error_for_that_task_alone() {
    let pool = Pool::new(1, touchy).unwrap();
    let pids = pool.worker_pids();
    let results = [(false, true), (false, false), (true, false), (false, false)]
        .map(|(result, argument)| get(pool.apply_async((result, Touchy(argument)))));
    assert!(matches!(results[0], Err(TaskError::NotSent { what: "argument", .. })));
    assert!(matches!(results[2], Err(TaskError::NotSent { what: "result", .. })));
    assert!(matches!((&results[1], &results[3]), (Ok(_), Ok(_))), "{results:?}");
    assert!(matches!(
        pool.map([(false, Touchy(false)), (true, Touchy(false))]),
        Err(TaskError::NotSent { what: "result", .. })
    ));
    assert_eq!(pool.worker_pids(), pids, "the same worker all the time");
}

fn what_is_over_the_bound() {
    let pool = Pool::new(1, big).unwrap();
    let pids = pool.worker_pids();
    let bound = task_utils::frame::MAX as u32;
    let over = get(pool.apply_async(bound + 1));
    assert!(matches!(over, Err(TaskError::NotSent { what: "result", .. })), "{over:?}");
    let just = bound - 5; // a length stands before the bytes
    assert_eq!(get(pool.apply_async(just)).unwrap().len(), just as usize);
    assert_eq!(pool.worker_pids(), pids, "the same worker all the time");
}

#[cfg(target_os = "linux")]
fn garbage_in_the_pipes_is_an_error_and_no_hang() {
    let mut random = rand::rng();
    let mut noise = || rand::RngExt::random_iter::<u8>(&mut random).take(1_000).collect::<Vec<_>>();
    let pool = Pool::new(2, act).unwrap();
    let mut bad: Vec<Vec<u8>> = vec![
        vec![0],
        vec![0; 7],
        vec![0; 8],
        vec![255; 20],
        b"hello\n".to_vec(),
        vec![0, 0, 0, 3],                         // half a header
        vec![1, 0, 0, 0, 254, 255, 255, 255, 99], // a whole message of no kind
    ];
    bad.extend((0..20).map(|_| noise()));
    for bytes in bad {
        let _ = get(pool.apply_async(Act::WriteEverywhere(bytes))); // whatever, but a result
        // Those that follow go to workers who may just be ending for it.
        let after = (0..20).map(|n| pool.apply_async(Act::Echo(n)));
        let lost = after.collect::<Vec<_>>().into_iter().map(get).filter(Result::is_err).count();
        assert!(lost <= 2, "{lost} lost");
    }
    while get(pool.apply_async(Act::Echo(1))).is_err() {} // the last worker of that kind
    pool.join().unwrap();
}

fn a_task_finds_its_stdin_at_the_end() {
    let pool = Pool::new(1, act).unwrap();
    assert_eq!(get(pool.apply_async(Act::ReadStdin)).unwrap(), 0);
}

fn a_task_may_print_and_close_its_stdout() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = crate::hosts::output("printing", &[file.path().to_str().unwrap()]);
    assert!(output.status.success() && output.stdout.len() == 10_000_000, "{}", output.status);
    let written = std::fs::read_to_string(file).unwrap();
    let line = if cfg!(unix) { "a line that now goes to the file\n" } else { "" };
    assert_eq!(written, line); // on Windows a task can't close what it hasn't opened
}

fn a_task_may_leave_a_daemon_behind() {
    let pool = Pool::new(2, act).unwrap();
    let daemons = [0, 1].map(|_| get(pool.apply_async(Act::StartDaemon)).unwrap());
    assert_eq!(get(pool.apply_async(Act::Echo(1))).unwrap(), 1);
    pool.join().unwrap();
    for daemon in daemons {
        assert!(kill(daemon as u32), "it has outlived its worker");
    }
}
