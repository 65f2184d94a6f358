//! Programs with a pool, as processes of their own, so that a fault can hit all of the process.

use std::env::{self, Args};
use std::fs::OpenOptions;
use std::io::Write;
use std::iter::Skip;
use std::process::{Command, Output, Stdio};
use std::thread;

use pool::{Pool, TaskError};

use crate::acts::{Act, act};
#[cfg(unix)]
use crate::environment;
use crate::{get, kill, orphans};

/// This program as the host called `name`, which gets `args`.
pub fn command(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["host", name]).args(args).stdin(Stdio::null());
    command
}

/// Runs a host to its end.
pub fn output(name: &str, args: &[&str]) -> Output {
    command(name, args).output().unwrap()
}

/// The host that this process was started as.
pub fn name() -> Option<String> {
    let mut args = env::args().skip(1);
    args.next().filter(|arg| arg == "host").and_then(|_| args.next())
}

/// What the hosts do.
pub fn run(name: &str, mut args: Skip<Args>) {
    match name {
        "idle" => stay(Pool::new(4, act).unwrap(), || Act::Echo(0)),
        "sleeping" => stay(Pool::new(4, act).unwrap(), || Act::SleepForEver),
        "computing" => stay(Pool::new(4, act).unwrap(), || Act::ComputeForEver),
        "printing for ever" => stay_silent(Pool::new(4, act).unwrap(), || Act::HoldStdout),
        "leaving for ever" => stay_silent(Pool::new(4, act).unwrap(), || Act::LeaveForEver),
        "daemon" => loop {
            thread::park();
        },
        "busy" => keep_busy(Pool::new(4, act).unwrap()),
        "handler" => {
            ctrlc::set_handler(|| std::process::exit(42)).unwrap();
            stay(Pool::new(4, act).unwrap(), || Act::SleepForEver);
        }
        "flaky" => flaky(),
        "killed" => killed(),
        #[cfg(unix)] // Windows has no signals
        "sigpipe" => {
            sigpipe::reset();
            killed();
        }
        "interrupted" | "own handlers" => orphans::run(name, args.next().unwrap().parse().unwrap()),
        #[cfg(unix)]
        _ if environment::run(name) => {}
        #[cfg(target_os = "linux")]
        "held start" => crate::starts::held_start(),
        "printing" => printing(args.next().unwrap()),
        #[cfg(target_os = "linux")]
        "descriptors" => crate::limits::few_descriptors(),
        #[cfg(target_os = "linux")]
        "processes" => crate::limits::few_processes(),
        #[cfg(target_os = "linux")]
        "replacement" => crate::limits::no_descriptor_for_a_replacement(),
        #[cfg(target_os = "linux")]
        "million" => crate::limits::a_million(),
        #[cfg(target_os = "linux")]
        "resting" => crate::limits::resting(),
        #[cfg(target_os = "linux")]
        "uses" => crate::limits::uses(args.next().map_or(100, |n| n.parse().unwrap())),
        _ => panic!("no host {name}"),
    }
}

/// Gives each worker something to do, says so, and never ends.
fn stay(pool: Pool<Act, u64>, what: fn() -> Act) -> ! {
    let _results: Vec<_> = (0..8).map(|_| pool.apply_async(what())).collect();
    let _ = writeln!(std::io::stdout(), "ready");
    loop {
        thread::park();
    }
}

/// The same, but what the workers do says when it has got there.
fn stay_silent(pool: Pool<Act, u64>, what: fn() -> Act) -> ! {
    let _results: Vec<_> = (0..8).map(|_| pool.apply_async(what())).collect();
    loop {
        thread::park();
    }
}

/// A flood of short tasks, without end.
fn keep_busy(pool: Pool<Act, u64>) -> ! {
    let _ = writeln!(std::io::stdout(), "ready");
    loop {
        let results: Vec<_> = (0..1_000).map(|n| pool.apply_async(Act::Echo(n))).collect();
        results.into_iter().for_each(|result| drop(get(result)));
    }
}

/// The initializer of "flaky" leaves a byte in the file that is the host's last argument, and panics
/// once there are more than two.
fn leave_a_byte_or_panic() {
    let path = env::args().next_back().unwrap();
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(b"x").unwrap();
    assert!(file.metadata().unwrap().len() <= 2, "on purpose");
}

fn flaky() {
    let builder = Pool::builder(act).processes(1).initializer(leave_a_byte_or_panic);
    let pool = builder.build().unwrap();
    let results = [Act::Exit(1), Act::Echo(1), Act::Exit(1), Act::Echo(2), Act::Echo(3)];
    let results = results.map(|act| pool.apply_async(act));
    let results = results.map(get);
    assert!(matches!(results[0], Err(TaskError::WorkerDied { .. })), "{results:?}");
    assert!(matches!(results[1], Ok(1)), "{results:?}");
    assert!(matches!(results[2], Err(TaskError::WorkerDied { .. })), "{results:?}");
    assert!(matches!(results[3], Err(TaskError::NoWorkers(_))), "{results:?}");
    assert!(matches!(results[4], Err(TaskError::NoWorkers(_))), "{results:?}");
    assert!(matches!(pool.apply(Act::Echo(4)), Err(TaskError::NoWorkers(_))));
    assert!(pool.worker_pids().is_empty() && pool.join().is_err());
}

fn printing(path: String) {
    let pool = Pool::new(1, act).unwrap();
    assert_eq!(get(pool.apply_async(Act::Print(10_000_000))).unwrap(), 10_000_000);
    get(pool.apply_async(Act::CloseStdout(path.into()))).unwrap();
    assert_eq!(get(pool.apply_async(Act::Echo(7))).unwrap(), 7);
    pool.join().unwrap();
}

/// Its workers are killed with more tasks on their way than a pipe holds.
fn killed() {
    let pool = Pool::new(2, act).unwrap();
    for _ in 0..10 {
        let results = [0; 4].map(|_| pool.apply_async(Act::Count(vec![7; 1 << 18])));
        for pid in pool.worker_pids() {
            kill(pid);
        }
        results.into_iter().for_each(|result| drop(get(result)));
    }
    pool.join().unwrap();
}
