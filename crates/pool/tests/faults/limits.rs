//! Too few descriptors, too few processes, very many tasks, very many pools. On Linux, where a process
//! can see in /proc what it has open and who its children are.

use std::fs;
use std::time::Instant;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, setuid};
use pool::{Error, Pool};

use crate::acts::{Act, act};
use crate::{NET, Test, get, hosts};

pub const TESTS: &[Test] = &[
    ("no_descriptors_left_is_an_error_and_leaves_nothing", || succeeds("descriptors")),
    ("no_processes_left_is_an_error_and_leaves_nothing", || succeeds("processes")),
    ("a_worker_that_cannot_be_replaced_yet_is_replaced_later", || succeeds("replacement")),
    ("a_million_tasks_wait_in_little_memory", || succeeds("million")),
    ("a_hundred_pools_leave_nothing_behind", || uses_leave_nothing(100)),
];
pub const HEAVY: &[Test] = &[
    ("ten_thousand_pools_leave_nothing_behind", || uses_leave_nothing(5_000)),
    ("an_idle_pool_uses_no_processor", || succeeds("resting")),
];

/// Each use makes two pools.
fn uses_leave_nothing(times: usize) {
    let output = hosts::output("uses", &[&times.to_string()]);
    assert!(output.status.success(), "{output:?}");
}

fn succeeds(host: &str) {
    let output = hosts::output(host, &[]);
    assert!(output.status.success(), "{output:?}");
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

/// The descriptors, threads and children of this process.
fn held() -> [usize; 3] {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children"));
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten().flat_map(children);
    let children = threads.map(|list| list.split_whitespace().count()).sum();
    [count("/proc/self/fd"), count("/proc/self/task"), children]
}

/// Waits until this process holds as much as `before`: a thread that was joined is still seen for an
/// instant.
fn is_as(before: [usize; 3]) {
    let start = Instant::now();
    while held() != before {
        assert!(start.elapsed() < NET, "{:?} instead of {before:?}", held());
        std::thread::yield_now();
    }
}

fn set_soft_limit(resource: Resource, limit: u64) {
    let (_, hard) = getrlimit(resource).unwrap();
    setrlimit(resource, limit.min(hard), hard).unwrap();
}

/// Makes a pool under each limit from none to enough: an error or a pool that works, and nothing left.
fn under_limits(resource: Resource, limits: impl Iterator<Item = u64>) {
    let (before, (soft, _)) = (held(), getrlimit(resource).unwrap());
    let (mut refused, mut made) = (0, 0);
    for limit in limits {
        set_soft_limit(resource, limit);
        match Pool::new(4, act) {
            Err(Error::Spawn(_) | Error::NoStart(_)) => refused += 1,
            Err(other) => panic!("{other}"),
            Ok(pool) => {
                made += 1;
                assert_eq!(get(pool.apply_async(Act::Echo(limit))).unwrap(), limit);
            }
        }
        set_soft_limit(resource, soft);
        is_as(before);
    }
    println!("{refused} refused, {made} made");
    assert!(refused > 0);
}

pub fn few_descriptors() {
    under_limits(Resource::RLIMIT_NOFILE, 3..60);
}

pub fn few_processes() {
    if Uid::effective().is_root() {
        // Root has no such limit; a user whom nobody else is has exactly this process.
        setuid(Uid::from_raw(3_141_592)).unwrap();
    }
    under_limits(Resource::RLIMIT_NPROC, 0..20);
}

pub fn no_descriptor_for_a_replacement() {
    let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let pool = Pool::new(4, act).unwrap();
    set_soft_limit(Resource::RLIMIT_NOFILE, 3);
    let killed = pool.worker_pids()[0];
    kill(Pid::from_raw(killed as i32), Signal::SIGKILL).unwrap();
    while pool.worker_pids().contains(&killed) {
        std::thread::yield_now();
    }
    for n in 0..100 {
        assert_eq!(get(pool.apply_async(Act::Echo(n))).unwrap(), n);
    }
    assert_eq!(pool.worker_pids().len(), 3);
    set_soft_limit(Resource::RLIMIT_NOFILE, soft);
    while pool.worker_pids().len() < 4 {
        std::thread::yield_now();
    }
    pool.join().unwrap();
}

fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

pub fn a_million() {
    const TASKS: usize = 1_000_000;
    let pool = Pool::new(2, act).unwrap();
    let busy = [0, 1].map(|_| pool.apply_async(Act::SleepForEver));
    let ([descriptors, ..], memory) = (held(), resident());
    let results: Vec<_> = (0..TASKS).map(|n| pool.apply_async(Act::Echo(n as u64))).collect();
    assert_eq!(held()[0], descriptors);
    let each = (resident() - memory) / TASKS;
    let start = Instant::now();
    pool.terminate();
    let took = start.elapsed();
    println!("{each} bytes for each waiting task; terminated in {took:?}");
    assert!(each < 400 && took < NET);
    assert!(results.into_iter().chain(busy).all(|result| get(result).is_err()));
}

/// For 10 s nothing happens, in this process and in its workers.
pub fn resting() {
    let pool = Pool::new(4, act).unwrap();
    pool.map((0..1_000).map(Act::Echo)).unwrap();
    let pids = || pool.worker_pids().into_iter().chain([std::process::id()]);
    let before: Vec<u64> = pids().map(ticks).collect();
    std::thread::sleep(std::time::Duration::from_secs(10)); // what is measured
    let used: Vec<u64> = pids().map(ticks).zip(before).map(|(now, before)| now - before).collect();
    assert!(used.iter().all(|ticks| *ticks <= 1), "{used:?} hundredths of a second");
}

/// How long a process has used a processor, in hundredths of a second: see proc_pid_stat(5).
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let behind_the_name = stat.rsplit_once(')').unwrap().1;
    let times = behind_the_name.split_whitespace().skip(11).take(2);
    times.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// Each function of the library, so many times.
pub fn uses(times: usize) {
    let once = || {
        let mut pool = Pool::builder(act).processes(1).build().unwrap();
        get(pool.apply_async(Act::Echo(1))).unwrap();
        pool.map([Act::Echo(1), Act::Echo(2)]).unwrap();
        assert_eq!(pool.imap([Act::Echo(1)]).chain([]).count(), 1);
        assert_eq!(pool.imap_unordered([Act::Echo(1)]).count(), 1);
        pool.close();
        pool.join().unwrap();
        Pool::new(1, act).unwrap().terminate();
    };
    once();
    let before = held();
    (0..times).for_each(|_| once());
    is_as(before);
}
