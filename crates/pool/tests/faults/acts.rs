//! The task of these tests: does what it is told, however bad.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Write, stdin, stdout};
use std::path::PathBuf;
use std::process::{self, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub enum Act {
    /// Answers the number.
    Echo(u64),
    /// Answers how many bytes these are.
    Count(Vec<u8>),
    /// Leaves a mark, which must not be there yet, then computes for so many µs; answers the number.
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
    /// Answers how many bytes it has read.
    ReadStdin,
    /// Closes stdout and opens a file, which takes its number.
    CloseStdout(PathBuf),
    /// Starts a program that outlives the worker; answers its process id.
    StartDaemon,
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
        Act::WriteEverywhere(bytes) => {
            for number in 3..100 {
                // A pipe's reading end, opened anew like this, is a writing one.
                let _ = fs::write(format!("/proc/self/fd/{number}"), &bytes);
            }
            0
        }
    }
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
    let memory: Vec<Vec<u8>> = (0..).map(|_| vec![1; 64 << 20]).take(64).collect();
    memory.len() as u64
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
