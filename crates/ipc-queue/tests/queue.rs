//! The library, on real processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use std::{env, fs, process, thread};

use ipc_queue::{Error, Process, Queue, Target, run_if_child};
use libtest_mimic::{Arguments, Failed, Trial};

// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

fn main() {
    run_if_child(&[&COUNT, &SUM, &ECHO, &HOLD, &FLOOD, &LATE, &PANIC, &LEAVE]);
    run_if_child(&[&CLOSE_AND_EXIT, &FORGET]);
    run_if_child(&[&BYTES]);
    let tests: &[(&str, fn())] = &[
        ("a_childs_values_arrive_in_their_order", a_childs_values_arrive_in_their_order),
        ("what_was_put_before_close_survives_exit", what_was_put_before_close_survives_exit),
        ("what_was_put_into_a_leaked_queue_arrives", what_was_put_into_a_leaked_queue_arrives),
        ("each_value_goes_to_exactly_one_reader", each_value_goes_to_exactly_one_reader),
        ("readers_end_when_the_last_writer_is_gone", readers_end_when_the_last_writer_is_gone),
        ("a_writer_started_after_the_end_is_read", a_writer_started_after_the_end_is_read),
        ("values_of_any_size_come_back_whole", values_of_any_size_come_back_whole),
        ("what_is_too_big_is_an_error", what_is_too_big_is_an_error),
        ("get_timeout_in_both_places", get_timeout_in_both_places),
        ("a_closed_queue_takes_no_more", a_closed_queue_takes_no_more),
        ("try_put_into_a_full_queue_returns_full", try_put_into_a_full_queue_returns_full),
        (
            "a_reader_that_is_busy_gives_back_what_it_has_not_taken",
            a_reader_that_is_busy_gives_back_what_it_has_not_taken,
        ),
        ("a_killed_reader_loses_only_what_it_held", a_killed_reader_loses_only_what_it_held),
        ("a_killed_writer_leaves_whole_values", a_killed_writer_leaves_whole_values),
        (
            "queue_join_waits_for_those_who_handle_values",
            queue_join_waits_for_those_who_handle_values,
        ),
        (
            "queue_join_without_any_reader_left_is_an_error",
            queue_join_without_any_reader_left_is_an_error,
        ),
        (
            "a_missing_guard_is_an_error_that_names_the_fix",
            a_missing_guard_is_an_error_that_names_the_fix,
        ),
        (
            "a_process_can_be_asked_and_joined_again_and_again",
            a_process_can_be_asked_and_joined_again_and_again,
        ),
        ("terminate_and_kill_end_a_process_once", terminate_and_kill_end_a_process_once),
        ("a_panic_in_the_target_is_exit_code_101", a_panic_in_the_target_is_exit_code_101),
        (
            "a_dropped_process_goes_on_and_leaves_no_zombie",
            a_dropped_process_goes_on_and_leaves_no_zombie,
        ),
    ];
    let trial = |&(name, run): &(&str, fn())| {
        Trial::test(name, move || {
            std::panic::catch_unwind(run).map_err(|_| Failed::without_message())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.iter().map(trial).collect()).exit();
}

// ── targets ─────────────────────────────────────────────────────────────────────────────────────

/// Who put it, and which one it is.
type Value = (u32, u32);

static COUNT: Target<Queue<Value>> = Target::new("count", |queue| {
    (0..1_000).for_each(|n| queue.put(&(process::id(), n)).unwrap());
});

/// A flood, and then an end that drops nothing.
static CLOSE_AND_EXIT: Target<Queue<Value>> = Target::new("close and exit", |queue| {
    (0..1_000).for_each(|n| queue.put(&(process::id(), n)).unwrap());
    queue.close();
    process::exit(7);
});

static FORGET: Target<Queue<Value>> = Target::new("forget", |queue| {
    (0..1_000).for_each(|n| queue.put(&(process::id(), n)).unwrap());
    std::mem::forget(queue);
});

/// Reads to the end; its exit code tells whether each writer's values came in their order.
static SUM: Target<Queue<Value>> = Target::new("sum", |queue| {
    queue.close();
    let mut last = BTreeMap::new();
    for value in queue.iter() {
        let (writer, n) = value.unwrap();
        assert!(last.insert(writer, n).is_none_or(|before| before < n), "out of order");
    }
});

/// Handles what it gets: each value is a sign.
static ECHO: Target<Queue<Value>> = Target::new("echo", |queue| {
    queue.close();
    while let Ok((sign, n)) = queue.get() {
        fs::write(path(sign), n.to_string()).unwrap();
    }
});

/// Takes one value for ever, and says so by a file.
static HOLD: Target<Queue<Value>> = Target::new("hold", |queue| {
    queue.close();
    let (sign, n) = queue.get().unwrap();
    if n > 0 {
        // Used to quick values, so that it is given many at a time.
        for _ in 1..n {
            queue.get().unwrap();
        }
    }
    fs::write(path(sign), "").unwrap();
    loop {
        thread::park();
    }
});

static FLOOD: Target<Queue<Value>> = Target::new("flood", |queue| {
    for n in 0.. {
        queue.put(&(0, n)).unwrap();
    }
});

static LATE: Target<Queue<Value>> = Target::new("late", |queue| {
    queue.close();
    let (sign, _) = queue.get().unwrap();
    let nothing = queue.get_timeout(Duration::from_millis(20));
    assert!(matches!(nothing, Err(Error::TimedOut)), "{nothing:?}");
    fs::write(path(sign), "").unwrap();
    assert_eq!(queue.get_timeout(NET).unwrap(), (7, 7));
    assert!(matches!(queue.get_timeout(Duration::MAX), Err(Error::Closed)));
});

static PANIC: Target<Queue<Value>> = Target::new("panic", |_| panic!("on purpose"));

/// Ends when it has got one.
static LEAVE: Target<Queue<Value>> = Target::new("leave", |queue| {
    queue.close();
    let _ = queue.get();
});

static BYTES: Target<Queue<Vec<u8>>> = Target::new("bytes", |queue| {
    for length in [0, 1, 4_095, 4_096, 65_535, 65_536, 1 << 20, 5 << 20] {
        queue.put(&vec![7; length]).unwrap();
    }
});

/// A file as a sign from a child to the test, which tells the child the number.
fn path(sign: u32) -> std::path::PathBuf {
    env::temp_dir().join(format!("queue-test-{sign}"))
}

// ── tests ───────────────────────────────────────────────────────────────────────────────────────

fn a_childs_values_arrive_in_their_order() {
    all_arrive_in_their_order(&COUNT, 0);
}

fn what_was_put_before_close_survives_exit() {
    all_arrive_in_their_order(&CLOSE_AND_EXIT, 7);
}

fn what_was_put_into_a_leaked_queue_arrives() {
    all_arrive_in_their_order(&FORGET, 0);
}

fn all_arrive_in_their_order(target: &Target<Queue<Value>>, code: i32) {
    let queue = Queue::new().unwrap();
    let mut writer = Process::start(target, &queue).unwrap();
    queue.close();
    let got: Vec<Value> = queue.iter().collect::<Result<_, _>>().unwrap();
    assert!(got.into_iter().eq((0..1_000).map(|n| (writer.id(), n))));
    assert_eq!(writer.join().unwrap().code(), Some(code));
}

fn each_value_goes_to_exactly_one_reader() {
    let queue = Queue::new().unwrap();
    let writers: Vec<_> = (0..3).map(|_| Process::start(&COUNT, &queue).unwrap()).collect();
    queue.close();
    // Readers here and, in the same time, in other processes.
    let readers: Vec<_> = (0..2).map(|_| Process::start(&SUM, &queue).unwrap()).collect();
    let mut got: Vec<Value> = thread::scope(|scope| {
        let read = || queue.iter().collect::<Result<Vec<_>, _>>().unwrap();
        let threads = [scope.spawn(read), scope.spawn(read)];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for mut process in writers.into_iter().chain(readers) {
        assert!(process.join().unwrap().success());
    }
    let count = got.len();
    got.sort_unstable();
    got.dedup();
    assert_eq!(got.len(), count, "a value twice");
    assert!(count <= 3_000);
}

fn readers_end_when_the_last_writer_is_gone() {
    let queue = Queue::new().unwrap();
    let mut writers: Vec<_> = (0..2).map(|_| Process::start(&COUNT, &queue).unwrap()).collect();
    let mut readers: Vec<_> = (0..3).map(|_| Process::start(&SUM, &queue).unwrap()).collect();
    queue.put(&(0, 0)).unwrap();
    drop(queue);
    for process in writers.iter_mut().chain(&mut readers) {
        assert!(process.join().unwrap().success());
    }
}

fn a_writer_started_after_the_end_is_read() {
    let queue = Queue::new().unwrap();
    queue.close();
    for _ in 0..2 {
        assert!(matches!(queue.get(), Err(Error::Closed)));
        let mut writer = Process::start(&COUNT, &queue).unwrap();
        assert_eq!(queue.iter().map(Result::unwrap).count(), 1_000);
        assert!(writer.join().unwrap().success());
    }
}

fn values_of_any_size_come_back_whole() {
    let queue = Queue::new().unwrap();
    let mut writer = Process::start(&BYTES, &queue).unwrap();
    queue.close();
    let lengths: Vec<usize> = queue.iter().map(|value| value.unwrap().len()).collect();
    assert_eq!(lengths, [0, 1, 4_095, 4_096, 65_535, 65_536, 1 << 20, 5 << 20]);
    assert!(writer.join().unwrap().success());
}

fn what_is_too_big_is_an_error() {
    let queue = Queue::new().unwrap();
    let too_big = "x".repeat(task_utils::frame::MAX + 1);
    assert!(matches!(queue.put(&too_big), Err(Error::Value(_))));
    queue.put(&"small".to_string()).unwrap();
    assert_eq!(queue.get().unwrap(), "small");
}

fn get_timeout_in_both_places() {
    let queue = Queue::new().unwrap();
    assert!(matches!(queue.get_timeout(Duration::ZERO), Err(Error::TimedOut)));
    let mut late = Process::start(&LATE, &queue).unwrap();
    let sign = sign();
    queue.put(&(sign, 0)).unwrap();
    wait_for(sign);
    queue.put(&(7, 7)).unwrap();
    queue.close();
    assert!(late.join().unwrap().success());
}

fn a_closed_queue_takes_no_more() {
    let queue = Queue::new().unwrap();
    queue.put(&1).unwrap();
    queue.close();
    queue.close();
    assert!(matches!(queue.put(&2), Err(Error::Closed)));
    assert_eq!(queue.iter().collect::<Result<Vec<i32>, _>>().unwrap(), [1]);
}

fn try_put_into_a_full_queue_returns_full() {
    let queue = Queue::new().unwrap();
    let value = "x".repeat(8 << 20);
    let full = (0..).map(|_| queue.try_put(&value)).find_map(Result::err);
    assert!(matches!(full, Some(Error::Full)), "{full:?}");
    assert_eq!(queue.get().unwrap(), value);
    queue.put(&value).unwrap();
}

fn a_reader_that_is_busy_gives_back_what_it_has_not_taken() {
    let queue = Queue::new().unwrap();
    let mut holder = Process::start(&HOLD, &queue).unwrap();
    let sign = sign();
    (0..1_000).for_each(|n| queue.put(&(sign, if n == 0 { 500 } else { n })).unwrap());
    queue.close();
    wait_for(sign);
    // The holder has taken 500 and will never ask again; whatever it was given beyond comes here.
    let got: BTreeSet<u32> = queue.iter().map(|value| value.unwrap().1).collect();
    assert_eq!(got.len(), 500);
    holder.kill().unwrap();
    assert!(!holder.join().unwrap().success());
}

fn a_killed_reader_loses_only_what_it_held() {
    let queue = Queue::new().unwrap();
    let mut reader = Process::start(&HOLD, &queue).unwrap();
    let sign = sign();
    queue.put(&(sign, 0)).unwrap();
    wait_for(sign);
    (1..=100).for_each(|n| queue.put(&(0, n)).unwrap());
    reader.kill().unwrap();
    reader.join().unwrap();
    queue.close();
    let got: Vec<u32> = queue.iter().map(|value| value.unwrap().1).collect();
    assert!(got.into_iter().eq(1..=100));
}

fn a_killed_writer_leaves_whole_values() {
    let queue = Queue::new().unwrap();
    for _ in 0..5 {
        let mut writer = Process::start(&FLOOD, &queue).unwrap();
        let first = queue.get().unwrap();
        assert_eq!(first, (0, 0));
        writer.kill().unwrap();
        assert!(!writer.join().unwrap().success());
        let mut next = 1;
        while let Ok((0, n)) = queue.get_timeout(Duration::ZERO) {
            assert_eq!(n, next);
            next += 1;
        }
    }
}

fn queue_join_waits_for_those_who_handle_values() {
    let queue = Queue::new().unwrap();
    queue.join().unwrap(); // nothing in it
    let mut reader = Process::start(&ECHO, &queue).unwrap();
    let sign = sign();
    for n in 0..100 {
        queue.put(&(sign, n)).unwrap();
        queue.join().unwrap();
        assert_eq!(fs::read_to_string(path(sign)).unwrap(), n.to_string());
    }
    fs::remove_file(path(sign)).unwrap();
    reader.terminate().unwrap();
    assert!(!reader.join().unwrap().success());
}

fn queue_join_without_any_reader_left_is_an_error() {
    let queue = Queue::new().unwrap();
    let mut reader = Process::start(&LEAVE, &queue).unwrap();
    (0..3).for_each(|n| queue.put(&(0, n)).unwrap());
    reader.join().unwrap();
    let error = queue.join().unwrap_err();
    assert!(error.to_string().starts_with("2 values are left"), "{error}");
}

fn a_missing_guard_is_an_error_that_names_the_fix() {
    static UNGUARDED: Target<Queue<u8>> = Target::new("unguarded", |_| ());
    let error = Process::start(&UNGUARDED, &Queue::new().unwrap()).err().unwrap();
    assert!(error.to_string().contains("ipc_queue::run_if_child("), "{error}");
    assert!(error.to_string().contains("\"unguarded\""), "{error}");
}

fn a_process_can_be_asked_and_joined_again_and_again() {
    let queue = Queue::new().unwrap();
    let mut reader = Process::start(&LEAVE, &queue).unwrap();
    assert!(reader.is_alive() && reader.is_alive());
    queue.put(&(0, 0)).unwrap();
    let (first, second) = (reader.join().unwrap(), reader.join().unwrap());
    assert!(first.success() && first == second);
    assert!(!reader.is_alive());
}

fn terminate_and_kill_end_a_process_once() {
    let queue = Queue::new().unwrap();
    for end in [Process::terminate, Process::kill] {
        let mut writer = Process::start(&FLOOD, &queue).unwrap();
        end(&mut writer).unwrap();
        let status = writer.join().unwrap();
        assert!(!status.success());
        writer.terminate().unwrap();
        writer.kill().unwrap();
        assert_eq!(writer.join().unwrap(), status);
    }
}

fn a_panic_in_the_target_is_exit_code_101() {
    let queue = Queue::new().unwrap();
    let mut process = Process::start(&PANIC, &queue).unwrap();
    assert_eq!(process.join().unwrap().code(), Some(101));
}

fn a_dropped_process_goes_on_and_leaves_no_zombie() {
    let queue = Queue::new().unwrap();
    let pid = Process::start(&COUNT, &queue).unwrap().id();
    queue.close();
    assert_eq!(queue.iter().count(), 1_000);
    if cfg!(target_os = "linux") {
        // Its end was seen; it is reaped by a thread of its own, at once but not before now.
        while fs::exists(format!("/proc/{pid}")).unwrap() {
            thread::yield_now();
        }
    }
}

/// A number for a sign, which no other run has.
fn sign() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    process::id() * 100 + COUNT.fetch_add(1, Relaxed)
}

fn wait_for(sign: u32) {
    while !fs::exists(path(sign)).unwrap() {
        thread::yield_now();
    }
    fs::remove_file(path(sign)).unwrap();
}
