//! Hosts that are not as a pool would like them: closed stdin, stdout or stderr, signals that are
//! ignored or blocked, children that somebody else waits for, a terminal. On Unix.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::waitpid;
use nix::unistd::close;
use pool::{Error, Pool, TaskError};

use crate::acts::{Act, act};
use crate::{Test, get, hosts, kill};

pub const TESTS: &[Test] = &[
    ("a_host_may_have_closed_stdin_stdout_and_stderr", || succeeds("closed descriptors", &[])),
    ("a_host_may_wait_for_all_children_itself", || succeeds("reaper", &[])),
    ("workers_that_end_when_they_are_ready_are_restarted_ever_more_slowly", ends_when_ready),
    ("what_a_task_prints_last_is_not_lost", what_a_task_prints_last_is_not_lost),
    ("a_task_may_make_a_pool_of_its_own", || succeeds("nested", &[])),
    ("a_task_finds_the_arguments_of_the_program", || succeeds("arguments", &["a", "b"])),
    #[cfg(target_os = "linux")] // where `env` sets signals, and /proc shows them
    ("a_host_may_ignore_sigchld", a_host_may_ignore_sigchld),
    #[cfg(target_os = "linux")]
    (
        "what_a_task_starts_has_the_signals_of_the_host",
        what_a_task_starts_has_the_signals_of_the_host,
    ),
    #[cfg(target_os = "linux")] // where `script` runs a command on a terminal
    ("a_task_may_use_the_terminal", a_task_may_use_the_terminal),
];

fn succeeds(host: &str, args: &[&str]) {
    let output = hosts::output(host, args);
    assert!(output.status.success(), "{output:?}");
}

/// What the hosts of this file do; `false` if it is none of them.
pub fn run(name: &str) -> bool {
    match name {
        "closed descriptors" => closed_descriptors(),
        "reaper" => reaper(),
        "unknown status" => unknown_status(),
        "ready and gone" => ready_and_gone(),
        "last words" => last_words(),
        "nested" => nested(),
        "arguments" => arguments(),
        "signals" => signals(),
        "terminal" => terminal(),
        _ => return false,
    }
    true
}

fn closed_descriptors() {
    // Without a stderr a panic can't be seen: the exit status tells.
    for closed in [0, 1, 2] {
        close(closed).unwrap();
        let pool = Pool::new(2, act).unwrap();
        // Later the host may open a file as its stdin, say.
        assert!(close(closed).is_err(), "the pool has taken the number {closed}");
        let pids = pool.worker_pids();
        assert_eq!(pool.map((0..1_000).map(Act::Echo)).unwrap(), (0..1_000).collect::<Vec<_>>());
        assert_eq!(get(pool.apply_async(Act::ReadStdin)).unwrap(), 0);
        assert_eq!(pool.worker_pids(), pids);
        pool.join().unwrap();
    }
}

/// Waits for all children, as a process with the id 1 does in a container.
fn reaper() {
    std::thread::spawn(|| {
        loop {
            let _ = waitpid(None, None);
        }
    });
    unknown_status();
}

/// The status of a worker can't be known here, or can by accident; but it isn't said to be another.
fn unknown_status() {
    let pool = Pool::new(2, act).unwrap();
    for _ in 0..20 {
        // Killed in the middle of the task, and not before it.
        let died = [(); 2].map(|()| pool.apply_async(Act::Shell("kill -9 $PPID".into())));
        for result in died {
            let Err(TaskError::WorkerDied { status, .. }) = get(result) else { panic!() };
            assert!(status.is_none_or(|status| status.code().is_none()), "{status:?}");
        }
    }
    pool.join().unwrap();
}

#[cfg(target_os = "linux")]
fn a_host_may_ignore_sigchld() {
    for (host, unknown) in [("unknown status", true), ("killed", true), ("signals", false)] {
        let host = hosts::command(host, &[]);
        let mut env = Command::new("env");
        env.arg("--ignore-signal=CHLD").arg(host.get_program()).args(host.get_args());
        let output = env.output().unwrap();
        assert!(!unknown || output.status.success(), "{output:?}");
    }
}

fn ends_when_ready() {
    let folder = tempfile::tempdir().unwrap();
    let tried = folder.path().join("tried");
    succeeds("ready and gone", &[tried.to_str().unwrap()]);
    let tries = fs::read(tried).unwrap().len();
    assert!((2..=30).contains(&tries), "{tries} workers");
}

/// Ends the process as soon as the main thread waits for tasks.
fn leave_soon() {
    let path = std::env::args().next_back().unwrap();
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    std::io::Write::write_all(&mut file, b"x").unwrap();
    std::thread::spawn(|| {
        while !begun().exists() {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(5)); // to be ready before, mostly
        std::process::exit(3)
    });
}

/// A file that is there once the pool is.
fn begun() -> PathBuf {
    Path::new(&std::env::args().next_back().unwrap()).with_extension("begun")
}

