//! Hosts in which an exit code can get lost: they ignore SIGCHLD, or wait for all of their children.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;
use std::{env, fs};

use communicate::{Error, Options, Output, run};
use nix::sys::wait::waitpid;

use crate::hosts::{ALL, NET, sh};

/// What is written, in the order of merged output.
const SCRIPT: &str = "cat >&2; echo out; exit 3";

fn is_complete(output: &Output) -> bool {
    let apart = output.stdout == b"out\n" && output.stderr == b"in\n";
    apart || output.stdout == b"in\nout\n" && output.stderr.is_empty()
}

pub fn is_ignored() {
    if env::args().all(|arg| arg != "again") {
        let mut host = Command::new("env");
        host.arg("--ignore-signal=CHLD").arg(env::current_exe().unwrap());
        assert!(host.args(["host", "sigchld_is_ignored", "again"]).status().unwrap().success());
        return;
    }
    assert!(signals("SigIgn").contains(&17), "{:?}", signals("SigIgn"));
    // The library must not wait for other children of this process.
    let mut other = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap(); // ends with this host
    for run in ALL {
        match run(&mut sh(SCRIPT), b"in\n") {
            Err(Error::StatusUnknown { output, .. }) => assert!(is_complete(&output), "{output:?}"),
            other => panic!("{other:?}"),
        }
        let missing = run(&mut Command::new("no-such-command"), b"");
        assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
    }
    assert!(other.try_wait().unwrap().is_none());
    other.kill().unwrap();
    is_ended_in_time();
}

/// The program, which ignores SIGTERM, is ended all the same.
fn is_ended_in_time() {
    let mut timeout = Duration::from_millis(50);
    loop {
        let options = Options {
            timeout: Some(timeout),
            grace: Duration::from_millis(50),
            group: true,
            ..Options::default()
        };
        match run(&mut sh("trap '' TERM; echo out; exec sleep 1000"), &options) {
            Err(Error::TimedOut { output, .. }) if output.stdout == b"out\n" => return,
            Err(Error::TimedOut { .. }) if timeout < NET => timeout *= 2,
            other => panic!("{other:?}"),
        }
    }
}

pub fn is_waited_for_by_others() {
    thread::spawn(|| {
        loop {
            if waitpid(None, None).is_err() {
                thread::yield_now(); // there is none just now
            }
        }
    });
    for _ in 0..200 {
        for run in ALL {
            match run(&mut sh(SCRIPT), b"in\n") {
                Ok(output) => assert!(is_complete(&output) && output.returncode == 3, "{output:?}"),
                Err(Error::StatusUnknown { output, .. }) => assert!(is_complete(&output)),
                Err(error) => panic!("{error}"),
            }
        }
    }
    is_ended_in_time();
}

/// A set of signals of this process, as in proc_pid_status(5), without those that the C library keeps for
/// its threads.
pub fn signals(name: &str) -> Vec<u32> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let set = u64::from_str_radix(line[1..].trim(), 16).unwrap();
    (1..32).filter(|signal| set >> (signal - 1) & 1 == 1).collect()
}
