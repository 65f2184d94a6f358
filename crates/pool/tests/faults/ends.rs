//! How a worker may end in the middle of a task, and how a pool may.

use std::sync::{Arc, Barrier};
use std::{panic, thread};

use pool::{Pool, TaskError};

use crate::acts::{Act, act};
use crate::{NET, Test, get};

pub const TESTS: &[Test] = &[
    ("what_ends_a_worker_is_named_and_the_next_task_runs", what_ends_a_worker_is_named),
    ("every_get_returns_however_the_pool_ends", every_get_returns_however_the_pool_ends),
    (
        "a_pool_dropped_by_a_panic_returns_errors_to_all",
        a_pool_dropped_by_a_panic_returns_errors_to_all,
    ),
    ("a_callback_may_drop_the_pool", a_callback_may_drop_the_pool),
    ("a_callback_may_wait_for_the_same_pool", a_callback_may_wait_for_the_same_pool),
    #[cfg(target_os = "linux")] // where a program can be given the worker's pipes without `unsafe`
    ("the_end_of_a_worker_is_seen_though_others_hold_its_pipes", others_hold_its_pipes),
    #[cfg(unix)] // Windows has no fork
    ("the_copy_of_a_worker_that_a_task_forks_runs_no_task", the_copy_of_a_worker_runs_no_task),
    #[cfg(unix)] // Windows has no signals
    ("a_host_may_leave_sigpipe_to_its_default", a_host_may_leave_sigpipe_to_its_default),
];

fn what_ends_a_worker_is_named() {
    let pool = Pool::new(1, act).unwrap();
    let code = if cfg!(unix) { "exit status" } else { "exit code" };
    let aborted = if cfg!(unix) { "SIGABRT" } else { "0xc0000409" };
    let mut ends = vec![
        (Act::Exit(3), format!("{code}: 3")),
        (Act::Exit(0), format!("{code}: 0")),
        (Act::Abort, aborted.into()),
        (Act::RunOutOfMemory, aborted.into()),
    ];
    if cfg!(unix) {
        ends.push((Act::OverflowTheStack, aborted.into()));
    } else {
        // Exit codes have 32 bits there, and the greater half of them is said as Windows lists them.
        ends.push((Act::Exit(0xc000_0005_u32 as i32), "0xc0000005".into()));
        // Under Wine a stack's overflow is the end of the thread alone.
        if !crate::wine() {
            ends.push((Act::OverflowTheStack, "0xc00000fd".into()));
        }
    }
    for (end, name) in ends {
        let before = pool.worker_pids();
        let error = get(pool.apply_async(end)).unwrap_err();
        let TaskError::WorkerDied { pid, status: Some(status) } = error else {
            panic!("{error:?}")
        };
        assert_eq!([pid], *before);
        let message = error.to_string();
        assert!(message.contains(&name), "{message}");
        assert!(
            message.contains(&status.to_string()) && message.contains(&pid.to_string()),
            "{message}"
        );
        assert_eq!(get(pool.apply_async(Act::Echo(7))).unwrap(), 7);
    }
    pool.join().unwrap();
}

type Waiting = thread::JoinHandle<Result<u64, TaskError>>;

/// A pool whose workers are busy for ever, and threads that wait for its results.
fn busy() -> (Pool<Act, u64>, Vec<Waiting>) {
    let pool = Pool::new(2, act).unwrap();
    let barrier = Arc::new(Barrier::new(11));
    let waiting = (0..10).map(|_| {
        let (result, barrier) = (pool.apply_async(Act::SleepForEver), Arc::clone(&barrier));
        thread::spawn(move || {
            barrier.wait();
            get(result)
        })
    });
    let waiting = waiting.collect();
    barrier.wait();
    (pool, waiting)
}

fn all_are_terminated(waiting: Vec<Waiting>) {
    for thread in waiting {
        assert!(matches!(thread.join().unwrap(), Err(TaskError::Terminated)));
    }
}

