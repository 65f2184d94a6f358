//! How a worker may end in the middle of a task, and how a pool may.

use std::sync::{Arc, Barrier};
use std::{panic, thread};

use pool::{Pool, TaskError};

use crate::acts::{Act, act};
use crate::{NET, Test, get};

pub const TESTS: &[Test] = &[
    ("what_ends_a_worker_is_named_and_the_next_task_runs", what_ends_a_worker_is_named),
    ("every_get_answers_however_the_pool_ends", every_get_answers_however_the_pool_ends),
    ("a_pool_dropped_by_a_panic_answers_everyone", a_pool_dropped_by_a_panic_answers_everyone),
    ("a_callback_may_drop_the_pool", a_callback_may_drop_the_pool),
    #[cfg(target_os = "linux")] // where `env` can set the signal
    ("a_host_may_ignore_sigchld", a_host_may_ignore_sigchld),
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
        let TaskError::WorkerDied { pid, status } = error else { panic!("{error:?}") };
        assert_eq!([pid], *before);
        let told = error.to_string();
        assert!(told.contains(&name), "{told}");
        assert!(told.contains(&status.to_string()) && told.contains(&pid.to_string()), "{told}");
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

fn every_get_answers_however_the_pool_ends() {
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
    // One that is joined answers all first.
    let pool = Pool::new(2, act).unwrap();
    let results: Vec<_> = (0..100).map(|n| pool.apply_async(Act::Echo(n))).collect();
    pool.join().unwrap();
    assert!((0..).zip(results).all(|(n, result)| result.ready() && result.get().unwrap() == n));
}

fn a_pool_dropped_by_a_panic_answers_everyone() {
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

// Ignored signals are inherited, so a program may find SIGCHLD ignored through no doing of its own;
// then the system reaps its children, and nobody learns how they ended. (A shell's `trap '' CHLD` does
// nothing for SIGCHLD; GNU's `env` does.)
#[cfg(target_os = "linux")]
fn a_host_may_ignore_sigchld() {
    let host = crate::hosts::command("killed", &[]);
    let mut env = std::process::Command::new("env");
    env.arg("--ignore-signal=CHLD").arg(host.get_program()).args(host.get_args());
    let output = env.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[cfg(unix)]
fn a_host_may_leave_sigpipe_to_its_default() {
    let output = crate::hosts::output("sigpipe", &[]);
    assert!(output.status.success(), "{output:?}");
}
