//! The library, on real worker processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use libtest_mimic::{Arguments, Failed, Trial};
use pool::{AsyncResult, Error, Pool, TaskError};

// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

fn main() {
    pool::run_if_worker(square);
    pool::run_if_worker(work);
    pool::run_if_worker(shout);
    pool::run_if_worker(pair);
    pool::run_if_worker(big);
    pool::run_if_worker(initialized);
    let tests: &[(&str, fn())] = &[
        ("map_returns_in_the_order_of_the_arguments", map_returns_in_the_order_of_the_arguments),
        ("map_of_a_million", map_of_a_million),
        ("map_of_nothing_is_nothing", map_of_nothing_is_nothing),
        (
            "map_returns_the_first_error_after_all_tasks",
            map_returns_the_first_error_after_all_tasks,
        ),
        ("imap_keeps_the_order_and_the_errors", imap_keeps_the_order_and_the_errors),
        ("imap_unordered_returns_the_short_one_first", imap_unordered_returns_the_short_one_first),
        ("a_long_task_holds_nothing_up", a_long_task_holds_nothing_up),
        ("a_long_task_in_a_flood_holds_nothing_up", a_long_task_in_a_flood_holds_nothing_up),
        (
            "a_long_task_in_a_steady_flow_holds_nothing_up",
            a_long_task_in_a_steady_flow_holds_nothing_up,
        ),
        ("a_long_task_in_a_map_holds_nothing_up", a_long_task_in_a_map_holds_nothing_up),
        (
            "a_panic_is_an_error_and_the_worker_lives_on",
            a_panic_is_an_error_and_the_worker_lives_on,
        ),
        ("a_dead_worker_is_an_error_and_is_replaced", a_dead_worker_is_an_error_and_is_replaced),
        ("apply_async_never_waits_for_the_workers", apply_async_never_waits_for_the_workers),
        ("workers_are_kept_and_reused", workers_are_kept_and_reused),
        ("workers_retire_after_their_tasks", workers_retire_after_their_tasks),
        ("the_initializer_runs_once_in_each_worker", the_initializer_runs_once_in_each_worker),
        ("an_initializer_that_panics_is_an_error", an_initializer_that_panics_is_an_error),
        ("several_pools_with_different_tasks", several_pools_with_different_tasks),
        (
            "a_missing_entry_check_is_an_error_that_names_the_fix",
            a_missing_entry_check_is_an_error_that_names_the_fix,
        ),
        ("no_processes_is_an_error", no_processes_is_an_error),
        ("closures_and_pointers_are_errors", closures_and_pointers_are_errors),
        (
            "get_timeout_times_out_and_can_be_asked_again",
            get_timeout_times_out_and_can_be_asked_again,
        ),
        ("on_done_calls_back_before_and_after", on_done_calls_back_before_and_after),
        ("a_closed_pool_refuses_and_finishes", a_closed_pool_refuses_and_finishes),
        ("terminate_and_drop_return_errors_to_all", terminate_and_drop_return_errors_to_all),
        (
            "what_is_too_big_is_an_error_for_that_task_alone",
            what_is_too_big_is_an_error_for_that_task_alone,
        ),
        ("large_arguments_and_results", large_arguments_and_results),
        (
            "a_storm_of_kills_loses_no_more_than_it_kills",
            a_storm_of_kills_loses_no_more_than_it_kills,
        ),
    ];
    let trial = |&(name, run): &(&str, fn())| {
        Trial::test(name, move || {
            std::panic::catch_unwind(run).map_err(|_| Failed::without_message())
        })
    };
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(8); // more than there are cores: they mostly wait for processes
    libtest_mimic::run(&arguments, tests.iter().map(trial).collect()).exit();
}

// ── tasks ───────────────────────────────────────────────────────────────────────────────────────

fn square(n: u64) -> u64 {
    n * n
}

/// Does what `what` says, and returns the id of the process that did it.
fn work(what: String) -> u32 {
    let (verb, rest) = what.split_once(' ').unwrap_or((&what, ""));
    match verb {
        "pid" => {}
        "sleep" => thread::sleep(Duration::from_millis(rest.parse().unwrap())),
        "exit" => process::exit(rest.parse().unwrap()),
        "abort" => process::abort(),
        "panic" => std::panic::panic_any(rest.to_string()),
        // Waits until a file is there: another task's sign, not a clock.
        "await" => {
            while !fs::exists(rest).unwrap() {
                thread::yield_now()
            }
        }
        "touch" => drop(fs::File::create_new(rest).unwrap()),
        _ => panic!("no such work: {what}"),
    }
    process::id()
}

