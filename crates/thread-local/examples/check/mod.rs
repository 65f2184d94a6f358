//! Checks the exercise's answer.

use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;

/// What the learner writes: adds one to this thread's count.
pub type Count = fn();

/// What the learner writes: returns the counts of all threads that have ended.
pub type Total = fn() -> u64;

/// Prints what falls short, with a hint, or that all is well.
pub fn check(count: Count, total: Total) -> ExitCode {
    let found = one_after_the_other(count, total)
        .and_then(|()| in_a_pool(count, total))
        .and_then(|()| after_a_panic(count, total))
        .and_then(|()| all_at_once(count, total));
    match found {
        Ok(()) => {
            println!(
                "passed: the total included each thread's count once it had ended, and not before"
            );
            ExitCode::SUCCESS
        }
        Err((short, hint)) => {
            println!("falls short: {short}\nhint: {hint}");
            ExitCode::FAILURE
        }
    }
}

type Found = Result<(), (String, &'static str)>;

fn times(count: Count, n: u64) {
    (0..n).for_each(|_| count());
}

/// Returns how much the total grew while `run` ran.
fn growth(total: Total, run: impl FnOnce()) -> u64 {
    let before = total();
    run();
    total().wrapping_sub(before)
}

fn one_after_the_other(count: Count, total: Total) -> Found {
    let grown = growth(total, || {
        for n in [3, 4] {
            let _ = thread::spawn(move || times(count, n)).join();
        }
    });
    match grown {
        7 => Ok(()),
        other => Err((
            format!(
                "one thread counted 3, another 4, both have ended: the total is {other}, not 7"
            ),
            "a thread-local's value is dropped when its thread ends. A number does nothing when it is \
             dropped: which type does?",
        )),
    }
}

/// One thread for two tasks, as in a pool.
fn in_a_pool(count: Count, total: Total) -> Found {
    let (put, tasks) = channel();
    let (done, task_done) = channel();
    let before = total();
    let worker = thread::spawn(move || {
        for n in tasks {
            times(count, n);
            let _ = done.send(());
        }
    });
    for n in [2, 3] {
        let _ = put.send(n);
        let _ = task_done.recv(); // an error if `count` panicked: then the total isn't 5 in the end
    }
    let early = total().wrapping_sub(before);
    drop(put);
    let _ = worker.join();
    match (early, total().wrapping_sub(before)) {
        (0, 5) => Ok(()),
        (0, grown) => Err((
            format!(
                "a pool's thread counted 2, then 3, and has ended: the total is {grown}, not 5"
            ),
            "a thread that runs another task continues with the count that it has",
        )),
        (early, _) => Err((
            format!("a thread that is still running has counted 5, and the total includes {early}"),
            "the total is for threads that have ended: change nothing shared before that",
        )),
    }
}

fn after_a_panic(count: Count, total: Total) -> Found {
    let grown = growth(total, || {
        let panicking = thread::spawn(move || {
            times(count, 6);
            resume_unwind(Box::new("on purpose")); // a panic without its message on stderr
        });
        let _: Result<(), _> = panicking.join();
    });
    match grown {
        6 => Ok(()),
        other => Err((
            format!("a thread counted 6 and panicked: the total is {other}, not 6"),
            "a thread's value is dropped on every way out, also on a panic",
        )),
    }
}

fn all_at_once(count: Count, total: Total) -> Found {
    const THREADS: u64 = 32;
    let all_have_started = Barrier::new(THREADS as usize);
    let grown = growth(total, || {
        thread::scope(|scope| {
            let run = || {
                all_have_started.wait();
                times(count, 1_000);
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
            // The end of the scope waits for `run` only; `join` also waits until the values are dropped.
            threads.into_iter().for_each(|thread| drop(thread.join()));
        });
    });
    match grown == THREADS * 1_000 {
        true => Ok(()),
        false => Err((
            format!("{THREADS} threads counted 1000 each at once, and part of it is lost"),
            "to load the total and to store it are two steps, and another thread may store in between",
        )),
    }
}
