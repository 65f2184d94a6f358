//! The end of the pool's process, at any moment and by any means, is the end of its workers.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{fs, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::RngExt;
use shared_child::SharedChild;

use crate::{NET, Test, hosts};

pub const TESTS: &[Test] = &[
    ("no_worker_outlives_a_killed_parent", || killed_parents(3)),
    ("ctrl_c_and_sigterm_end_all_silently", || signals(3)),
    ("a_hosts_own_ctrl_c_handler_stays_in_charge", || own_handlers(3)),
];
pub const HEAVY: &[Test] = &[
    ("no_worker_outlives_a_killed_parent_100_of_100", || killed_parents(25)),
    ("ctrl_c_and_sigterm_end_all_silently_100_of_100", || signals(34)),
    ("a_hosts_own_ctrl_c_handler_stays_in_charge_100_of_100", || own_handlers(50)),
];

/// Starts a program as a process group of its own, with its output read here. What is started in the
/// background of a script finds SIGINT ignored, and so would its children.
fn start(mut command: Command) -> SharedChild {
    if cfg!(target_os = "linux") && ignores_sigint() {
        let mut env = Command::new("env");
        env.arg("--default-signal=INT").arg(command.get_program()).args(command.get_args());
        command = env;
        command.stdin(Stdio::null());
    }
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    SharedChild::spawn(&mut command).unwrap()
}

/// What proc_pid_status(5) tells of this process.
fn ignores_sigint() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(ignored.trim(), 16).unwrap() & (1 << (Signal::SIGINT as u64 - 1)) != 0
}

/// Sends a signal to the process, or to its group, when it has said that it is ready or at a random
/// moment. Answers how it ended and what it wrote to stderr. Workers hold both pipes: their end is
/// the end of all of them.
fn end(child: SharedChild, signal: Signal, group: bool, when_ready: bool) -> (ExitStatus, String) {
    let mut stdout = child.take_stdout().unwrap();
    if when_ready {
        stdout.read_exact(&mut [0; 5]).unwrap();
    } else {
        // Not to wait for anything: only to be at a random moment.
        thread::sleep(rand::rng().random_range(Duration::ZERO..Duration::from_millis(50)));
    }
    let id = Pid::from_raw(child.id() as i32);
    kill(if group { Pid::from_raw(-id.as_raw()) } else { id }, signal).unwrap();
    let start = Instant::now();
    let Some(status) = child.wait_timeout(NET).unwrap() else {
        child.kill().unwrap();
        panic!(
            "{signal} is no end for it; is the signal ignored here, as in the background of a script?"
        );
    };
    let (sender, all_gone) = mpsc::channel();
    thread::spawn(move || {
        let mut told = String::new();
        child.take_stderr().unwrap().read_to_string(&mut told).unwrap();
        stdout.read_to_end(&mut Vec::new()).unwrap();
        sender.send(told).unwrap();
    });
    let told = all_gone.recv_timeout(NET).expect("a worker lives on");
    let took = start.elapsed();
    if took > Duration::from_millis(200) {
        eprintln!("{id}: the last was gone after {took:?}");
    }
    assert!(took < Duration::from_secs(10), "{took:?}");
    (status, told)
}

fn killed_parents(times: usize) {
    for i in 0..times {
        for host in ["idle", "sleeping", "computing", "busy"] {
            let when_ready = i % 2 == 0 && host != "busy";
            let child = start(hosts::command(host, &[]));
            let (status, told) = end(child, Signal::SIGKILL, false, when_ready);
            assert_eq!((status.signal(), told.as_str()), (Some(9), ""), "{host}");
        }
    }
}

/// As a shell says it: the exit code, or 128 and the signal's number.
fn as_a_shell_says(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

fn signals(times: usize) {
    let lesson = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pool"));
        command.args(["--longest", "100"]).stdin(Stdio::null());
        command
    };
    for i in 0..times {
        for (signal, group, code) in [
            (Signal::SIGINT, true, 130),
            (Signal::SIGINT, false, 130),
            (Signal::SIGTERM, true, 143),
            (Signal::SIGTERM, false, 143),
        ] {
            for command in [lesson(), hosts::command("sleeping", &[])] {
                let (status, told) = end(start(command), signal, group, i % 2 == 0);
                assert_eq!((as_a_shell_says(status), told.as_str()), (code, ""), "{signal}");
            }
        }
    }
}

fn own_handlers(times: usize) {
    for _ in 0..times {
        for group in [true, false] {
            let host = start(hosts::command("handler", &[]));
            let (status, told) = end(host, Signal::SIGINT, group, true);
            assert_eq!((status.code(), told.as_str()), (Some(42), ""));
        }
    }
}