fn ready_and_gone() {
    let pool = Pool::builder(act).processes(2).initializer(leave_soon).build().unwrap();
    let start = Instant::now();
    fs::write(begun(), "").unwrap();
    // An iterator over nothing needs no worker, and tells whether there is a pool.
    while !matches!(pool.imap([]).next(), Some(Err(TaskError::NoWorkers(_)))) {
        let tries = fs::read(std::env::args().next_back().unwrap()).unwrap().len();
        assert!(tries <= 30, "{tries} workers");
        std::thread::yield_now();
    }
    assert!(start.elapsed() > Duration::from_secs(1), "it has hardly waited between two starts");
    assert!(matches!(pool.join(), Err(Error::NoStart(_))));
}

fn what_a_task_prints_last_is_not_lost() {
    let output = hosts::output("last words", &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"joined terminated dropped mapped ");
}

fn last_words() {
    let say = |text: &str| {
        let pool = Pool::new(1, act).unwrap();
        get(pool.apply_async(Act::Say(format!("{text} ")))).unwrap();
        pool
    };
    say("joined").join().unwrap();
    say("terminated").terminate();
    drop(say("dropped"));
    let pool = Pool::new(1, act).unwrap();
    pool.map([Act::Say("mapped ".into())]).unwrap();
    pool.terminate();
}

fn nested() {
    let pool = Pool::new(1, act).unwrap();
    assert!(get(pool.apply_async(Act::Nested(3))).unwrap() > 0);
    pool.join().unwrap();
}

fn arguments() {
    let here = std::env::args().count() as u64;
    assert_eq!(pool::args().count() as u64, here);
    let pool = Pool::new(1, act).unwrap();
    assert_eq!(get(pool.apply_async(Act::CountArguments { all: false })).unwrap(), here);
    assert_eq!(get(pool.apply_async(Act::NestCountArguments)).unwrap(), here);
    assert!(get(pool.apply_async(Act::CountArguments { all: true })).unwrap() > here);
}

/// Prints the signal settings of a program that this one starts, and of one that a task starts; then the
/// exit code of one that writes to a pipe that nobody reads.
fn signals() {
    // Its dispositions are set by whoever starts it.
    SigSet::from_iter([Signal::SIGUSR1, Signal::SIGTERM]).thread_block().unwrap();
    let show = "exec grep -E 'Sig(Blk|Ign)' /proc/self/status";
    let code = Command::new("sh").args(["-c", show]).status().unwrap();
    assert!(code.success());
    let pool = Pool::new(1, act).unwrap();
    get(pool.apply_async(Act::Shell(show.into()))).unwrap();
    // The same on each later run: the settings are those of the first worker's successor, too.
    kill(pool.worker_pids()[0]);
    while get(pool.apply_async(Act::Shell(show.into()))).is_err() {}
    // A shell's way to say SIGPIPE.
    let pipe = "{ yes; echo $? >&2; } | head -1 > /dev/null";
    get(pool.apply_async(Act::Shell(pipe.into()))).unwrap();
    pool.join().unwrap();
}

#[cfg(target_os = "linux")]
fn what_a_task_starts_has_the_signals_of_the_host() {
    for ignored in ["--default-signal", "--ignore-signal=INT,HUP"] {
        let host = hosts::command("signals", &[]);
        let mut env = Command::new("env");
        env.arg(ignored).arg(host.get_program()).args(host.get_args());
        let output = env.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let shown = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        let [blocked, ignored, rest @ ..] = &lines[..] else { panic!("{shown}") };
        assert!(blocked.starts_with("SigBlk:") && blocked.ends_with("4200"), "{blocked}");
        assert_eq!(rest, [*blocked, *ignored, *blocked, *ignored]);
        assert_eq!(output.stderr, b"141\n");
    }
}

/// Prints to the terminal, and reads from it.
fn terminal() {
    let pool = Pool::new(1, act).unwrap();
    let command = "echo a worker prints; read line < /dev/tty && test \"$line\" = typed";
    assert_eq!(get(pool.apply_async(Act::Shell(command.into()))).unwrap(), 0);
    pool.join().unwrap();
}

#[cfg(target_os = "linux")]
fn a_task_may_use_the_terminal() {
    let host = hosts::command("terminal", &[]);
    let words = [host.get_program()].into_iter().chain(host.get_args());
    let words: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    // With `tostop`, who isn't in the foreground is stopped when it prints.
    let command = format!("stty tostop; exec {}", words.join(" "));
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).stdin(std::process::Stdio::piped());
    script.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut script = script.spawn().unwrap();
    // The terminal keeps it until the task reads; open until then.
    let mut keyboard = script.stdin.take().unwrap();
    std::io::Write::write_all(&mut keyboard, b"typed\n").unwrap();
    let (sender, ended) = std::sync::mpsc::channel();
    let pid = script.id();
    std::thread::spawn(move || sender.send(script.wait_with_output().unwrap()));
    let Ok(output) = ended.recv_timeout(crate::NET) else {
        kill(pid);
        panic!("stopped");
    };
    drop(keyboard);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("a worker prints"), "{output:?}");
}
