//! Programs that don't end by themselves, and very many uses in one process. Both are this program
//! started again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::env;
use std::io::{IsTerminal, Read, stdin};
use std::process::{Command, Stdio, exit};
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};

#[cfg(target_os = "linux")] // where a process can see in /proc what it has set
mod hosts;
mod timeouts;
#[cfg(target_os = "linux")] // where a process can see in /proc what it holds
mod uses;

/// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

fn main() {
    let mut args = env::args().skip(1);
    match args.next().as_deref() {
        Some("waits") => return drop(stdin().read_to_end(&mut Vec::new())),
        Some("starts") => return timeouts::start_another(&args.next().unwrap()),
        #[cfg(target_os = "linux")]
        Some("host") => return hosts::run(&args.next().unwrap()),
        #[cfg(target_os = "linux")]
        Some("uses") => return uses::use_all(args.next().unwrap().parse().unwrap()),
        _ => {}
    }
    if stdin().is_terminal() {
        // There, `call_timeout` gives no program a group of its own.
        let myself = &mut Command::new(env::current_exe().unwrap());
        let status = myself.args(env::args_os().skip(1)).stdin(Stdio::null()).status().unwrap();
        exit(status.code().unwrap_or(1));
    }
    let trials: Vec<Vec<Trial>> = vec![
        timeouts::trials(),
        #[cfg(target_os = "linux")]
        hosts::trials(),
        #[cfg(target_os = "linux")]
        uses::trials(),
    ];
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(8); // more than there are cores: they mostly wait for processes
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit();
}
