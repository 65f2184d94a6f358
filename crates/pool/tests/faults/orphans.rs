//! The end of the pool's process, at any moment and by any means, is the end of its workers.

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rand::RngExt;
use shared_child::SharedChild;

use crate::{NET, Test, hosts};

pub const TESTS: &[Test] = &[
    ("no_worker_outlives_a_killed_parent", || killed_parents(3)),
    ("ctrl_c_and_sigterm_end_all_silently", || on_a_console("interrupted", 3)),
    ("a_hosts_own_ctrl_c_handler_stays_in_charge", || on_a_console("own handlers", 3)),
];
pub const HEAVY: &[Test] = &[
    ("no_worker_outlives_a_killed_parent_100_of_100", || killed_parents(17)),
    ("ctrl_c_and_sigterm_end_all_silently_100_of_100", || on_a_console("interrupted", 34)),
    ("a_hosts_own_ctrl_c_handler_stays_in_charge_100_of_100", || on_a_console("own handlers", 50)),
];

/// Starts a program as a process group of its own (on Unix), with its output read here.
fn start(command: Command) -> SharedChild {
    let mut command = system::own_group(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    SharedChild::spawn(&mut command).unwrap()
}

/// Ends a process when it has said that it is ready or at a random moment. Returns how it ended and
/// what it wrote to stderr. Workers hold both pipes: their end is the end of all of them.
fn end(
    child: SharedChild,
    by: impl FnOnce(&SharedChild) -> io::Result<()>,
    when_ready: bool,
) -> (ExitStatus, String) {
    let mut stdout = child.take_stdout().unwrap();
    if when_ready {
        stdout.read_exact(&mut [0; 5]).unwrap();
    } else {
        // Not to wait for anything: only to be at a random moment.
        thread::sleep(rand::rng().random_range(Duration::ZERO..Duration::from_millis(50)));
    }
    let done = by(&child);
    let start = Instant::now();
    let (Ok(()), Some(status)) = (&done, child.wait_timeout(NET).unwrap()) else {
        child.kill().unwrap();
        panic!("no end for it: {done:?}");
    };
    let id = child.id();
    let (sender, all_gone) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        child.take_stderr().unwrap().read_to_string(&mut text).unwrap();
        stdout.read_to_end(&mut Vec::new()).unwrap();
        sender.send(text).unwrap();
    });
    let text = all_gone.recv_timeout(NET).expect("a worker lives on");
    let took = start.elapsed();
    if took > Duration::from_millis(200) {
        eprintln!("{id}: the last was gone after {took:?}");
    }
    assert!(took < Duration::from_secs(10), "{took:?}");
    (status, text)
}

/// On Windows a process that is ended while the system makes a child for it leaves that child behind,
/// suspended. So there the workers have to be there first.
const READY_FIRST: bool = cfg!(windows);

fn killed_parents(times: usize) {
    for i in 0..times {
        for host in
            ["idle", "sleeping", "computing", "printing for ever", "leaving for ever", "busy"]
        {
            let when_ready = READY_FIRST || i % 2 == 0;
            let child = start(hosts::command(host, &[]));
            let (status, text) = end(child, SharedChild::kill, when_ready);
            assert_eq!((system::as_a_shell_says(status), &*text), (system::KILLED, ""), "{host}");
        }
    }
}

/// The lesson itself, in a hurry.
fn lesson() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pool"));
    command.args(["--longest", "100"]);
    command
}

