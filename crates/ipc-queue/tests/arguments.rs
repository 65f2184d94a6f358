//! What a child is started with, and what its end tells: arguments of all kinds, results, names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::io::ErrorKind;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, panic, thread};

use ipc_queue::{Error, Process, Queue, Receiver, Sender, Target, pipe, run_if_child};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::{Deserialize, Serialize};

/// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

fn main() {
    run_if_child(&[
        &NONE, &PARSE, &EIGHT, &SENSOR, &PASS_ON, &NESTED, &BOTH, &REFUSED, &FAILS, &BIG, &KEEPER,
    ]);
    if env::args().nth(1).as_deref() == Some("fails") {
        assert_eq!(Process::start(&FAILS, ()).unwrap().join().unwrap().code(), Some(1));
        return;
    }
    let tests: &[(&str, fn())] = &[
        ("queues_and_values_in_one_tuple", queues_and_values_in_one_tuple),
        ("no_argument_and_eight", no_argument_and_eight),
        ("a_pipe_ends_with_its_sender", a_pipe_ends_with_its_sender),
        ("a_pipe_without_its_receiver_is_closed", a_pipe_without_its_receiver_is_closed),
        (
            "a_receiver_moves_with_what_it_has_read_ahead",
            a_receiver_moves_with_what_it_has_read_ahead,
        ),
        ("a_received_end_is_passed_on", a_received_end_is_passed_on),
        ("a_child_starts_its_own_target_again", a_child_starts_its_own_target_again),
        (
            "a_received_queue_is_refused_with_a_sentence",
            a_received_queue_is_refused_with_a_sentence,
        ),
        ("a_queue_is_no_value", a_queue_is_no_value),
        ("a_panic_of_an_argument_leaves_nothing", a_panic_of_an_argument_leaves_nothing),
        ("an_error_of_a_target_is_printed_with_its_name", an_error_of_a_target_is_printed),
        ("a_value_cut_off_is_truncated_once", a_value_cut_off_is_truncated_once),
        ("what_cannot_come_back_is_refused", what_cannot_come_back_is_refused),
        ("join_timeout_returns_none_while_it_runs", join_timeout_returns_none_while_it_runs),
        ("a_capacity_is_exact", a_capacity_is_exact),
        ("a_capacity_of_0_is_no_bound", a_capacity_of_0_is_no_bound),
        #[cfg(unix)]
        ("receiving_with_a_timeout", receiving_with_a_timeout),
    ];
    let trial = |&(name, run): &(&str, fn())| {
        Trial::test(name, move || panic::catch_unwind(run).map_err(|_| Failed::without_message()))
    };
    libtest_mimic::run(&Arguments::from_args(), tests.iter().map(trial).collect()).exit();
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum Level {
    Info,
    Other(String),
}

static NONE: Target<()> = Target::new("none", |()| ());

type Parsed = (Level, u32);

static PARSE: Target<(Queue<String>, Queue<Parsed>, u32)> =
    Target::new("parse", |(lines, parsed, limit)| {
        lines.close();
        for line in lines.iter() {
            let line = line.unwrap();
            let level = if line == "info" { Level::Info } else { Level::Other(line) };
            parsed.put(&(level, limit)).unwrap();
        }
    });

fn queues_and_values_in_one_tuple() {
    let (lines, parsed) = (Queue::new().unwrap(), Queue::new().unwrap());
    let mut child = Process::start(&PARSE, (&lines, &parsed, 5)).unwrap();
    ["info", "x"].iter().for_each(|line| lines.put(&(*line).into()).unwrap());
    lines.close();
    parsed.close();
    let got = parsed.iter().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(got, [(Level::Info, 5), (Level::Other("x".into()), 5)]);
    assert!(child.join().unwrap().success());
}

type Eight = (u8, Queue<String>, String, Sender<i64>, (u8, char), Level, Option<f64>, Vec<u8>);

static EIGHT: Target<Eight> = Target::new("eight", |(a, queue, b, sender, c, d, e, f)| {
    queue.put(&format!("{a} {b} {c:?} {d:?} {e:?} {f:?}")).unwrap();
    sender.send(&-1).unwrap();
});

fn no_argument_and_eight() {
    assert!(Process::start(&NONE, ()).unwrap().join().unwrap().success());
    let queue = Queue::new().unwrap();
    let (sender, receiver) = pipe().unwrap();
    let args = (1, &queue, "b", sender, (2, 'c'), Level::Info, Some(0.5), vec![3, 4]);
    let mut child = Process::start(&EIGHT, args).unwrap();
    assert_eq!(queue.get().unwrap(), "1 b (2, 'c') Info Some(0.5) [3, 4]");
    assert_eq!(receiver.recv().unwrap(), -1);
    assert!(child.join().unwrap().success());
}

static SENSOR: Target<(Sender<u32>, u32)> = Target::new("sensor", |(sender, count)| {
    (0..count).for_each(|n| sender.send(&n).unwrap());
});

fn a_pipe_ends_with_its_sender() {
    let (sender, receiver) = pipe().unwrap();
    let mut child = Process::start(&SENSOR, (sender, 10_000)).unwrap();
    assert!(receiver.iter().map(Result::unwrap).eq(0..10_000));
    assert!(child.join().unwrap().success());
}

fn a_pipe_without_its_receiver_is_closed() {
    let (sender, receiver) = pipe().unwrap();
    sender.send(&1).unwrap();
    drop(receiver);
    // A child that is being started by another test may hold a copy of the end for a moment.
    let error = (0..).find_map(|n| sender.send(&n).err());
    assert!(matches!(error, Some(Error::Closed)), "{error:?}");
}

static PASS_ON: Target<(Receiver<u32>, Sender<u32>)> =
    Target::new("pass on", |(receiver, sender)| {
        receiver.iter().for_each(|n| sender.send(&(n.unwrap() + 1)).unwrap());
    });

fn a_receiver_moves_with_what_it_has_read_ahead() {
    let (sender, receiver) = pipe().unwrap();
    (0..100).for_each(|n| sender.send(&n).unwrap());
    assert_eq!(receiver.recv().unwrap(), 0); // and others have been read with it
    let (plus_one, result) = pipe().unwrap();
    let mut child = Process::start(&PASS_ON, (receiver, plus_one)).unwrap();
    drop(sender);
    assert!(result.iter().map(Result::unwrap).eq(2..101));
    assert!(child.join().unwrap().success());
}

/// Starts a child with the ends that it was started with, until the depth is 0.
static NESTED: Target<(Receiver<u32>, Sender<u32>, u32)> =
    Target::new("nested", |(receiver, sender, depth)| {
        if depth > 0 {
            let mut child = Process::start(&NESTED, (receiver, sender, depth - 1)).unwrap();
            assert!(child.join().unwrap().success());
        } else {
            receiver.iter().for_each(|n| sender.send(&n.unwrap()).unwrap());
        }
    });

fn a_received_end_is_passed_on() {
    let ((to, receiver), (sender, from)) = (pipe().unwrap(), pipe().unwrap());
    let mut child = Process::start(&NESTED, (receiver, sender, 3)).unwrap();
    to.send(&7).unwrap();
    drop(to);
    assert_eq!(from.iter().map(Result::unwrap).collect::<Vec<_>>(), [7]);
    assert!(child.join().unwrap().success());
}

static BOTH: Target<(Queue<String>, Sender<u8>)> = Target::new("both", |_| ());

/// Returns an error unless a queue that it was given is refused; makes one of its own.
static REFUSED: Target<(Queue<String>, u32), Result<(), String>> =
    Target::new("refused", |(queue, depth)| {
        if depth == 0 {
            return queue.put(&"from below".into()).map_err(|error| error.to_string());
        }
        let refused = Process::start(&BOTH, (&queue, pipe().unwrap().0)).unwrap_err();
        if refused.kind() != ErrorKind::Unsupported {
            return Err(refused.to_string());
        }
        let own = Queue::new().unwrap();
        let mut child = Process::start(&REFUSED, (&own, 0)).map_err(|error| error.to_string())?;
        let got = own.get().map_err(|error| error.to_string())?;
        assert!(child.join().unwrap().success());
        queue.put(&format!("{refused}; {got}")).map_err(|error| error.to_string())
    });

fn a_child_starts_its_own_target_again() {
    let queue = Queue::new().unwrap();
    let mut child = Process::start(&REFUSED, (&queue, 1)).unwrap();
    assert!(queue.get().unwrap().ends_with("; from below"));
    assert!(child.join().unwrap().success());
}

fn a_received_queue_is_refused_with_a_sentence() {
    let queue = Queue::new().unwrap();
    let mut child = Process::start(&REFUSED, (&queue, 1)).unwrap();
    assert!(queue.get().unwrap().starts_with("only the process that made the queue can start"));
    assert!(child.join().unwrap().success());
}

fn a_queue_is_no_value() {
    let outer: Queue<(u8, Sender<u8>)> = Queue::new().unwrap();
    let error = outer.put(&(1, pipe().unwrap().0)).unwrap_err();
    assert!(error.to_string().contains("can only be an argument of `Process::start`"), "{error}");
}

#[derive(Deserialize)]
struct Panics;

impl Serialize for Panics {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("on purpose")
    }
}

