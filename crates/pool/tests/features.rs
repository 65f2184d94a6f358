//! What Python's users ask of a pool, in ordinary test functions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use pool::{AsyncResult, Error, Pool, TaskError};

pool::test_workers!(square, act, parse, greeting);

/// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

fn square(n: u64) -> u64 {
    n * n
}

/// Leaves a mark with its process id in a file and does what `what` says.
fn act((mark, what): (PathBuf, String)) -> u32 {
    if mark.file_name().is_some() {
        fs::write(&mark, process::id().to_string()).unwrap();
    }
    match &*what {
        "sleep" => loop {
            thread::park();
        },
        "" => {}
        file => {
            while !fs::exists(file).unwrap() {
                thread::yield_now();
            }
        }
    }
    process::id()
}

fn parse(text: String) -> Result<i32, String> {
    text.parse().map_err(|error| format!("{text:?}: {error}"))
}

thread_local! { static GREETING: RefCell<String> = const { RefCell::new(String::new()) } }

fn set_greeting((greeting, mark): (String, char)) {
    assert_ne!(greeting, "bad", "a bad greeting, on purpose");
    GREETING.set(format!("{greeting}{mark}"));
}

fn greeting(name: String) -> String {
    GREETING.with_borrow(|greeting| format!("{name}: {greeting}"))
}

fn nothing() -> (PathBuf, String) {
    (PathBuf::new(), String::new())
}

fn get<R: serde::de::DeserializeOwned>(mut result: AsyncResult<R>) -> Result<R, TaskError> {
    let got = result.get_timeout(NET);
    assert!(result.wait_timeout(Duration::ZERO), "no result");
    got
}

fn wait_for(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < NET);
        thread::yield_now();
    }
}

#[test]
fn a_task_over_the_time_limit_is_ended_and_no_other_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let limit = Duration::from_secs(1);
    let pool = Pool::builder(act).processes(2).task_timeout(limit).build().unwrap();
    let mark = folder.path().join("runaway");
    let runaway = pool.apply_async((mark.clone(), "sleep".into()));
    let others: Vec<_> = (0..100).map(|_| pool.apply_async(nothing())).collect();
    assert!(others.into_iter().map(get).all(|result| result.is_ok()));
    assert!(matches!(get(runaway), Err(TaskError::TimedOut)));
    let pid: u32 = fs::read_to_string(mark).unwrap().parse().unwrap();
    assert!(!pool.worker_pids().contains(&pid));
    // Also through `map`, and the pool goes on.
    let args = vec![nothing(), (PathBuf::new(), "sleep".into()), nothing()];
    assert!(matches!(pool.map(args), Err(TaskError::TimedOut)));
    assert!(pool.apply(nothing()).is_ok());
    pool.join().unwrap();
}

#[test]
fn tasks_within_the_time_limit_run_in_the_same_worker() {
    let pool = Pool::builder(act).processes(1).task_timeout(NET).build().unwrap();
    let pids = pool.map(vec![nothing(); 200]).unwrap();
    assert_eq!(pids, vec![pool.worker_pids()[0]; 200]);
    pool.join().unwrap(); // and the clock doesn't wait for the limit
}

#[test]
fn a_cancelled_task_that_waits_never_runs() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let pool = Pool::new(1, act).unwrap();
    let busy = pool.apply_async((PathBuf::new(), go.to_str().unwrap().into()));
    let marks: Vec<_> = (0..100).map(|n| folder.path().join(n.to_string())).collect();
    let waiting: Vec<_> =
        marks.iter().map(|mark| pool.apply_async((mark.clone(), String::new()))).collect();
    let kept = pool.apply_async(nothing());
    assert!(waiting.iter().all(AsyncResult::cancel));
    assert!(!waiting[0].cancel(), "it has a result now");
    for result in waiting {
        assert!(matches!(result.get(), Err(TaskError::Cancelled)));
    }
    fs::write(go, "").unwrap();
    assert!(get(busy).is_ok() && get(kept).is_ok());
    pool.join().unwrap();
    assert!(!marks.iter().any(|mark| mark.exists()));
}