fn shout(text: String) -> String {
    text.to_uppercase()
}

fn pair((a, b): (u32, Option<String>)) -> (Option<String>, u32) {
    (b, a)
}

fn big(bytes: usize) -> Vec<u64> {
    vec![u64::MAX; bytes / 10] // 10 bytes each in postcard
}

static INITIALIZED: AtomicU32 = AtomicU32::new(0);

fn initialize() {
    INITIALIZED.fetch_add(1, Relaxed);
}

fn initialized(_: ()) -> (u32, u32) {
    (process::id(), INITIALIZED.load(Relaxed))
}

fn get<R: serde::de::DeserializeOwned>(mut result: AsyncResult<R>) -> Result<R, TaskError> {
    let got = result.get_timeout(NET);
    assert!(!matches!(got, Err(TaskError::TimedOut)), "no result");
    got
}

fn works(verbs: &[&str]) -> Vec<String> {
    verbs.iter().map(|verb| verb.to_string()).collect()
}

/// A name for a file that isn't there yet.
fn sign() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("pool-test-{}-{}", process::id(), COUNT.fetch_add(1, Relaxed));
    env::temp_dir().join(name).to_str().unwrap().to_string()
}

// ── tests ───────────────────────────────────────────────────────────────────────────────────────

fn map_returns_in_the_order_of_the_arguments() {
    let pool = Pool::new(3, square).unwrap();
    for count in [1, 2, 3, 4, 100, 5_000] {
        let expected: Vec<u64> = (0..count).map(square).collect();
        assert_eq!(pool.map(0..count).unwrap(), expected);
    }
    pool.join().unwrap();
}

fn map_of_a_million() {
    let pool = Pool::new(4, square).unwrap();
    let results = pool.map(0..1_000_000).unwrap();
    assert!(results.into_iter().eq((0..1_000_000).map(square)));
}

fn map_of_nothing_is_nothing() {
    let pool = Pool::new(1, square).unwrap();
    assert_eq!(pool.map([]).unwrap(), []);
    assert_eq!(pool.imap([]).count(), 0);
}

fn map_returns_the_first_error_after_all_tasks() {
    let pool = Pool::new(2, work).unwrap();
    let done = sign();
    let args = works(&["pid", "panic one", "panic two", &format!("touch {done}")]);
    match pool.map(args) {
        Err(TaskError::Panicked(message)) => assert_eq!(message, "one"),
        other => panic!("{other:?}"),
    }
    fs::remove_file(done).unwrap();
}

fn imap_keeps_the_order_and_the_errors() {
    let pool = Pool::new(2, work).unwrap();
    let results: Vec<_> = pool.imap(works(&["sleep 50", "panic no", "pid"])).collect();
    assert!(results[0].is_ok() && results[2].is_ok());
    assert!(matches!(&results[1], Err(TaskError::Panicked(why)) if why == "no"));
}

fn imap_unordered_returns_the_short_one_first() {
    let pool = Pool::new(2, work).unwrap();
    let go = sign();
    let mut results = pool.imap_unordered(works(&[&format!("await {go}"), "pid"]));
    let short = results.next().unwrap().unwrap();
    fs::write(&go, "").unwrap();
    assert_ne!(results.next().unwrap().unwrap(), short);
    assert!(results.next().is_none());
    fs::remove_file(go).unwrap();
}

fn a_long_task_holds_nothing_up() {
    let pool = Pool::new(2, work).unwrap();
    let go = sign();
    let long = pool.apply_async(format!("await {go}"));
    for _ in 0..100 {
        get(pool.apply_async("pid".into())).unwrap();
    }
    assert!(!long.ready());
    fs::write(&go, "").unwrap();
    get(long).unwrap();
    fs::remove_file(go).unwrap();
}