fn a_panic_of_an_argument_leaves_nothing() {
    static PANICS: Target<(Sender<u8>, Panics)> = Target::new("panics", |_| ());
    let (sender, receiver) = pipe().unwrap();
    let start = panic::AssertUnwindSafe(|| Process::start(&PANICS, (sender, Panics)));
    panic::catch_unwind(start).unwrap_err();
    a_queue_is_no_value(); // in this thread, still
    assert!(matches!(receiver.recv(), Err(Error::Closed)));
}

static FAILS: Target<(), Result<(), Error>> = Target::new("fails", |()| Err(Error::Full));

fn an_error_of_a_target_is_printed() {
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.arg("fails").stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("fails: {}\n", Error::Full));
}

static BIG: Target<(Sender<String>, Sender<()>)> = Target::new("big", |(sender, ready)| {
    sender.send(&"one".into()).unwrap();
    let more_than_the_pipe_holds = "x".repeat(8 << 20);
    ready.send(&()).unwrap();
    sender.send(&more_than_the_pipe_holds).unwrap();
});

fn a_value_cut_off_is_truncated_once() {
    // When a value is cut off depends on the moment of the kill. On Windows a write that waits for room
    // vanishes with its process, and the value as a whole.
    assert!((0..50).any(|_| is_truncated_by_a_kill()) || cfg!(windows));
}

