//! Real faults, really caused: kills, signals, limits, garbage. One file for each kind.
//!
//! The heavy counts are ignored tests (`-- --ignored` runs them), each beside a smaller one. A fault
//! that hits the pool's own process hits a host: this program started again as `faults host NAME`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::path::Path;
#[cfg(windows)]
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, panic};

use libtest_mimic::{Arguments, Failed, Trial};
use serde::de::DeserializeOwned;

mod acts;
mod ends;
#[cfg(unix)]
mod environment;
mod hosts;
#[cfg(target_os = "linux")] // where a process can see in /proc what it holds, and limit it
mod limits;
mod messages;
mod orphans;
mod starts;
mod storm;
mod values;

/// Only a safety net: ten times what anything here needs on a busy machine, where 64 MiB take seconds.
const NET: Duration = Duration::from_secs(300);

type Test = (&'static str, fn());

fn main() {
    pool::run_if_worker(acts::act);
    pool::run_if_worker(acts::count_arguments);
    pool::run_if_worker(messages::touchy);
    pool::run_if_worker(messages::big);
    values::run_if_worker();
    if let Some(mains) = env::var_os(starts::FORGETFUL) {
        return starts::forgetful(mains.as_ref()).unwrap();
    }
    if let Some(name) = hosts::name() {
        return hosts::run(&name, env::args().skip(3));
    }

    let light = [
        starts::TESTS,
        ends::TESTS,
        messages::TESTS,
        values::TESTS,
        #[cfg(unix)]
        environment::TESTS,
        storm::TESTS,
        orphans::TESTS,
        #[cfg(target_os = "linux")]
        limits::TESTS,
    ];
    let heavy: &[&[Test]] = &[
        storm::HEAVY,
        orphans::HEAVY,
        #[cfg(target_os = "linux")]
        limits::HEAVY,
    ];
    let trial = |&(name, run): &Test| {
        Trial::test(name, move || panic::catch_unwind(run).map_err(|_| Failed::without_message()))
    };
    let light = light.concat();
    let heavy = heavy.concat();
    let light = light.iter().map(trial);
    let heavy = heavy.iter().map(trial).map(|trial| trial.with_ignored_flag(true));
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(8); // more than there are cores: they mostly wait for processes
    libtest_mimic::run(&arguments, light.chain(heavy).collect()).exit();
}

/// The result, which must come.
fn get<R: DeserializeOwned>(mut result: pool::AsyncResult<R>) -> Result<R, pool::TaskError> {
    let got = result.get_timeout(NET);
    assert!(!matches!(got, Err(pool::TaskError::TimedOut)), "no result");
    got
}

/// Whether this is Wine instead of Windows.
fn wine() -> bool {
    cfg!(windows) && Path::new(r"C:\windows\system32\winecfg.exe").exists()
}

/// Ends a process of which only the id is known, by SIGKILL. Returns whether it lived.
#[cfg(unix)] // not the program of this name: a host that ignores SIGCHLD learns of no child's end
fn kill(pid: u32) -> bool {
    use nix::{sys::signal, unistd::Pid};
    signal::kill(Pid::from_raw(pid as i32), signal::Signal::SIGKILL).is_ok()
}

/// Ends a process of which only the id is known, by TerminateProcess. Returns whether it lived.
#[cfg(windows)]
fn kill(pid: u32) -> bool {
    let mut kill = Command::new("taskkill");
    kill.args(["/F", "/PID"]).arg(pid.to_string());
    kill.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
}
