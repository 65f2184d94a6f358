//! The task of these tests: does what an `Act` says, however bad.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Write, stdin, stdout};
use std::path::PathBuf;
use std::process::{self, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub enum Act {
    /// Returns the number.
    Echo(u64),
    /// Returns how many bytes these are.
    Count(Vec<u8>),
    /// Leaves a mark, which must not be there yet, then computes for so many µs; returns the number.
    Mark {
        folder: PathBuf,
        number: u64,
        micros: u64,
    },
    Exit(i32),
    Abort,
    OverflowTheStack,
    /// Allocates until the system's limit for this process refuses.
    RunOutOfMemory,
    ComputeForEver,
    SleepForEver,
    /// Says that it is ready, and keeps the lock of stdout.
    HoldStdout,
    /// Starts a thread that says that it is ready while it ends, which then takes for ever. On Windows
    /// it has the loader's lock meanwhile, which a process that ends in order would wait for.
    LeaveForEver,
    /// Prints so many bytes.
    Print(usize),
    /// Returns how many bytes it has read.
    ReadStdin,
    /// Closes stdout and opens a file, which takes its number.
    CloseStdout(PathBuf),
    /// Starts a program that outlives the worker; returns its process id.
    StartDaemon,
    /// Starts programs that hold each of the worker's pipes, as a copy that is forked without exec does;
    /// leaves their process ids in the file, and exits if `exit` is set.
    #[cfg(target_os = "linux")]
    LeaveHolders {
        pids: PathBuf,
        exit: bool,
    },
    /// Forks without exec. Both processes return: the process id of the copy, and in the copy 0.
    #[cfg(unix)]
    Fork,
    /// Prints this, without a newline.
    Say(String),
    /// Runs this by a shell; returns its exit code.
    Shell(String),
    /// Has a pool of its own of this very function compute the number.
    Nested(u64),
    /// Has a pool of its own for a function without an entry check; returns 1 for the right error.
    NestUnchecked,
    /// Returns, from a pool of its own for another function, how many arguments the program has.
    NestCountArguments,
    /// Returns how many arguments the program has, with or without those that a worker gets.
    CountArguments {
        all: bool,
    },
    /// Writes these bytes to every descriptor that it can find.
    WriteEverywhere(Vec<u8>),
}

pub fn act(act: Act) -> u64 {
    match act {
        Act::Echo(number) => number,
        Act::Count(bytes) => bytes.len() as u64,
        Act::Mark { folder, number, micros } => {
            File::create_new(folder.join(number.to_string())).expect("run twice");
            let start = Instant::now();
            while start.elapsed() < Duration::from_micros(micros) {}
            number
        }
        Act::Exit(code) => process::exit(code),
        Act::Abort => process::abort(),
        Act::OverflowTheStack => overflow(0),
        Act::RunOutOfMemory => run_out_of_memory(),
        Act::ComputeForEver => loop {
            black_box(0);
        },
        Act::SleepForEver => loop {
            std::thread::park();
        },
        Act::HoldStdout => {
            let mut stdout = stdout().lock();
            stdout.write_all(b"ready\n").unwrap();
            loop {
                std::thread::park();
            }
        }
        Act::LeaveForEver => {
            std::thread::spawn(|| LEAVING.with(|_| ())).join().unwrap();
            0
        }
        Act::Print(bytes) => {
            stdout().write_all(&vec![b'x'; bytes]).unwrap();
            stdout().flush().unwrap();
            bytes as u64
        }
        Act::ReadStdin => stdin().read_to_end(&mut Vec::new()).unwrap() as u64,
        Act::CloseStdout(path) => close_stdout(path),
        Act::StartDaemon => {
            let mut daemon = crate::hosts::command("daemon", &[]);
            daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap().id().into()
        }
        #[cfg(target_os = "linux")]
        Act::LeaveHolders { pids, exit } => {
            leave_holders(&pids);
            if exit { process::exit(3) } else { 0 }
        }
        #[cfg(unix)]
        Act::Fork => match fork::fork().unwrap() {
            fork::Fork::Parent(copy) => copy as u64,
            fork::Fork::Child => 0,
        },
        Act::Say(text) => {
            print!("{text}");
            0
        }
        Act::Shell(command) => {
            let mut sh = process::Command::new("sh");
            sh.args(["-c", &command]).status().unwrap().code().unwrap() as u64
        }
        Act::Nested(0) => process::id().into(),
        Act::Nested(depth) => {
            let pool = pool::Pool::new(2, crate::acts::act).unwrap();
            let ids = pool.map([0, depth - 1].map(Act::Nested)).unwrap();
            assert_ne!(ids[0], u64::from(process::id()));
            pool.join().unwrap();
            ids[1]
        }
        Act::NestUnchecked => crate::starts::nest_unchecked(),
        Act::NestCountArguments => pool::Pool::new(1, count_arguments).unwrap().apply(()).unwrap(),
        Act::CountArguments { all: true } => std::env::args().count() as u64,
        Act::CountArguments { all: false } => pool::args().count() as u64,
        Act::WriteEverywhere(bytes) => {
            for number in 3..100 {
                // A pipe's reading end, opened anew like this, is a writing one.
                let _ = fs::write(format!("/proc/self/fd/{number}"), &bytes);
            }
            0
        }
    }
}

#[cfg(target_os = "linux")]
#[expect(
    clippy::zombie_processes,
    reason = "they outlive this process, which is what they are for"
)]
pub fn leave_holders(pids: &std::path::Path) {
    let mut list = String::new();
    for entry in fs::read_dir("/proc/self/fd").unwrap().flatten() {
        let number = entry.file_name().into_string().unwrap();
        let is_pipe =
            fs::read_link(entry.path()).is_ok_and(|to| to.to_string_lossy().starts_with("pipe:"));
        if !is_pipe || !(3..100).contains(&number.parse().unwrap()) {
            continue; // stdin to stderr, or from this program's parent
        }
        // Opened anew like this it would also be the other end, so: for the same direction.
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
        let writes = flags.trim().ends_with('1');
        let end = File::options().read(!writes).write(writes).open(entry.path()).unwrap();
        let mut holder = crate::hosts::command("daemon", &[]);
        if writes {
            holder.stdout(end)
        } else {
            holder.stdin(end).stdout(Stdio::null())
        };
        let holder = holder.stderr(Stdio::null()).spawn().unwrap();
        list += &format!("{} ", holder.id());
    }
    fs::write(pids, list).unwrap();
}

