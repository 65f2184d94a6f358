//! Real faults, really caused: kills at random moments, full pipes, garbage, a parent that is gone.
//!
//! The heavy counts are ignored tests (`-- --ignored` runs them), each beside a smaller one. A fault
//! that hits the queue's own process hits a host: this program started again as `faults host NAME`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::sync::mpsc;
use std::time::Duration;
use std::{env, panic, thread};

use ipc_queue::run_if_child;
use libtest_mimic::{Arguments, Failed, Trial};

mod errors;
mod hosts;
#[cfg(unix)] // where a process can be stopped
mod kills;
mod storm;
mod targets;
mod waits;

/// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

type Test = (&'static str, fn());

fn main() {
    run_if_child(targets::ALL);
    if let Some(name) = hosts::name() {
        return hosts::run(&name, env::args().skip(3));
    }

    let light = [
        errors::TESTS,
        waits::TESTS,
        #[cfg(unix)]
        kills::TESTS,
        storm::TESTS,
        hosts::TESTS,
    ];
    let heavy: &[&[Test]] = &[storm::HEAVY, hosts::HEAVY];
    let trial = |&(name, run): &Test| {
        Trial::test(name, move || {
            let (sender, done) = mpsc::channel();
            thread::spawn(move || sender.send(panic::catch_unwind(run).is_ok()));
            match done.recv_timeout(10 * NET) {
                Ok(true) => Ok(()),
                Ok(false) => Err(Failed::without_message()),
                Err(_) => Err("it hangs".into()),
            }
        })
    };
    let (light, heavy) = (light.concat(), heavy.concat());
    let light = light.iter().map(trial);
    let heavy = heavy.iter().map(trial).map(|trial| trial.with_ignored_flag(true));
    libtest_mimic::run(&Arguments::from_args(), light.chain(heavy).collect()).exit();
}
