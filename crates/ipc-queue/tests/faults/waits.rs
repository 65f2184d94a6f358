//! No call waits for a value that can't come, and a call with a timeout waits no longer than that.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ipc_queue::{Error, Process, Queue, Receiver, Sender, Target, pipe};

use crate::targets::{NOTHING, TOO_MUCH, Value};
use crate::{NET, Test};

pub const TESTS: &[Test] = &[
    ("readers_that_put_into_a_full_queue_go_on", readers_that_put_into_a_full_queue_go_on),
    ("a_timeout_is_one_on_a_full_queue", a_timeout_is_one_on_a_full_queue),
    ("a_timeout_is_one_beside_another_get", a_timeout_is_one_beside_another_get),
    ("a_killed_writer_of_a_full_queue_is_joined", a_killed_writer_of_a_full_queue_is_joined),
    ("a_target_returns_while_its_thread_gets", a_target_returns_while_its_thread_gets),
    ("join_waits_for_each_thread_of_a_child", join_waits_for_each_thread_of_a_child),
    ("join_waits_for_the_threads_of_its_process", join_waits_for_the_threads_of_its_process),
    ("join_waits_for_a_thread_that_is_yet_to_get", join_waits_for_a_thread_that_is_yet_to_get),
    (
        "join_waits_for_a_thread_at_work_that_will_make_room",
        join_waits_for_a_thread_at_work_that_will_make_room,
    ),
    ("join_waits_for_a_child_that_is_yet_to_get", join_waits_for_a_child_that_is_yet_to_get),
    (
        "join_does_not_wait_for_a_thread_that_has_ended",
        join_does_not_wait_for_a_thread_that_has_ended,
    ),
    ("join_waits_while_threads_take_values_and_end", join_waits_while_threads_take_values_and_end),
    ("a_child_has_its_turn_beside_a_thread_here", a_child_has_its_turn_beside_a_thread_here),
    ("no_value_is_lost_when_put_races_close", no_value_is_lost_when_put_races_close),
    ("a_put_that_times_out_leaves_its_room_to_others", a_put_that_times_out_leaves_its_room),
];

/// Long enough to notice what should not happen; if it is too short, a fault stays unnoticed.
const A_WHILE: Duration = Duration::from_millis(100);

/// How long a `join` waits for a thread of this process to get, when there is no other that could.
const STALLED: Duration = Duration::from_secs(2);

type Signal = (Sender<()>, Receiver<()>);

fn value(n: u32) -> Value {
    (0, n, String::new())
}

/// Puts a short value for each long one that it gets.
pub static RELAY: Target<Queue<Value>> = Target::new("relay", |queue| {
    for value in queue.iter() {
        let (writer, n, text) = value.unwrap();
        if !text.is_empty() {
            queue.put(&(writer, n, String::new())).unwrap();
        }
    }
});

fn readers_that_put_into_a_full_queue_go_on() {
    let queue = Queue::new().unwrap();
    // Each of the writers soon waits for room, before the relays do.
    let mut writers = [0; 4].map(|_| Process::start(&TOO_MUCH, &queue).unwrap());
    while queue.try_put(&value(0)).is_ok() {
        thread::yield_now();
    }
    let mut relays = [0; 2].map(|_| Process::start(&RELAY, &queue).unwrap());
    for writer in &mut writers {
        assert!(writer.join().unwrap().success());
    }
    queue.join().unwrap();
    for relay in &mut relays {
        relay.terminate().unwrap();
        relay.join().unwrap();
    }
}

/// Fills the queue and gets with a timeout; in between it gets all of it.
pub static FULL: Target<(Queue<Value>, Sender<()>)> = Target::new("full", |(queue, done)| {
    let value = (0, 0, "x".repeat(1 << 20));
    while queue.try_put(&value).is_ok() {}
    assert!(matches!(queue.put_timeout(&value, Duration::from_millis(1)), Err(Error::Full)));
    while queue.get_timeout(Duration::from_millis(100)).is_ok() {}
    queue.try_put(&value).unwrap();
    done.send(&()).unwrap();
});