struct ForEver;

impl Drop for ForEver {
    fn drop(&mut self) {
        let _ = writeln!(stdout(), "ready");
        loop {
            std::thread::park();
        }
    }
}

thread_local! { static LEAVING: ForEver = const { ForEver } }

/// Another task.
pub fn count_arguments(_: ()) -> u64 {
    pool::args().count() as u64
}

#[allow(unconditional_recursion)] // which is the point
fn overflow(depth: u64) -> u64 {
    let frame = black_box([depth; 1024]);
    overflow(depth + 1) + frame[1]
}

#[cfg(target_os = "linux")] // not every Unix has this limit, or heeds it
fn run_out_of_memory() -> u64 {
    #[cfg(not(target_os = "freebsd"))]
    use nix::sys::resource::Resource::RLIMIT_AS as MEMORY;
    #[cfg(target_os = "freebsd")]
    use nix::sys::resource::Resource::RLIMIT_VMEM as MEMORY; // its name there
    let limit = 1 << 30;
    nix::sys::resource::setrlimit(MEMORY, limit, limit).unwrap();
    // Not touched: the system would have to find the memory, which takes long where many need it.
    let memory: Vec<Vec<u8>> = (0..64).map(|_| Vec::with_capacity(64 << 20)).collect();
    black_box(memory).len() as u64
}

#[cfg(not(target_os = "linux"))] // this is more than any machine has
fn run_out_of_memory() -> u64 {
    black_box(vec![1_u8; isize::MAX as usize]).len() as u64
}

#[cfg(unix)]
fn close_stdout(path: PathBuf) -> u64 {
    use std::os::fd::AsRawFd;
    nix::unistd::close(1).unwrap();
    let file = File::create(path).unwrap();
    assert_eq!(file.as_raw_fd(), 1);
    println!("a line that now goes to the file");

    std::mem::forget(file); // it stays open as stdout
    0
}

#[cfg(not(unix))] // closing a number that isn't one's own is unsafe there
fn close_stdout(path: PathBuf) -> u64 {
    drop(path);
    0
}