#[test]
fn a_cancelled_task_that_runs_is_ended_and_no_other_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::new(2, act).unwrap();
    // So that workers are given many tasks at once.
    pool.map(vec![nothing(); 5_000]).unwrap();
    for n in 0..10 {
        let mark = folder.path().join(n.to_string());
        let before: Vec<_> = (0..200).map(|_| pool.apply_async(nothing())).collect();
        let runaway = pool.apply_async((mark.clone(), "sleep".into()));
        let behind: Vec<_> = (0..200).map(|_| pool.apply_async(nothing())).collect();
        wait_for(|| fs::read(&mark).is_ok_and(|pid| !pid.is_empty()));
        if n % 2 == 1 {
            // Then the worker has long returned what waited behind it.
            behind.iter().for_each(AsyncResult::wait);
        }
        assert!(runaway.cancel());
        assert!(matches!(get(runaway), Err(TaskError::Cancelled)));
        let pid = fs::read_to_string(&mark).unwrap().parse().unwrap();
        wait_for(|| !pool.worker_pids().contains(&pid));
        assert!(before.into_iter().chain(behind).map(get).all(|result| result.is_ok()));
    }
    pool.join().unwrap();
}

#[test]
fn tasks_are_cancelled_at_random_and_the_others_all_run() {
    let pool = Pool::new(2, square).unwrap();
    let results: Vec<_> = (0..20_000_u64).map(|n| (n, pool.apply_async(n))).collect();
    let cancelled: HashSet<u64> = results
        .iter()
        .filter(|(n, result)| n % 7 == 0 && result.cancel())
        .map(|(n, _)| *n)
        .collect();
    for (n, result) in results {
        match get(result) {
            Ok(squared) => assert_eq!(squared, square(n)),
            Err(TaskError::Cancelled) => assert!(cancelled.contains(&n)),
            Err(other) => panic!("{n}: {other}"),
        }
    }
    pool.join().unwrap();
}

/// Counts how many arguments were taken.
fn counted() -> (Arc<AtomicUsize>, impl Iterator<Item = u64>) {
    let count = Arc::new(AtomicUsize::new(0));
    let taken = Arc::clone(&count);
    (
        count,
        (0..).inspect(move |_| {
            taken.fetch_add(1, SeqCst);
        }),
    )
}

#[test]
fn imap_takes_arguments_as_results_are_taken() {
    let pool = Pool::new(2, square).unwrap();
    let (taken, args) = counted();
    let mut results = pool.imap(args);
    let ahead = taken.load(SeqCst);
    assert!((1..=1000).contains(&ahead), "{ahead}");
    for n in 0..10_000 {
        assert_eq!(results.next().unwrap().unwrap(), square(n));
        assert!(taken.load(SeqCst) <= n as usize + 1 + 1000);
    }
    drop(results);
    let (taken, args) = counted();
    assert_eq!(
        pool.imap_unordered(args).take(5_000).filter(|result| result.is_ok()).count(),
        5_000
    );
    assert!(taken.load(SeqCst) <= 6_000);
    pool.join().unwrap();
}

#[test]
fn imap_does_not_run_ahead_of_a_slow_first_task() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let pool = Pool::new(2, act).unwrap();
    let (taken, args) = counted();
    let first = (PathBuf::new(), go.to_str().unwrap().to_string());
    let mut results = pool.imap(args.map(move |n| if n == 0 { first.clone() } else { nothing() }));
    for _ in 0..50 {
        let next = results.next_timeout(Duration::from_millis(2)).unwrap();
        assert!(matches!(next, Err(TaskError::TimedOut)));
    }
    assert!(taken.load(SeqCst) <= 1000);
    fs::write(go, "").unwrap();
    assert!(results.next_timeout(NET).unwrap().is_ok());
    assert!(results.take(2_000).all(|result| result.is_ok()));
}