fn every_get_returns_however_the_pool_ends() {
    let ends: [fn(Pool<Act, u64>); 4] = [
        Pool::terminate,
        drop,
        |mut pool| {
            pool.close();
            pool.terminate();
        },
        |mut pool| {
            pool.close();
            pool.close();
            drop(pool);
        },
    ];
    for end in ends {
        let (pool, waiting) = busy();
        end(pool);
        all_are_terminated(waiting);
    }
    // One that is joined has all results first.
    let pool = Pool::new(2, act).unwrap();
    let results: Vec<_> = (0..100).map(|n| pool.apply_async(Act::Echo(n))).collect();
    pool.join().unwrap();
    assert!((0..).zip(results).all(|(n, result)| result.ready() && result.get().unwrap() == n));
}

fn a_pool_dropped_by_a_panic_returns_errors_to_all() {
    let (pool, waiting) = busy();
    let panicking = thread::spawn(move || {
        let _pool = pool;
        panic::resume_unwind(Box::new("on purpose"));
    });
    assert!(panicking.join().is_err());
    all_are_terminated(waiting);
}

fn a_callback_may_drop_the_pool() {
    let pool = Arc::new(Pool::new(2, act).unwrap());
    let (sender, dropped) = std::sync::mpsc::channel();
    let result = pool.apply_async(Act::Echo(1));
    result.on_done(move |_| {
        drop(pool);
        sender.send(()).unwrap();
    });
    dropped.recv_timeout(NET).unwrap();
}

#[cfg(unix)]
fn a_host_may_leave_sigpipe_to_its_default() {
    let output = crate::hosts::output("sigpipe", &[]);
    assert!(output.status.success(), "{output:?}");
}

fn a_callback_may_wait_for_the_same_pool() {
    let pool = Arc::new(Pool::new(1, act).unwrap());
    let (sender, results) = std::sync::mpsc::channel();
    let same = Arc::clone(&pool);
    // So many that the callback is there before its result.
    (0..2_000).for_each(|n| drop(pool.apply_async(Act::Echo(n))));
    pool.apply_async(Act::Echo(1)).on_done(move |first| {
        let second = get(same.apply_async(Act::Echo(2)));
        sender.send((first.unwrap(), second.unwrap(), same.map([Act::Echo(3)]).unwrap())).unwrap();
    });
    assert_eq!(results.recv_timeout(NET).unwrap(), (1, 2, vec![3]));
}

#[cfg(target_os = "linux")]
fn others_hold_its_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let kill_holders = || {
        let list = std::fs::read_to_string(&pids).unwrap();
        let holders: Vec<u32> = list.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
        assert!(holders.len() >= 3, "{holders:?}");
        for pid in holders {
            assert!(crate::kill(pid), "{pid}");
        }
    };
    let pool = Pool::new(1, act).unwrap();
    // Its process ends, with more tasks on their way to it than the pipe holds.
    let died = pool.apply_async(Act::LeaveHolders { pids: pids.clone(), exit: true });
    let long = pool.apply_async(Act::Count(vec![7; 1 << 20]));
    assert!(matches!(get(died), Err(TaskError::WorkerDied { .. })));
    assert_eq!(get(long).unwrap(), 1 << 20);
    kill_holders();
    // Its process lives on, and is killed while the pool writes to it or reads.
    get(pool.apply_async(Act::LeaveHolders { pids: pids.clone(), exit: false })).unwrap();
    let long = pool.apply_async(Act::Count(vec![7; 1 << 22]));
    pool.worker_pids().into_iter().for_each(|pid| {
        crate::kill(pid);
    });
    assert!(matches!(get(long), Ok(_) | Err(TaskError::WorkerDied { .. })));
    kill_holders();
    // It ends with `join`.
    get(pool.apply_async(Act::LeaveHolders { pids: pids.clone(), exit: false })).unwrap();
    pool.join().unwrap();
    kill_holders();
}

#[cfg(unix)]
fn the_copy_of_a_worker_runs_no_task() {
    let pool = Pool::new(1, act).unwrap();
    let pids = pool.worker_pids();
    for n in 1..=20 {
        let copy = get(pool.apply_async(Act::Fork)).unwrap();
        assert!(copy > 0, "the copy returned its result");
        assert_eq!(get(pool.apply_async(Act::Echo(n))).unwrap(), n);
    }
    assert_eq!(pool.worker_pids(), pids);
    pool.join().unwrap();
}
