//! Ctrl-C ends each lesson that starts processes, silently, with exit code 130, and nobody is left. A
//! lesson that was started with SIGINT ignored, as a shell's background job is, leaves it ignored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use tests::binary;

/// What this program does when it starts itself: all that is on a console of its own, and what the
/// lessons run.
const CONSOLE: &str = "console";
const WAIT: &str = "wait";

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("ctrl_c_ends_pool", || of_its_own("pool", &["--longest", "100"], "Run task")),
    ("ctrl_c_ends_ipc_queue", || of_its_own("ipc-queue", &["--pause", "100"], "to read:")),
    ("ctrl_c_ends_subprocess_call", || a_program("subprocess-call", &[])),
    ("ctrl_c_ends_subprocess_call_with_a_timeout", || {
        a_program("subprocess-call", &["--timeout", "100"]);
    }),
    ("ctrl_c_ends_communicate", || a_program("communicate", &[])),
    #[cfg(unix)]
    ("ignored_it_stays_ignored_in_threads", || ignored("threads", &["--pause", "0.1"])),
    #[cfg(unix)]
    ("ignored_it_stays_ignored_in_pool", || ignored("pool", &["--longest", "0.1"])),
    #[cfg(unix)]
    ("ignored_it_stays_ignored_in_ipc_queue", || ignored("ipc-queue", &["--pause", "0.1"])),
];

fn main() {
    let args: Vec<_> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [WAIT, address] => return wait(address),
        [CONSOLE, name] => {
            let (_, test) = TESTS.iter().find(|test| test.0 == name).unwrap();
            return tests::in_time(test).expect("it has panicked, or it hangs");
        }
        _ => {}
    }
    let trials = TESTS.iter().map(|&(name, _)| tests::test(name, || on_a_console(name)));
    tests::run(trials.collect());
}

/// On Windows, Ctrl-C reaches all who share a console: nobody else shares this one.
fn on_a_console(name: &str) {
    let mut test = Command::new(env::current_exe().unwrap());
    test.args([CONSOLE, name]);
    let output = system::with_console(&mut test).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A lesson whose children hold its stdout: the end of it is the end of all of them. One says `begun`
/// when all have been started.
fn of_its_own(lesson: &str, args: &[&str], begun: &str) {
    let mut child = start(lesson, |command| command.args(args));
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains(begun) {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0);
    }
    is_ended(child);
    stdout.read_to_end(&mut Vec::new()).unwrap();
}

/// A lesson that runs a program, which has a connection with this one: its end is the program's.
fn a_program(lesson: &str, args: &[&str]) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut child = start(lesson, |command| {
        command.args(args).arg("--").arg(env::current_exe().unwrap()).args([WAIT, &address])
    });
    let mut program = listener.accept().unwrap().0;
    program.read_exact(&mut [0]).unwrap(); // it waits
    let mut stdout = child.stdout.take().unwrap();
    is_ended(child);
    let _ = program.read(&mut [0]); // its end, or an error
    let mut text = String::new();
    stdout.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("$ ") && text.lines().count() == 1, "{text}");
}

/// The lesson goes on to its end. It hears of Ctrl-C when it has printed a line.
#[cfg(unix)]
fn ignored(lesson: &str, args: &[&str]) {
    let mut command = tests::ignoring_interrupts(&binary(lesson).unwrap());
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    assert_ne!(stdout.read_line(&mut String::new()).unwrap(), 0);
    system::ctrl_c(&child);
    stdout.read_to_end(&mut Vec::new()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// The program that a lesson runs.
fn wait(address: &str) {
    system::end_on_ctrl_c();
    let mut test = TcpStream::connect(address).unwrap();
    test.write_all(b".").unwrap();
    let _ = test.read(&mut [0]); // until the test ends, should it fail
}

fn start(lesson: &str, set: impl FnOnce(&mut Command) -> &mut Command) -> Child {
    system::ignore_ctrl_c();
    let mut command = system::interruptible(&binary(lesson).unwrap());
    set(&mut command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn is_ended(child: Child) {
    system::ctrl_c(&child);
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!((system::as_a_shell_says(output.status), message.as_str()), (130, ""));
}

#[cfg(unix)]
mod system {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command, ExitStatus};

    pub use tests::interruptible;

    pub fn with_console(command: &mut Command) -> &mut Command {
        command
    }

    /// It is sent to others alone.
    pub fn ignore_ctrl_c() {}

    /// The signal does it.
    pub fn end_on_ctrl_c() {}

    pub fn ctrl_c(child: &Child) {
        tests::interrupt(child).unwrap();
    }

    pub fn as_a_shell_says(status: ExitStatus) -> i32 {
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
    }
}

#[cfg(windows)]
mod system {
    use std::io;
    use std::os::windows::process::CommandExt;
    use std::path::Path;
    use std::process::{self, Child, Command, ExitStatus};
    use std::thread;
    use std::time::Duration;

    use send_ctrlc::Interruptible;

    pub fn with_console(command: &mut Command) -> &mut Command {
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_NO_WINDOW)
    }

    pub fn ignore_ctrl_c() {
        ctrlc::set_handler(|| {}).unwrap();
    }

    /// As Windows ends a program without a handler. (Wine ends it with 0.)
    pub fn end_on_ctrl_c() {
        ctrlc::set_handler(|| process::exit(0xc000_013a_u32 as i32)).unwrap();
    }

    /// In this process's group: a new one would ignore Ctrl-C.
    pub fn interruptible(program: &Path) -> Command {
        Command::new(program)
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
    pub fn ctrl_c(_: &Child) {
        if Path::new(r"C:\windows\system32\winecfg.exe").exists() {
            thread::sleep(Duration::from_millis(300));
        }
        Console.interrupt().unwrap();
    }

    pub fn as_a_shell_says(status: ExitStatus) -> i32 {
        status.code().unwrap()
    }
}