#[test]
fn imap_returns_results_while_arguments_come_slowly() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::new(2, act).unwrap();
    for ordered in [true, false] {
        let (taken, args) = counted();
        let mark = |n| folder.path().join(format!("{ordered} {n}"));
        // Each waits until the task before it runs.
        let args = args.map(|n| {
            wait_for(|| n == 0 || mark(n - 1).exists());
            (mark(n), String::new())
        });
        let mut results = if ordered { pool.imap(args) } else { pool.imap_unordered(args) };
        assert!(results.next().unwrap().is_ok());
        assert!(taken.load(SeqCst) < 500, "{taken:?}"); // and not 1000
        assert!(results.by_ref().take(5).all(|result| result.is_ok()));
        assert!(taken.load(SeqCst) < 500, "{taken:?}");
    }
}

#[test]
fn imap_takes_few_long_arguments_ahead() {
    let taken = AtomicUsize::new(0);
    let pool = Pool::new(2, parse).unwrap();
    let long = "x".repeat(1 << 20);
    let args = (0..50).map(|_| {
        taken.fetch_add(1, SeqCst);
        long.clone()
    });
    let results = pool.imap(args);
    assert!(taken.load(SeqCst) < 10, "{taken:?}");
    assert_eq!(results.count(), 50);
}

#[test]
fn a_begun_imap_goes_on_after_close_and_ends_with_join() {
    let mut pool = Pool::new(2, square).unwrap();
    let (taken, args) = counted();
    let mut results = pool.imap(args);
    pool.close();
    assert!(matches!(pool.apply(1), Err(TaskError::Closed)));
    let mut late = pool.imap([1]);
    assert!(matches!(late.next(), Some(Err(TaskError::Closed))) && late.next().is_none());
    for n in 0..3_000 {
        assert_eq!(results.next().unwrap().unwrap(), square(n));
    }
    pool.join().unwrap();
    let taken = taken.load(SeqCst) as u64;
    let rest: Vec<_> = results.by_ref().collect();
    // `join` refused one more, or none was taken since.
    let (last, before) = rest.split_last().unwrap();
    assert!(matches!(last, Err(TaskError::Closed)), "{last:?}");
    let squares: Vec<u64> = before.iter().map(|result| *result.as_ref().unwrap()).collect();
    assert_eq!(squares, (3_000..taken).map(square).collect::<Vec<_>>());
    assert!(results.next().is_none());
}

#[test]
fn a_dropped_or_finished_imap_lets_a_closed_pool_end() {
    let mut pool = Pool::new(1, square).unwrap();
    let (_, args) = counted();
    let (dropped, finished) = (pool.imap(args), pool.imap([2, 3]));
    pool.close();
    drop(dropped);
    assert_eq!(finished.map(Result::unwrap).collect::<Vec<_>>(), [4, 9]);
    wait_for(|| pool.worker_pids().is_empty());
}

#[test]
fn a_dropped_imap_drops_the_tasks_that_no_worker_has_begun() {
    let folder = tempfile::tempdir().unwrap();
    let (go, marks) = (folder.path().join("go"), folder.path().join("marks"));
    fs::create_dir(&marks).unwrap();
    let waits = go.to_str().unwrap().to_string();
    let pool = Pool::new(1, act).unwrap();
    let args = (0..).map({
        let marks = marks.clone();
        move |n| (marks.join(n.to_string()), if n == 0 { String::new() } else { waits.clone() })
    });
    let mut results = pool.imap(args);
    results.next().unwrap().unwrap();
    drop(results);
    fs::write(go, "").unwrap();
    pool.join().unwrap();
    let run = fs::read_dir(marks).unwrap().count();
    assert!(run < 100, "{run} tasks ran"); // 1,000 were taken ahead
}

#[test]
fn imap_after_terminate_returns_an_error_for_each_task() {
    let pool = Pool::new(1, act).unwrap();
    let mut results = pool.imap((0..3).map(|_| (PathBuf::new(), "sleep".to_string())));
    let more = pool.imap_unordered((0..).map(|_| nothing()));
    pool.terminate();
    for _ in 0..3 {
        assert!(matches!(results.next(), Some(Err(TaskError::Terminated))));
    }
    assert!(results.next().is_none());
    assert!((1000..=1001).contains(&more.count()));
}