fn is_truncated_by_a_kill() -> bool {
    let ((sender, receiver), (ready, is_ready)) = (pipe().unwrap(), pipe().unwrap());
    let mut child = Process::start(&BIG, (sender, ready)).unwrap();
    is_ready.recv().unwrap();
    assert_eq!(receiver.recv().unwrap(), "one");
    thread::sleep(Duration::from_millis(20)); // without it, fewer values are cut off
    child.kill().unwrap();
    child.join().unwrap();
    let first = receiver.recv();
    assert!(matches!(first, Err(Error::Truncated | Error::Closed)));
    assert!(matches!(receiver.recv(), Err(Error::Closed)));
    assert!(matches!(receiver.recv(), Err(Error::Closed)));
    matches!(first, Err(Error::Truncated))
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
}

#[derive(Serialize, Deserialize, Default)]
struct Skips {
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<u32>,
    number: u32,
}

#[derive(Serialize, Deserialize, Default)]
struct Lacks {
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "that it is there is what counts")]
    left_out: u32,
}

fn what_cannot_come_back_is_refused() {
    let error = Queue::new().unwrap().put(&Lacks::default()).unwrap_err();
    assert!(error.to_string().contains("Lacks"), "{error}");
    let error = Queue::new().unwrap().put(&Skips::default()).unwrap_err();
    assert!(error.to_string().contains("`left_out`"), "{error}");
    let error = Queue::new().unwrap().put(&Untagged::Number(1)).unwrap_err();
    assert!(error.to_string().contains("Untagged"), "{error}");
    let queue = Queue::new().unwrap();
    queue.put(&None).unwrap(); // which does come back
    let error = queue.put(&Some(Untagged::Number(1))).unwrap_err();
    assert!(error.to_string().contains("Untagged"), "{error}");
    let error = pipe().unwrap().0.send(&Untagged::Number(1)).unwrap_err();
    assert!(error.to_string().contains("Untagged"), "{error}");
}

