//! Programs with a queue, as processes of their own, so that a fault can hit all of the process, or
//! what the process holds can be counted.

use std::env::{self, Args};
#[cfg(target_os = "linux")]
use std::fs;
use std::io::Read;
#[cfg(unix)]
use std::io::{self, Write};
use std::iter::Skip;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ipc_queue::{Process, Queue};
#[cfg(unix)]
use ipc_queue::{Sender, Target};
use rand::RngExt;

use crate::targets::{COMPUTE, GET, TOO_MUCH, Value};
#[cfg(target_os = "linux")]
use crate::targets::{MANY, NOTHING, RECORDER, REST};
use crate::{NET, Test};

pub const TESTS: &[Test] = &[
    ("no_process_outlives_a_killed_parent", || killed_parents(10)),
    #[cfg(target_os = "linux")] // where a process can see its memory and its descriptors
    ("a_slow_reader_takes_bounded_memory", || succeeds("slow", "")),
    #[cfg(target_os = "linux")] // where `env` ignores a signal for a program
    ("a_host_may_ignore_sigchld", a_host_may_ignore_sigchld),
    #[cfg(unix)] // where a program starts with whatever is open
    ("a_host_may_have_stdin_stdout_and_stderr_closed", a_host_may_have_all_closed),
    #[cfg(target_os = "linux")]
    ("a_hundred_uses_leave_nothing_behind", || succeeds("uses", "100")),
];
pub const HEAVY: &[Test] = &[
    ("no_process_outlives_a_killed_parent_100_of_100", || killed_parents(100)),
    #[cfg(target_os = "linux")]
    ("ten_thousand_uses_leave_nothing_behind", || succeeds("uses", "10000")),
    #[cfg(target_os = "linux")]
    ("an_idle_queue_uses_no_processor", || succeeds("resting", "")),
];

