//! Real faults, really caused: kills at random moments, full pipes, garbage, a parent that is gone.
//!
//! The heavy counts are ignored tests (`-- --ignored` runs them), each beside a smaller one. A fault
//! that hits the queue's own process hits a host: this program started again as `faults host NAME`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::time::Duration;
use std::{env, panic};

use ipc_queue::run_if_child;
use libtest_mimic::{Arguments, Failed, Trial};

mod answers;
mod hosts;
mod storm;
mod targets;

/// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

type Test = (&'static str, fn());

fn main() {
    run_if_child(&targets::ALL);
    if let Some(name) = hosts::name() {
        return hosts::run(&name, env::args().skip(3));
    }

    let light = [answers::TESTS, storm::TESTS, hosts::TESTS];
    let heavy: &[&[Test]] = &[storm::HEAVY, hosts::HEAVY];
    let trial = |&(name, run): &Test| {
        Trial::test(name, move || panic::catch_unwind(run).map_err(|_| Failed::without_message()))
    };
    let (light, heavy) = (light.concat(), heavy.concat());
    let light = light.iter().map(trial);
    let heavy = heavy.iter().map(trial).map(|trial| trial.with_ignored_flag(true));
    libtest_mimic::run(&Arguments::from_args(), light.chain(heavy).collect()).exit();
}