fn a_timeout_is_one_on_a_full_queue() {
    let queue = Queue::new().unwrap();
    let (sender, done) = pipe().unwrap();
    let mut child = Process::start(&FULL, (&queue, sender)).unwrap();
    done.recv().unwrap(); // while this process doesn't get
    assert!(child.join().unwrap().success());
}

pub static BESIDE: Target<(Queue<Value>, Sender<()>)> = Target::new("beside", |(queue, done)| {
    thread::scope(|scope| {
        let other = scope.spawn(|| queue.get().unwrap());
        while !matches!(queue.get_timeout(A_WHILE), Err(Error::TimedOut)) {}
        assert!(matches!(queue.try_get(), Err(Error::TimedOut)));
        done.send(&()).unwrap();
        assert_eq!(other.join().unwrap(), value(7));
    });
});

fn a_timeout_is_one_beside_another_get() {
    let queue = Queue::new().unwrap();
    let (sender, done) = pipe().unwrap();
    let mut child = Process::start(&BESIDE, (&queue, sender)).unwrap();
    done.recv().unwrap();
    queue.put(&value(7)).unwrap();
    assert!(child.join().unwrap().success());
}

pub static BLOCKED: Target<(Queue<Value>, Sender<()>)> = Target::new("blocked", block);
pub static BLOCKED_BY_THE_SECOND: Target<(Queue<Value>, Queue<Value>, Sender<()>)> =
    Target::new("blocked by the second", |(_first, second, full)| block((second, full)));

fn block((queue, full): (Queue<Value>, Sender<()>)) {
    let value = (0, 0, "x".repeat(1 << 20));
    while queue.try_put(&value).is_ok() {}
    full.send(&()).unwrap();
    let _ = (queue.put(&value), queue.put(&value));
}

fn a_killed_writer_of_a_full_queue_is_joined() {
    let queue = Queue::new().unwrap();
    let (sender, full) = pipe().unwrap();
    let mut writer = Process::start(&BLOCKED, (&queue, sender)).unwrap();
    full.recv().unwrap();
    writer.kill().unwrap();
    assert!(!writer.join().unwrap().success());
    assert!(queue.try_get().is_ok());
}

fn a_target_returns_while_its_thread_gets() {
    let queue = Queue::<Value>::new().unwrap();
    let (sender, ready) = pipe().unwrap();
    let mut child = Process::start(&WAITER, (&queue, sender)).unwrap();
    ready.recv().unwrap();
    assert!(child.join().unwrap().success());
    queue.put(&value(1)).unwrap();
    assert_eq!(queue.get().unwrap(), value(1));
}

pub static WAITER: Target<(Queue<Value>, Sender<()>)> = Target::new("waiter", |(queue, ready)| {
    let queue: &'static Queue<Value> = Box::leak(Box::new(queue));
    thread::spawn(|| queue.get());
    // Once this one has timed out, the other waits.
    assert!(matches!(queue.get_timeout(A_WHILE), Err(Error::TimedOut)));
    ready.send(&()).unwrap();
});

fn join_waits_for_each_thread_of_a_child() {
    let queue = Queue::new().unwrap();
    let (sender, took): Signal = pipe().unwrap();
    let (release, receiver): Signal = pipe().unwrap();
    let mut child = Process::start(&TWO_TURNS, (&queue, sender, receiver)).unwrap();
    queue.put(&value(1)).unwrap();
    took.recv().unwrap();
    queue.put(&value(2)).unwrap(); // the other thread takes it and comes back
    took.recv().unwrap();
    joins_after(&queue, A_WHILE, || release.send(&()).unwrap());
    queue.close();
    assert!(child.join().unwrap().success());
}

/// A thread takes a value and keeps it until it is told; then another takes the next and comes back.
pub static TWO_TURNS: Target<(Queue<Value>, Sender<()>, Receiver<()>)> =
    Target::new("two turns", |(queue, took, release)| {
        queue.close();
        thread::scope(|scope| {
            assert_eq!(queue.get().unwrap(), value(1));
            scope.spawn(|| {
                while queue.get().is_ok() {
                    took.send(&()).unwrap();
                }
            });
            took.send(&()).unwrap();
            release.recv().unwrap();
            let _ = queue.get();
        });
    });