static KEEPER: Target<(Queue<u32>, Receiver<()>)> = Target::new("keeper", |(queue, end)| {
    (0..).take_while(|n| queue.put_timeout(n, NET).is_ok()).find(|n| *n == 99);
    let _ = end.recv();
});

fn join_timeout_returns_none_while_it_runs() {
    let queue = Queue::new().unwrap();
    let (end, receiver) = pipe::<()>().unwrap();
    let mut child = Process::start(&KEEPER, (&queue, receiver)).unwrap();
    assert!(child.join_timeout(Duration::from_millis(20)).unwrap().is_none());
    drop(end);
    assert!(child.join_timeout(NET).unwrap().unwrap().success());
    assert!(child.join_timeout(Duration::ZERO).unwrap().unwrap().success());
}

/// Two children and this process put; at no time are there more values than the capacity.
fn a_capacity_is_exact() {
    let queue = Queue::with_capacity(3).unwrap();
    assert_eq!((0..).take_while(|_| queue.try_put(&1_000).is_ok()).count(), 3);
    (0..3).for_each(|_| assert_eq!(queue.get().unwrap(), 1_000));
    let start = || {
        let (end, receiver) = pipe::<()>().unwrap();
        (Process::start(&KEEPER, (&queue, receiver)).unwrap(), end)
    };
    let children = [start(), start()];
    let mut got = Vec::new();
    for _ in 0..20 {
        while queue.try_put(&1_000).is_ok() {} // full now
        assert!(matches!(queue.try_put(&1_000), Err(Error::Full)));
        got.push(queue.get().unwrap());
    }
    queue.close();
    for (mut child, end) in children {
        drop(end);
        while child.join_timeout(Duration::from_millis(1)).unwrap().is_none() {
            got.extend(queue.try_get());
        }
    }
    // Nobody puts any more. What is left can't be more than the capacity.
    let left: Vec<u32> = queue.iter().map(Result::unwrap).collect();
    assert!(left.len() <= 3, "{left:?}");
    got.extend(left);
    assert_eq!(got.iter().filter(|n| **n < 1_000).count(), 200);
}

fn a_capacity_of_0_is_no_bound() {
    let queue = Queue::with_capacity(0).unwrap();
    (0..1_000).for_each(|n| queue.try_put(&n).unwrap());
    (0..1_000).for_each(|n| assert_eq!(queue.get().unwrap(), n));
}

#[cfg(unix)]
fn receiving_with_a_timeout() {
    let (sender, receiver) = pipe::<String>().unwrap();
    assert!(matches!(receiver.try_recv(), Err(Error::TimedOut)));
    assert!(matches!(receiver.recv_timeout(Duration::from_millis(5)), Err(Error::TimedOut)));
    sender.send(&"one".into()).unwrap();
    assert_eq!(receiver.try_recv().unwrap(), "one");
    let sending = thread::spawn(move || sender.send(&"x".repeat(8 << 20)));
    assert_eq!(receiver.recv_timeout(NET).unwrap().len(), 8 << 20);
    sending.join().unwrap().unwrap();
    assert!(matches!(receiver.try_recv(), Err(Error::Closed)));
}