// The long task comes when the workers are used to short ones, and are given many at a time.
fn a_long_task_in_a_flood_holds_nothing_up() {
    let pool = Pool::new(2, work).unwrap();
    let go = sign();
    let before: Vec<_> = (0..5_000).map(|_| pool.apply_async("pid".into())).collect();
    let long = pool.apply_async(format!("await {go}"));
    let behind: Vec<_> = (0..5_000).map(|_| pool.apply_async("pid".into())).collect();
    for result in before.into_iter().chain(behind) {
        get(result).unwrap();
    }
    assert!(!long.ready());
    fs::write(&go, "").unwrap();
    get(long).unwrap();
    fs::remove_file(go).unwrap();
}

// Nobody is ever without work here, so nobody asks for those behind the long task on that ground.
fn a_long_task_in_a_steady_flow_holds_nothing_up() {
    let pool = Pool::new(2, work).unwrap();
    let go = sign();
    let flow = || (0..2_000).map(|_| pool.apply_async("pid".into())).collect::<Vec<_>>();
    let (mut queued, stop) = (flow(), AtomicU32::new(0));
    let long = pool.apply_async(format!("await {go}"));
    let behind = flow();
    thread::scope(|scope| {
        scope.spawn(|| {
            while stop.load(Relaxed) == 0 {
                let next = flow();
                std::mem::replace(&mut queued, next).into_iter().for_each(|result| result.wait());
            }
        });
        let got: Result<Vec<u32>, _> = behind.into_iter().map(get).collect();
        stop.store(1, Relaxed);
        assert!(got.is_ok() && !long.ready());
        fs::write(&go, "").unwrap();
    });
    get(long).unwrap();
    fs::remove_file(go).unwrap();
}

// The first task waits for what the last one does, so they can't be in one chunk of one worker.
fn a_long_task_in_a_map_holds_nothing_up() {
    let pool = Pool::new(2, work).unwrap();
    let go = sign();
    let mut args = vec!["pid".to_string(); 10_000];
    args[3_000] = format!("await {go}");
    args[9_999] = format!("touch {go}");
    assert_eq!(pool.map(args).unwrap().len(), 10_000);
    fs::remove_file(go).unwrap();
}

fn a_panic_is_an_error_and_the_worker_lives_on() {
    let pool = Pool::new(1, work).unwrap();
    let pids = pool.worker_pids();
    match pool.apply("panic the message".into()) {
        Err(TaskError::Panicked(message)) => assert_eq!(message, "the message"),
        other => panic!("{other:?}"),
    }
    assert_eq!(pool.apply("pid".into()).unwrap(), pids[0]);
}

fn a_dead_worker_is_an_error_and_is_replaced() {
    let pool = Pool::new(1, work).unwrap();
    for (verb, says) in
        [("exit 3", "3"), ("abort", if cfg!(unix) { "SIGABRT" } else { "0xc0000409" })]
    {
        let before = pool.worker_pids();
        match get(pool.apply_async(verb.into())) {
            Err(error @ TaskError::WorkerDied { pid, .. }) => {
                assert_eq!(pid, before[0]);
                assert!(error.to_string().contains(says), "{error}");
            }
            other => panic!("{other:?}"),
        }
        assert_ne!(get(pool.apply_async("pid".into())).unwrap(), before[0]);
    }
    pool.join().unwrap();
}

fn apply_async_never_waits_for_the_workers() {
    let pool = Pool::new(1, work).unwrap();
    let go = sign();
    let long = pool.apply_async(format!("await {go}"));
    // More than any pipe holds, while nobody reads.
    let padding = "x".repeat(10_000);
    let results: Vec<_> = (0..500).map(|_| pool.apply_async(format!("pid {padding}"))).collect();
    assert!(!long.ready());
    fs::write(&go, "").unwrap();
    for result in results {
        get(result).unwrap();
    }
    get(long).unwrap();
    fs::remove_file(go).unwrap();
}

fn workers_are_kept_and_reused() {
    let pool = Pool::new(2, work).unwrap();
    let pids: HashSet<u32> = pool.worker_pids().into_iter().collect();
    let used: HashSet<u32> = pool.map(works(&["pid"; 200])).unwrap().into_iter().collect();
    assert!(pids.len() == 2 && used.is_subset(&pids), "{pids:?} {used:?}");
}