fn command(name: &str, arg: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["host", name, arg]).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[cfg(target_os = "linux")]
fn succeeds(name: &str, arg: &str) {
    let output = command(name, arg).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

#[cfg(target_os = "linux")]
fn a_host_may_ignore_sigchld() {
    let mut env = Command::new("env");
    env.arg("--ignore-signal=CHLD").arg(env::current_exe().unwrap()).args(["host", "unreaped"]);
    assert!(env.status().unwrap().success());
}

#[cfg(unix)]
fn a_host_may_have_all_closed() {
    assert!(command("closed", "").status().unwrap().success());
}

/// Whatever this opens first would have the number of stdin, stdout or stderr.
#[cfg(unix)]
fn closed() {
    use nix::unistd::close;
    for number in [0, 1, 2] {
        close(number).unwrap(); // std has opened /dev/null if it was closed
        let (queue, results) = (Queue::new().unwrap(), Queue::new().unwrap());
        let (sender, receiver) = ipc_queue::pipe().unwrap();
        let mut child = Process::start(&STDIO, (&queue, &results, sender)).unwrap();
        assert!(close(number).is_err(), "{number} is taken");
        queue.put(&7).unwrap();
        assert_eq!((results.get().unwrap(), receiver.recv().unwrap()), (8, 9));
        assert!(child.join().unwrap().success());
    }
}

/// Prints what its values must not be mixed with.
#[cfg(unix)]
pub static STDIO: Target<(Queue<u32>, Queue<u32>, Sender<u32>)> =
    Target::new("stdio", |(queue, results, sender)| {
        let _ = (writeln!(io::stdout(), "out"), writeln!(io::stderr(), "err"));
        let n = queue.get().unwrap();
        results.put(&(n + 1)).unwrap();
        sender.send(&(n + 2)).unwrap();
    });

/// The system doesn't tell this process how its children end.
#[cfg(target_os = "linux")]
fn unreaped() {
    use std::os::unix::process::ExitStatusExt;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    assert_ne!(u64::from_str_radix(ignored.trim(), 16).unwrap() & 1 << 16, 0, "{ignored}");
    let queue: Queue<Value> = Queue::new().unwrap();
    assert!(Process::start(&NOTHING, &queue).unwrap().join().unwrap().success());
    for (end, signal) in [(Process::terminate as fn(&mut Process) -> _, 15), (Process::kill, 9)] {
        let mut child = Process::start(&GET, &queue).unwrap();
        assert!(child.is_alive());
        end(&mut child).unwrap();
        assert_eq!(child.join().unwrap().signal(), Some(signal));
        assert!(!child.is_alive());
        end(&mut child).unwrap();
    }
    let mut child = Process::start(&GET, &queue).unwrap();
    let kill = format!("kill -s KILL {}", child.id());
    let _ = Command::new("sh").args(["-c", &kill]).status(); // whose end isn't told either
    for _ in 0..2 {
        assert_eq!(child.join().unwrap_err().kind(), io::ErrorKind::NotFound);
        child.terminate().unwrap(); // it has ended otherwise
    }
    for _ in 0..100 {
        let mut child = Process::start(&GET, &queue).unwrap();
        while child.is_alive() {
            child.terminate().unwrap(); // also when the system has reaped it
        }
    }
}

fn killed_parents(times: usize) {
    for i in 0..times {
        let mut host = command("three", "").spawn().unwrap();
        let mut stdout = host.stdout.take().unwrap();
        // On Windows a process that is ended while the system makes a child for it leaves that child
        // behind, suspended. So there the children have to be there first.
        if cfg!(windows) || i % 2 == 0 {
            stdout.read_exact(&mut [0; 5]).unwrap();
        } else {
            // Not to wait for anything: only to be at a random moment.
            thread::sleep(rand::rng().random_range(Duration::ZERO..Duration::from_millis(30)));
        }
        host.kill().unwrap();
        let start = Instant::now();
        let killed = if cfg!(unix) { "SIGKILL" } else { "exit code: 1" };
        assert!(host.wait().unwrap().to_string().contains(killed));
        let (sender, all_gone) = mpsc::channel();
        thread::spawn(move || {
            stdout.read_to_end(&mut Vec::new()).unwrap(); // the children hold it too
            sender.send(()).unwrap();
        });
        all_gone.recv_timeout(NET).expect("a child lives on");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

/// The host that this process was started as.
pub fn name() -> Option<String> {
    let mut args = env::args().skip(1);
    args.next().filter(|arg| arg == "host").and_then(|_| args.next())
}

pub fn run(name: &str, mut args: Skip<Args>) {
    let _times = args.next().and_then(|arg| arg.parse::<u32>().ok());
    match name {
        "three" => three(),
        #[cfg(unix)]
        "closed" => closed(),
        #[cfg(target_os = "linux")]
        "unreaped" => unreaped(),
        #[cfg(target_os = "linux")]
        "slow" => slow(),
        #[cfg(target_os = "linux")]
        "resting" => resting(),
        #[cfg(target_os = "linux")]
        "uses" => uses(_times.unwrap()),
        _ => panic!("no host {name}"),
    }
}

/// One child that computes, one that waits to get, one that waits to put.
fn three() {
    let queue: Queue<Value> = Queue::new().unwrap();
    let full: Queue<Value> = Queue::new().unwrap();
    let _children = [
        Process::start(&COMPUTE, &queue).unwrap(),
        Process::start(&GET, &queue).unwrap(),
        Process::start(&TOO_MUCH, &full).unwrap(),
    ];
    println!("ready");
    loop {
        thread::park();
    }
}

#[cfg(target_os = "linux")]
fn slow() {
    let queue: Queue<Value> = Queue::new().unwrap();
    let _writers = [0; 4].map(|_| Process::start(&TOO_MUCH, &queue).unwrap());
    let start = Instant::now();
    while queue.try_put(&(0, 0, String::new())).is_ok() {
        assert!(start.elapsed() < NET, "it is never full");
        thread::yield_now();
    }
    queue.close();
    let got = queue.iter().filter(|value| !value.as_ref().unwrap().2.is_empty()).count();
    assert_eq!(got, 400);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("400 MiB put, the peak of memory is{peak}");
    let peak: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 200 << 10, "{peak} KiB"); // 64 MiB, and what is on its way
}

/// After a flood nothing happens for 10 s, in this process, a writer that has nothing more to put and
/// a reader that waits.
#[cfg(target_os = "linux")]
fn resting() {
    let queue: Queue<Value> = Queue::new().unwrap();
    let children = [&REST, &RECORDER].map(|target| Process::start(target, &queue).unwrap());
    let start = Instant::now();
    let record = crate::targets::record(children[1].id());
    while fs::metadata(&record).map_or(0, |file| file.len()) < u64::from(MANY) * 8 {
        assert!(start.elapsed() < NET);
        thread::yield_now();
    }
    let pids = [std::process::id(), children[0].id(), children[1].id()];
    let before = pids.map(ticks);
    thread::sleep(Duration::from_secs(10)); // what is measured
    let used: Vec<u64> = pids.map(ticks).iter().zip(before).map(|(now, was)| now - was).collect();
    assert!(used.iter().all(|ticks| *ticks <= 1), "{used:?} hundredths of a second");
    fs::remove_file(record).unwrap();
}

/// How long a process has used a processor, in hundredths of a second: see proc_pid_stat(5).
#[cfg(target_os = "linux")]
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let behind_the_name = stat.rsplit_once(')').unwrap().1;
    let times = behind_the_name.split_whitespace().skip(11).take(2);
    times.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

#[cfg(target_os = "linux")]
fn uses(times: u32) {
    let once = || {
        let queue: Queue<Value> = Queue::new().unwrap();
        let value = (1, 2, "three".to_string());
        queue.put(&value).unwrap();
        assert_eq!(queue.get().unwrap(), value);
        assert!(queue.get_timeout(Duration::ZERO).is_err());
        let mut joined = Process::start(&NOTHING, &queue).unwrap();
        assert!(joined.join().unwrap().success() && !joined.is_alive());
        queue.join().unwrap();
        let mut ended = Process::start(&GET, &queue).unwrap();
        ended.terminate().unwrap();
        ended.join().unwrap();
        drop(Process::start(&NOTHING, &queue).unwrap());
        queue.close();
        assert_eq!(queue.iter().count(), 0);
    };
    let before = held();
    (0..times).for_each(|_| once());
    let start = Instant::now();
    // What ends, ends at once, but not before now.
    while held() != before {
        assert!(start.elapsed() < NET, "{:?} instead of {before:?}", held());
        thread::yield_now();
    }
}

/// The descriptors, threads and children of this process.
#[cfg(target_os = "linux")]
fn held() -> [usize; 3] {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children"));
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten().flat_map(children);
    let children = threads.map(|list| list.split_whitespace().count()).sum();
    [count("/proc/self/fd"), count("/proc/self/task"), children]
}