#[test]
fn indexed_tells_which_argument_it_was() {
    let pool = Pool::new(3, square).unwrap();
    let args: Vec<u64> = (0..5_000).rev().collect();
    let mut indexes = HashSet::new();
    for (i, result) in pool.imap_unordered(args.iter().copied()).indexed() {
        assert_eq!(result.unwrap(), square(args[i]));
        assert!(indexes.insert(i));
    }
    assert_eq!(indexes.len(), 5_000);
}

#[test]
fn next_timeout_times_out_and_can_be_called_again() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let pool = Pool::new(1, act).unwrap();
    let mut results = pool.imap_unordered([(PathBuf::new(), go.to_str().unwrap().to_string())]);
    assert!(matches!(results.next_timeout(Duration::ZERO), Some(Err(TaskError::TimedOut))));
    fs::write(go, "").unwrap();
    assert!(results.next_timeout(NET).unwrap().is_ok());
    assert!(results.next_timeout(NET).is_none());
}

#[test]
fn an_initializer_gets_its_argument_in_each_worker() {
    let long = "Hello".repeat(100_000); // more than a pipe holds
    let builder = Pool::builder(greeting).processes(2).max_tasks_per_child(1);
    let pool = builder.initializer_with(set_greeting, &(long.clone(), '!')).build().unwrap();
    for name in ["Alice", "Bob", "Eve"] {
        assert_eq!(pool.apply(name.into()).unwrap(), format!("{name}: {long}!"));
    }
    let builder = Pool::builder(greeting).initializer_with(set_greeting, &("bad".into(), '!'));
    let Err(Error::Initializer(why)) = builder.build() else { panic!() };
    assert!(why.contains("a bad greeting"), "{why}");
}

#[test]
fn a_fallible_task_has_two_errors_and_both_become_one() {
    fn sum(
        pool: &Pool<String, Result<i32, String>>,
        texts: &[&str],
    ) -> Result<i32, Box<dyn std::error::Error>> {
        let results = pool.map(texts.iter().map(|text| text.to_string()))?;
        Ok(results.into_iter().sum::<Result<i32, _>>()?)
    }
    let pool = Pool::new(2, parse).unwrap();
    assert_eq!(sum(&pool, &["1", "2"]).unwrap(), 3);
    assert!(sum(&pool, &["1", "two"]).unwrap_err().to_string().contains("\"two\""));
    let error: Error = TaskError::Cancelled.into();
    assert!(matches!(&error, Error::Task(task) if matches!(**task, TaskError::Cancelled)));
    assert_eq!(error.to_string(), "the task was cancelled");
    let error: Error = TaskError::NoWorkers(Error::NoProcesses).into();
    assert!(matches!(error, Error::NoProcesses));
}

#[test]
fn all_public_types_have_debug() {
    let pool = Pool::new(1, square).unwrap();
    let shown = format!(
        "{:?} {:?} {:?} {:?}",
        Pool::builder(square),
        pool,
        pool.apply_async(1),
        pool.imap([1])
    );
    assert_eq!(shown, "Builder { .. } Pool { .. } AsyncResult { .. } Imap { .. }");
}

#[test]
fn a_test_file_without_the_macro_is_told_the_way_out() {
    fn unknown(_: ()) {}
    let error = Pool::new(2, unknown).err().unwrap();
    assert!(matches!(error, Error::NoEntryCheck(_)), "{error}");
    assert!(error.to_string().contains("pool::test_workers!("), "{error}");
}

/// However this file's tests are run: all but this one, by a program of their own.
#[test]
fn pools_work_under_each_way_to_run_tests() {
    if env::var_os("FEATURES_AGAIN").is_some() {
        return;
    }
    let ways: &[&[&str]] = &[
        &["indexed"],
        &["--exact", "indexed_tells_which_argument_it_was", "--nocapture"], // as nextest does
        &["--nocapture", "initializer"],
        &["--test-threads=1", "next_timeout"],
        &["task_utils_child"],
    ];
    for way in ways {
        let mut tests = Command::new(env::current_exe().unwrap());
        tests.args(*way).env("FEATURES_AGAIN", "").stdin(Stdio::null());
        let output = tests.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{way:?}: {output:?}");
    }
}