/// `Queue::join` returns after this was done, and in `a_while` before it doesn't.
fn joins_after(queue: &Queue<Value>, a_while: Duration, done: impl FnOnce()) {
    thread::scope(|scope| {
        let (sender, joined) = mpsc::channel();
        scope.spawn(move || {
            queue.join().unwrap();
            sender.send(()).unwrap();
        });
        assert!(joined.recv_timeout(a_while).is_err(), "too early");
        done();
        joined.recv_timeout(NET).unwrap();
    });
}

fn join_waits_for_the_threads_of_its_process() {
    let queue = Queue::new().unwrap();
    assert!(Process::start(&NOTHING, &queue).unwrap().join().unwrap().success());
    (0..3).for_each(|n| queue.put(&value(n)).unwrap());
    queue.close();
    thread::scope(|scope| {
        let (sender, took) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let queue = &queue;
        scope.spawn(move || {
            queue.get().unwrap();
            sender.send(()).unwrap();
            released.recv().unwrap();
            assert_eq!(queue.iter().count(), 2);
        });
        took.recv().unwrap();
        joins_after(queue, STALLED + A_WHILE, || release.send(()).unwrap());
    });
}

fn join_waits_for_a_thread_that_is_yet_to_get() {
    let queue = Queue::new().unwrap();
    let (sender, full) = pipe().unwrap();
    let mut writer = Process::start(&BLOCKED, (&queue, sender)).unwrap();
    full.recv().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(A_WHILE); // to be later than the first `join`
            while queue.get().is_ok() {}
        });
        assert!(writer.join().unwrap().success());
        queue.join().unwrap();
        queue.close();
    });
}

fn join_waits_for_a_thread_at_work_that_will_make_room() {
    let queue = Queue::new().unwrap();
    let (sender, full) = pipe().unwrap();
    let mut writer = Process::start(&BLOCKED, (&queue, sender)).unwrap();
    full.recv().unwrap();
    thread::scope(|scope| {
        let (took, has_taken) = mpsc::channel();
        let queue = &queue;
        scope.spawn(move || {
            queue.get().unwrap(); // makes room for one value at most
            took.send(()).unwrap();
            thread::sleep(STALLED + A_WHILE); // at work on the value
            while queue.get().is_ok() {}
        });
        has_taken.recv().unwrap();
        assert!(writer.join().unwrap().success());
        queue.close();
    });
}

/// Gets all, once it is told.
pub static LATER: Target<(Queue<Value>, Receiver<()>)> = Target::new("later", |(queue, start)| {
    queue.close();
    let _ = start.recv();
    queue.iter().for_each(drop);
});

fn join_waits_for_a_child_that_is_yet_to_get() {
    let queue = Queue::new().unwrap();
    let ((sender, full), (start, receiver)) = (pipe().unwrap(), pipe::<()>().unwrap());
    let mut reader = Process::start(&LATER, (&queue, receiver)).unwrap();
    let mut writer = Process::start(&BLOCKED, (&queue, sender)).unwrap();
    full.recv().unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(move || writer.join());
        joins_after(&queue, STALLED + A_WHILE, || drop(start));
        assert!(writer.join().unwrap().unwrap().success());
    });
    queue.close();
    assert!(reader.join().unwrap().success());
}

fn join_does_not_wait_for_a_thread_that_has_ended() {
    let queue = Queue::new().unwrap();
    queue.put(&value(1)).unwrap();
    thread::scope(|scope| scope.spawn(|| queue.get().unwrap()).join().unwrap());
    queue.join().unwrap();
}

