//! What is measured: a contestant is a command line that does one piece of work once, in a process
//! of its own, and prints what that cost. So no contestant finds what another left in memory, and
//! those in Python (`peers.py`) are run no differently.

use std::env;

use crate::Done;

mod call;
mod cargo_run;
mod communicate;
mod ipc_channel;
mod lock;
mod memory;
mod pool;
mod procspawn;
mod queue;
mod raw;
mod report;
mod threads;

/// What the bench starts itself with to run a contestant: the test, the contestant and the sizes follow.
pub const SUBCOMMAND: &str = "contestant";

/// The entry checks of all that start this program again.
pub fn run_if_child() {
    pool::run_if_worker();
    queue::run_if_child();
    ::procspawn::init();
    raw::run_if_child();
    ipc_channel::run_if_child();
}

/// Runs the contestant that the arguments name, which prints its cost; does nothing if they name none.
pub fn run_if_contestant() -> Option<Done<()>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [subcommand, test, who, sizes @ ..] = &args[..] else { return None };
    let sizes: Vec<u64> = sizes.iter().filter_map(|size| size.parse().ok()).collect();
    (subcommand == SUBCOMMAND).then(|| run(test, who, &sizes))
}

fn run(test: &str, who: &str, sizes: &[u64]) -> Done<()> {
    match (test, sizes) {
        ("call", &[n]) => call::run(who, n),
        ("communicate-cat", &[mib]) => communicate::cat(who, mib),
        ("communicate-tiny", &[n]) => communicate::tiny(who, n),
        ("lock", &[n]) => lock::run(who, n),
        ("threads", &[n]) => threads::spawn(who, n),
        ("cargo-run", _) => cargo_run::run(who),
        _ if test.starts_with("pool") => run_tasks(test, who, sizes),
        _ => run_messages(test, who, sizes),
    }
}

/// The pools, and what they are compared with.
fn run_tasks(test: &str, who: &str, sizes: &[u64]) -> Done<()> {
    match (test, who, sizes) {
        ("pool-apply-async", "us", &[n, workers]) => pool::apply_async(n, workers),
        ("pool-apply-async", "procspawn", &[n, workers]) => procspawn::spawn(n, workers),
        ("pool-map", "us", &[n, workers]) => pool::map(n, workers),
        ("pool-map-bytes", "us", &[n, workers, bytes]) => pool::map_bytes(n, workers, bytes),
        ("pool-map-bytes", "pipes", &[n, workers, bytes]) => raw::there_and_back(n, workers, bytes),
        ("pool-apply", "us", &[n, workers]) => pool::apply(n, workers),
        ("pool-apply", "procspawn", &[n, workers]) => procspawn::spawn_and_join(n, workers),
        ("pool-apply", "pipes", &[n, _]) => raw::ping_pong(n),
        ("pool-start", "us", &[n, workers]) => pool::start(n, workers),
        ("pool-start", "procspawn", &[n, workers]) => procspawn::start(n, workers),
        ("pool-memory", "us", &[n, workers]) => pool::memory(n, workers),
        ("pool-memory", "procspawn", &[n, workers]) => procspawn::memory(n, workers),
        ("pool-queued", "us", &[n, workers]) => pool::queued(n, workers),
        ("pool-sleep" | "pool-compute", "us", &[n, workers]) => pool::tasks(test, n, workers),
        (_, "procspawn", &[n, workers]) => procspawn::tasks(test, n, workers),
        (_, "threads", &[n, workers]) => threads::tasks(test, n, workers),
        _ => no_contestant(test, who, sizes),
    }
}

/// The queues and pipes.
fn run_messages(test: &str, who: &str, sizes: &[u64]) -> Done<()> {
    match (test, who, sizes) {
        ("queue", "us", &[n, bytes, writers, readers]) => {
            queue::throughput(n, bytes, writers, readers, 0)
        }
        ("queue-capacity", "us", &[n, bytes, writers, readers, capacity]) => {
            queue::throughput(n, bytes, writers, readers, usize::try_from(capacity)?)
        }
        ("queue", "ipc-channel", &[n, bytes, writers, readers]) => {
            ipc_channel::throughput(n / writers, bytes, writers, readers)
        }
        ("queue", "pipe", &[n, bytes, ..]) => raw::one_way(n, bytes),
        ("queue-latency", "us", &[n, readers]) => queue::latency(n, readers),
        ("queue-latency", "ipc-channel", &[n, readers]) => ipc_channel::latency(n, readers),
        ("queue-latency", "pipe", &[n, _]) => raw::latency(n, false),
        ("queue-latency", "two pipes", &[n, _]) => raw::latency(n, true),
        ("pipe", "us", &[n, bytes]) => queue::one_way(n, bytes),
        ("pipe", "ipc-channel", &[n, bytes]) => ipc_channel::throughput(n, bytes, 1, 1),
        ("pipe", "ipc-channel String", &[n, bytes]) => ipc_channel::texts(n, bytes),
        ("pipe", "raw pipe", &[n, bytes]) => raw::one_way(n, bytes),
        ("pipe-ping-pong", "us", &[n]) => queue::ping_pong(n),
        ("pipe-ping-pong", "raw pipe", &[n]) => raw::ping_pong(n),
        _ => no_contestant(test, who, sizes),
    }
}

fn no_contestant(test: &str, who: &str, sizes: &[u64]) -> Done<()> {
    Err(format!("no contestant {who} for {test} with sizes {sizes:?}").into())
}
