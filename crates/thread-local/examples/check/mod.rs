//! What the exercise is measured by.

use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;

/// What the learner writes: counts one in this thread.
pub type Count = fn();

/// What the learner writes: what all threads counted that have ended.
pub type Total = fn() -> u64;

/// Says on stdout what falls short, with a hint, or that all is well.
pub fn check(count: Count, total: Total) -> ExitCode {
    let found = one_after_the_other(count, total)
        .and_then(|()| in_a_pool(count, total))
        .and_then(|()| after_a_panic(count, total))
        .and_then(|()| all_at_once(count, total));
    match found {
        Ok(()) => {
            println!("passed: each thread's count was in the total once it had ended, not before");
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

/// How much the total grew while `run` ran.
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
            "a thread-local's value is dropped when its thread ends. A number does nothing then: \
             what can?",
        )),
    }
}

/// One thread for two jobs, as in a pool.
fn in_a_pool(count: Count, total: Total) -> Found {
    let (put, jobs) = channel();
    let (done, job_done) = channel();
    let before = total();
    let worker = thread::spawn(move || {
        for n in jobs {
            times(count, n);
            let _ = done.send(());
        }
    });
    for n in [2, 3] {
        let _ = put.send(n);
        let _ = job_done.recv(); // an error if `count` panicked: then the total isn't 5 in the end
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
            "a thread that is used again goes on counting where it was",
        )),
        (early, _) => Err((
            format!("a thread that still runs has counted 5, and the total has {early} of it"),
            "the total is for those that have ended: nothing that all threads share is touched before",
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
            "a thread's value is dropped on every way out, also on this one",
        )),
    }
}

fn all_at_once(count: Count, total: Total) -> Found {
    const THREADS: u64 = 32;
    let all_are_here = Barrier::new(THREADS as usize);
    let grown = growth(total, || {
        thread::scope(|scope| {
            let run = || {
                all_are_here.wait();
                times(count, 1_000);
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
            // The end of the scope waits for `run` only, `join` for what is dropped after it, too.
            threads.into_iter().for_each(|thread| drop(thread.join()));
        });
    });
    match grown == THREADS * 1_000 {
        true => Ok(()),
        false => Err((
            format!("{THREADS} threads counted 1000 each at once, and some of it is lost"),
            "reading the total and writing it are two steps, and another thread may come between",
        )),
    }
}