fn workers_retire_after_their_tasks() {
    let pool = Pool::builder(work).processes(1).max_tasks_per_child(3).build().unwrap();
    let pids: Vec<u32> = pool.imap(works(&["pid"; 9])).map(Result::unwrap).collect();
    assert!(pids.chunks(3).all(|three| three.iter().all(|pid| *pid == three[0])), "{pids:?}");
    assert_eq!(pids.iter().collect::<HashSet<_>>().len(), 3, "{pids:?}");
    let pids = pool.map(works(&["pid"; 7])).unwrap();
    assert_eq!(pids.iter().collect::<HashSet<_>>().len(), 3, "{pids:?}");
    pool.join().unwrap();
}

fn the_initializer_runs_once_in_each_worker() {
    let pool = Pool::builder(initialized).processes(3).initializer(initialize).build().unwrap();
    let results = pool.map([(); 300]).unwrap();
    assert!(results.iter().all(|(_, times)| *times == 1));
    assert_eq!(INITIALIZED.load(Relaxed), 0, "not in the parent");
}

fn an_initializer_that_panics_is_an_error() {
    fn no() {
        panic!("an initializer that panics, on purpose");
    }
    let error = Pool::builder(square).processes(2).initializer(no).build().err().unwrap();
    let Error::Initializer(why) = error else { panic!("{error}") };
    assert_eq!(why, "an initializer that panics, on purpose");
}

fn several_pools_with_different_tasks() {
    let (squares, shouts) = (Pool::new(2, square).unwrap(), Pool::new(2, shout).unwrap());
    let pairs = Pool::new(1, pair).unwrap();
    assert_eq!(squares.apply(7).unwrap(), 49);
    assert_eq!(shouts.apply("grüße".into()).unwrap(), "GRÜSSE");
    assert_eq!(pairs.apply((1, Some("x".into()))).unwrap(), (Some("x".into()), 1));
    shouts.terminate();
    assert_eq!(squares.map([1, 2]).unwrap(), [1, 4]);
}

fn a_missing_entry_check_is_an_error_that_names_the_fix() {
    fn unchecked(_: ()) {}
    let error = Pool::new(2, unchecked).err().unwrap();
    assert!(matches!(error, Error::NoEntryCheck(_)), "{error}");
    assert!(error.to_string().contains("pool::run_if_worker("), "{error}");
}

fn no_processes_is_an_error() {
    assert!(matches!(Pool::new(0, square), Err(Error::NoProcesses)));
}

fn closures_and_pointers_are_errors() {
    let pointer: fn(u64) -> u64 = square;
    assert!(matches!(Pool::new(1, pointer), Err(Error::NotAPlainFn(_))));
    assert!(matches!(Pool::new(1, |n: u64| n), Err(Error::NotAPlainFn(_))));
    // A plain function, though the path to it has a closure, as in an `async fn main`.
    let in_closure = || {
        fn unchecked(_: ()) {}
        Pool::new(1, unchecked)
    };
    assert!(matches!(in_closure(), Err(Error::NoEntryCheck(_))));
}

fn get_timeout_times_out_and_can_be_asked_again() {
    let pool = Pool::new(1, work).unwrap();
    let go = sign();
    let mut result = pool.apply_async(format!("await {go}"));
    assert!(matches!(result.get_timeout(Duration::ZERO), Err(TaskError::TimedOut)));
    assert!(!result.wait_timeout(Duration::from_millis(1)) && !result.ready());
    fs::write(&go, "").unwrap();
    result.wait();
    assert!(result.ready() && result.wait_timeout(Duration::ZERO));
    assert!(result.get_timeout(Duration::MAX).is_ok());
    fs::remove_file(go).unwrap();
}

fn on_done_calls_back_before_and_after() {
    let pool = Pool::new(1, square).unwrap();
    let (sender, results) = mpsc::channel();
    let result = pool.apply_async(3);
    result.wait();
    let done = sender.clone();
    result.on_done(move |result| done.send(result.unwrap()).unwrap());
    pool.apply_async(4).on_done(|_| panic!("a callback that panics, on purpose"));
    pool.apply_async(5).on_done(move |result| sender.send(result.unwrap()).unwrap());
    assert_eq!(results.iter().collect::<Vec<_>>(), [9, 25]);

    let mut result = pool.apply_async(6);
    assert_eq!(result.get_timeout(NET).unwrap(), 36);
    let (sender, results) = mpsc::channel();
    result.on_done(move |result| sender.send(result).unwrap());
    assert!(matches!(results.recv().unwrap(), Err(TaskError::TimedOut)), "it was taken");
}