fn join_waits_while_threads_take_values_and_end() {
    let queue = Queue::new().unwrap();
    (0..10_000).for_each(|n| queue.put(&value(n)).unwrap());
    thread::scope(|scope| {
        let (sender, joined) = mpsc::channel();
        let queue = &queue;
        scope.spawn(move || sender.send(queue.join()));
        let start = Instant::now();
        while start.elapsed() < STALLED + A_WHILE {
            thread::scope(|scope| scope.spawn(|| queue.get().unwrap()).join().unwrap());
            thread::sleep(Duration::from_millis(1)); // while no thread has a value
        }
        assert!(joined.try_recv().is_err(), "too early");
        let error = joined.recv_timeout(NET).unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

pub static COUNTER: Target<(Queue<Value>, Sender<u32>)> = Target::new("counter", |(queue, sum)| {
    queue.close();
    sum.send(&(queue.iter().count() as u32)).unwrap();
});

fn a_child_has_its_turn_beside_a_thread_here() {
    let queue = Queue::new().unwrap();
    let (sender, sum) = pipe().unwrap();
    let mut child = Process::start(&COUNTER, (&queue, sender)).unwrap();
    queue.put(&value(0)).unwrap();
    queue.join().unwrap(); // the child has begun
    let here = AtomicU32::new(0);
    let before = thread::scope(|scope| {
        scope.spawn(|| {
            for _ in queue.iter() {
                here.fetch_add(1, Relaxed);
            }
        });
        let put = |n| {
            queue.put(&value(n)).unwrap();
            queue.join().unwrap(); // both wait again
        };
        let before = (0..).take_while(|n| {
            put(*n);
            here.load(Relaxed) == 0 // the thread may take long to begin
        });
        let before = before.count() as u32;
        (0..500).for_each(put);
        queue.close();
        before
    });
    let (here, there) = (here.into_inner(), sum.recv().unwrap());
    assert_eq!(here + there, 1 + before + 1 + 500);
    assert!(here > 200 && there > 200, "{here} here, {there} there");
    assert!(child.join().unwrap().success());
}

/// Puts from two threads until a third closes the queue; sends how many were put.
pub static RACER: Target<(Queue<Value>, Sender<u32>)> = Target::new("racer", |(queue, sum)| {
    let put = thread::scope(|scope| {
        let put = || (0..).take_while(|n| queue.put(&value(*n)).is_ok()).count() as u32;
        let threads = [scope.spawn(put), scope.spawn(put)];
        (0..20).for_each(|_| thread::yield_now());
        queue.close();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    sum.send(&put).unwrap();
});

fn no_value_is_lost_when_put_races_close() {
    for _ in 0..5 {
        let queue = Queue::new().unwrap();
        let (sender, sum) = pipe().unwrap();
        let mut child = Process::start(&RACER, (&queue, sender)).unwrap();
        queue.close();
        let got = queue.iter().count() as u32;
        assert_eq!(sum.recv().unwrap(), got);
        assert!(child.join().unwrap().success());
    }
}

/// Waits for room in vain, says so, and waits until it is told.
pub static GIVES_UP: Target<(Queue<Value>, Sender<()>, Receiver<()>)> =
    Target::new("gives up", |(queue, gave_up, end)| {
        for timeout in [Duration::ZERO, Duration::from_millis(1), A_WHILE] {
            assert!(matches!(queue.put_timeout(&value(9), timeout), Err(Error::Full)));
        }
        assert!(matches!(queue.try_put(&value(9)), Err(Error::Full)));
        gave_up.send(&()).unwrap();
        let _ = end.recv();
    });

fn a_put_that_times_out_leaves_its_room() {
    let queue = Queue::with_capacity(1).unwrap();
    queue.put(&value(0)).unwrap();
    let (sender, gave_up) = pipe().unwrap();
    let (end, receiver) = pipe().unwrap();
    let mut child = Process::start(&GIVES_UP, (&queue, sender, receiver)).unwrap();
    gave_up.recv().unwrap();
    for n in 0..10 {
        assert_eq!(queue.get().unwrap(), value(n));
        queue.put_timeout(&value(n + 1), NET).unwrap();
    }
    drop::<Sender<()>>(end);
    assert!(child.join().unwrap().success());
}
