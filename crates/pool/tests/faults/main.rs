//! Real faults, really caused: kills, signals, limits, garbage. One file for each kind.
//!
//! The heavy counts are ignored tests (`-- --ignored` runs them), each beside a smaller one. A fault
//! that hits the pool's own process hits a host: this program started again as `faults host NAME`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

#[cfg(unix)]
use std::env;
use std::panic;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::de::DeserializeOwned;

mod acts;
mod ends;
#[cfg(unix)]
mod hosts;
#[cfg(target_os = "linux")]
mod limits;
mod messages;
#[cfg(unix)]
mod orphans;
mod starts;
#[cfg(unix)]
mod storm;

/// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

type Test = (&'static str, fn());

fn main() {
    pool::run_if_worker(acts::act);
    pool::run_if_worker(messages::touchy);
    pool::run_if_worker(messages::big);
    #[cfg(unix)]
    if let Some(name) = hosts::name() {
        return hosts::run(&name, env::args().skip(3));
    }

    let light = [
        starts::TESTS,
        ends::TESTS,
        messages::TESTS,
        #[cfg(unix)]
        storm::TESTS,
        #[cfg(unix)]
        orphans::TESTS,
        #[cfg(target_os = "linux")]
        limits::TESTS,
    ];
    let heavy: &[&[Test]] = &[
        #[cfg(unix)]
        storm::HEAVY,
        #[cfg(unix)]
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
    libtest_mimic::run(&Arguments::from_args(), light.chain(heavy).collect()).exit();
}

/// The result, which must come.
fn get<R: DeserializeOwned>(mut result: pool::AsyncResult<R>) -> Result<R, pool::TaskError> {
    let got = result.get_timeout(NET);
    assert!(!matches!(got, Err(pool::TaskError::TimedOut)), "no answer");
    got
}