fn a_closed_pool_refuses_and_finishes() {
    let mut pool = Pool::new(2, work).unwrap();
    let result = pool.apply_async("sleep 20".into());
    pool.close();
    assert!(matches!(pool.apply("pid".into()), Err(TaskError::Closed)));
    assert!(matches!(pool.map(works(&["pid"])), Err(TaskError::Closed)));
    pool.join().unwrap();
    assert!(result.ready() && result.get().is_ok());
}

fn terminate_and_drop_return_errors_to_all() {
    for terminate in [true, false] {
        let pool = Pool::new(2, work).unwrap();
        let never = format!("await {}", sign());
        let results: Vec<_> = (0..10).map(|_| pool.apply_async(never.clone())).collect();
        let waiting = pool.apply_async(never);
        let waiting = thread::spawn(move || waiting.get());
        let start = Instant::now();
        if terminate {
            pool.terminate()
        } else {
            drop(pool)
        }
        assert!(start.elapsed() < NET);
        assert!(matches!(waiting.join().unwrap(), Err(TaskError::Terminated)));
        for result in results {
            assert!(matches!(result.get(), Err(TaskError::Terminated)));
        }
    }
}

fn what_is_too_big_is_an_error_for_that_task_alone() {
    let pool = Pool::new(1, shout).unwrap();
    let pids = pool.worker_pids();
    let too_big = "x".repeat(task_utils::frame::MAX + 1);
    let refused = pool.apply(too_big);
    assert!(matches!(refused, Err(TaskError::NotSent { what: "argument", .. })));
    assert_eq!(pool.apply("small".into()).unwrap(), "SMALL");
    assert_eq!(pool.worker_pids(), pids);

    let pool = Pool::new(1, big).unwrap();
    let refused = pool.apply(task_utils::frame::MAX + 100);
    assert!(matches!(refused, Err(TaskError::NotSent { what: "result", .. })), "{refused:?}");
    assert_eq!(pool.apply(100).unwrap().len(), 10);
}

fn large_arguments_and_results() {
    let pool = Pool::new(2, shout).unwrap();
    let texts: Vec<String> = (0..64).map(|n| "ab".repeat(n * 8_000)).collect();
    let expected: Vec<String> = texts.iter().map(|text| text.to_uppercase()).collect();
    assert_eq!(pool.map(texts.clone()).unwrap(), expected);
    let results: Result<Vec<_>, _> = pool.imap(texts).collect();
    assert_eq!(results.unwrap(), expected);
}

fn a_storm_of_kills_loses_no_more_than_it_kills() {
    let pool = Pool::new(4, square).unwrap();
    let kills = if cfg!(windows) { 20 } else { 50 }; // each is a program there
    let results: Vec<_> = thread::scope(|scope| {
        let killer = scope.spawn(|| {
            for i in 0..kills {
                let pids = pool.worker_pids();
                if let Some(pid) = pids.get(i % pids.len().max(1)) {
                    let _ = kill(*pid);
                }
            }
        });
        let mut results = Vec::new();
        while !killer.is_finished() {
            let next = results.len() as u64..results.len() as u64 + 5_000;
            let flood: Vec<_> = next.map(|n| (n, pool.apply_async(n))).collect();
            results.extend(flood.into_iter().map(|(n, result)| (n, get(result))));
        }
        results
    });
    let mut lost = 0;
    for (n, result) in results {
        match result {
            Ok(squared) => assert_eq!(squared, square(n)),
            Err(TaskError::WorkerDied { .. }) => lost += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(lost <= kills, "{lost} lost by {kills} kills");
    assert!(pool.map(0..10_000).is_ok());
    let start = Instant::now();
    while pool.worker_pids().len() < 4 {
        assert!(start.elapsed() < NET, "a worker is not replaced");
        thread::yield_now();
    }
    pool.join().unwrap();
}

fn kill(pid: u32) -> std::io::Result<process::ExitStatus> {
    let mut kill = process::Command::new(if cfg!(windows) { "taskkill" } else { "sh" });
    // Each shell has `kill`; not each system has a program of this name.
    kill.args(if cfg!(windows) { &["/F", "/PID"][..] } else { &["-c", "kill -9 \"$0\""] });
    kill.arg(pid.to_string());
    kill.stdout(process::Stdio::null()).stderr(process::Stdio::null()).status()
}