/// Runs a host that sends what a console sends; on Windows it has one of its own, hidden, so that
/// nobody else on the console of these tests is hit.
fn on_a_console(host: &str, times: usize) {
    let output =
        system::with_console(hosts::command(host, &[&times.to_string()])).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Hosts of [`on_a_console`].
pub fn run(host: &str, times: usize) {
    system::ignore_ctrl_c();
    match host {
        "interrupted" => system::interrupted(times),
        _ => own_handlers(times),
    }
}

fn own_handlers(times: usize) {
    for _ in 0..times {
        for group in [true, false] {
            let host = start(hosts::command("handler", &[]));
            let (status, text) = end(host, |host| system::ctrl_c(host, group), true);
            assert_eq!((status.code(), text.as_str()), (Some(42), ""));
        }
    }
}

#[cfg(unix)]
mod system {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::sync::Once;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use super::*;

    pub const KILLED: i32 = 128 + 9;

    pub fn own_group(mut command: Command) -> Command {
        command.process_group(0);
        command
    }

    /// As a shell says it: the exit code, or 128 and the signal's number.
    pub fn as_a_shell_says(status: ExitStatus) -> i32 {
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
    }

    fn send(child: &SharedChild, signal: Signal, group: bool) -> io::Result<()> {
        let id = Pid::from_raw(child.id() as i32);
        Ok(kill(if group { Pid::from_raw(-id.as_raw()) } else { id }, signal)?)
    }

    pub fn ctrl_c(child: &SharedChild, group: bool) -> io::Result<()> {
        send(child, Signal::SIGINT, group)
    }

    /// With the default effect of SIGINT, which a script's background job ignores, and so would what it starts. A
    /// signal that is handled has its default effect in a program that is started (see execve(2)), so this process
    /// gets a handler.
    pub fn with_console(command: Command) -> Command {
        static HANDLED: Once = Once::new();
        HANDLED.call_once(|| {
            // What Ctrl-C does to this process stays as it was: it ends it, or nothing if it was ignored.
            if ctrlc::try_set_handler(|| std::process::exit(130)).is_err() {
                ctrlc::set_handler(|| {}).unwrap();
            }
        });
        command
    }

    /// It is sent to others alone.
    pub fn ignore_ctrl_c() {}

    pub fn interrupted(times: usize) {
        for i in 0..times {
            for (signal, group, code) in [
                (Signal::SIGINT, true, 130),
                (Signal::SIGINT, false, 130),
                (Signal::SIGTERM, true, 143),
                (Signal::SIGTERM, false, 143),
            ] {
                for command in [lesson(), hosts::command("sleeping", &[])] {
                    let by = |child: &SharedChild| send(child, signal, group);
                    let (status, text) = end(start(command), by, i % 2 == 0);
                    assert_eq!((as_a_shell_says(status), text.as_str()), (code, ""), "{signal}");
                }
            }
        }
    }
}

#[cfg(windows)]
mod system {
    use std::io;
    use std::os::windows::process::CommandExt;

    use send_ctrlc::Interruptible;

    use super::*;

    /// TerminateProcess, as std calls it.
    pub const KILLED: i32 = 1;
    /// What a process ends with that has no handler.
    const STATUS_CONTROL_C_EXIT: i32 = 0xc000_013a_u32 as i32;

    /// A new group would be one that ignores Ctrl-C.
    pub fn own_group(command: Command) -> Command {
        command
    }

    pub fn with_console(mut command: Command) -> Command {
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_NO_WINDOW);
        command
    }

    pub fn as_a_shell_says(status: ExitStatus) -> i32 {
        status.code().unwrap()
    }

    /// Ctrl-C reaches all that are on a console, this process too. (Ctrl-Break can be sent to a group,
    /// but Wine has none, and who handles one handles the other.)
    pub fn ignore_ctrl_c() {
        ctrlc::set_handler(|| {}).unwrap();
    }

    struct Console;

    impl Interruptible for Console {
        fn pid(&mut self) -> io::Result<Option<u32>> {
            Ok(Some(0)) // stands for all
        }
    }

    /// Wine interrupts a thread of each process for it, wherever that is, and gets stuck where that
    /// holds the lock of its heap. When all are at rest nobody can tell; so there, and only there, they
    /// are given time.
    pub fn ctrl_c(_: &SharedChild, _: bool) -> io::Result<()> {
        if crate::wine() {
            thread::sleep(Duration::from_millis(300));
        }
        Console.interrupt()
    }

    pub fn interrupted(times: usize) {
        for _ in 0..times {
            // When they are ready: at a random moment they may not have got to the console yet.
            let (status, text) = end(start(lesson()), |child| ctrl_c(child, true), true);
            assert_eq!((status.code(), text.as_str()), (Some(130), ""));
            let host = start(hosts::command("sleeping", &[]));
            let (status, text) = end(host, |child| ctrl_c(child, true), true);
            let code = if crate::wine() { 0 } else { STATUS_CONTROL_C_EXIT };
            assert_eq!((status.code(), text.as_str()), (Some(code), ""));
        }
    }
}
