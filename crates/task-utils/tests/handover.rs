//! The pipe ends of real child processes: only the child has them, and its other handles are those of its
//! parent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, fs, panic, thread};

use libtest_mimic::{Arguments, Failed, Trial};
use rand::RngExt;
use task_utils::self_spawn::{self, Role, Started};

/// A safety net: ten times what a test needs.
const NET: Duration = Duration::from_secs(20);

fn echo() -> Role {
    Role::new("test", "echo")
}

fn talk() -> Role {
    Role::new("test", "talk")
}

fn main() {
    if let Some(mut inherited) = self_spawn::inherited(&echo()).unwrap() {
        io::copy(&mut inherited.down, &mut inherited.up).unwrap();
        return;
    }
    if let Some(mut inherited) = self_spawn::inherited(&talk()).unwrap() {
        println!("to stdout");
        eprintln!("to stderr");
        let empty = all(io::stdin()).is_empty();
        let mut idle = start_idle(Stdio::piped()).unwrap();
        inherited.up.write_all(&[u8::from(empty)]).unwrap();
        drop(inherited.up); // the pipe ends, unless the idle program has the end, too
        inherited.down.read_to_end(&mut Vec::new()).unwrap();
        drop(idle.stdin.take());
        idle.wait().unwrap();
        return;
    }
    match env::args().nth(1).as_deref() {
        Some("idle") => return idle(),
        Some("host") => return host(),
        Some("replaced") => return replaced(),
        Some("leaver") => leave(env::args().nth(2).unwrap().parse().unwrap()),
        _ => {}
    }
    let tests: &[(&str, fn())] = &[
        ("a_child_has_its_ends", a_child_has_its_ends),
        ("no_program_that_is_started_meanwhile_has_an_end", no_program_that_is_started_meanwhile),
        ("a_childs_other_handles_are_its_parents", a_childs_other_handles_are_its_parents),
        ("a_program_of_any_name_starts_children", a_program_of_any_name_starts_children),
        ("a_child_never_comes_from_another_file", a_child_never_comes_from_another_file),
        ("a_child_that_cannot_start_is_an_error", a_child_that_cannot_start_is_an_error),
        ("exit_leaves_no_child_that_is_being_started", exit_leaves_no_child),
    ];
    let trial = |&(name, run): &(&str, fn())| {
        Trial::test(name, move || panic::catch_unwind(run).map_err(|_| Failed::without_message()))
    };
    libtest_mimic::run(&Arguments::from_args(), tests.iter().map(trial).collect()).exit();
}

/// Ends when its stdin ends, or when the tests have given up, even if another process still holds its stdin.
fn idle() {
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(io::stdin().read_to_end(&mut Vec::new())));
    let _ = ended.recv_timeout(3 * NET);
}

/// A program that ends when its stdin does.
fn start_idle(stdin: Stdio) -> io::Result<Child> {
    Command::new(env::current_exe()?).arg("idle").stdin(stdin).spawn()
}

/// Everything that is read from the pipe, which has to end.
fn all(mut pipe: impl Read + Send + 'static) -> Vec<u8> {
    let (sender, read) = mpsc::channel();
    thread::spawn(move || {
        let mut all = Vec::new();
        pipe.read_to_end(&mut all).unwrap();
        sender.send(all)
    });
    read.recv_timeout(NET).expect("another process holds an end open")
}

fn a_child_has_its_ends() {
    let child = self_spawn::start(&echo(), None, [], Vec::new()).unwrap();
    echoes(child);
}

/// Sends a child of [`echo`] a text and gets it back.
fn echoes(Started { mut process, mut down, control, up }: Started) {
    down.write_all(b"there and back").unwrap();
    drop((down, control));
    assert_eq!(all(up), b"there and back");
    assert!(process.wait().unwrap().success());
}

fn no_program_that_is_started_meanwhile() {
    let over = AtomicBool::new(false);
    let idle: Vec<Child> = thread::scope(|scope| {
        // Any other code of the program may do this at any time. These programs run until the test is over.
        let starter = scope.spawn(|| {
            let mut idle = Vec::new();
            while !over.load(Relaxed) && idle.len() < 40 {
                idle.push(start_idle(Stdio::piped()).unwrap());
            }
            idle
        });
        let started: Vec<_> =
            (0..10).map(|_| self_spawn::start(&echo(), None, [], Vec::new()).unwrap()).collect();
        over.store(true, Relaxed);
        let idle = starter.join().unwrap();
        for Started { mut process, down, control, up } in started {
            drop((down, control)); // now the child ends, and so does `up`
            assert_eq!(all(up), b"");
            assert!(process.wait().unwrap().success());
        }
        idle
    });
    assert!(!idle.is_empty());
    for mut idle in idle {
        drop(idle.stdin.take());
        assert!(idle.wait().unwrap().success());
    }
}

/// Starts one child that talks, for [`a_childs_other_handles_are_its_parents`].
fn host() {
    let Started { mut process, down, control, up } =
        self_spawn::start(&talk(), None, [], Vec::new()).unwrap();
    assert_eq!(all(up), [1], "its stdin is empty");
    drop((down, control));
    assert!(process.wait().unwrap().success());
}

fn host_of(program: impl AsRef<std::ffi::OsStr>) {
    let mut host = Command::new(program);
    // The stdin of the host doesn't end, but that of its child does.
    host.arg("host").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut host = host.spawn().unwrap();
    let stdin = host.stdin.take();
    let output = host.wait_with_output().unwrap();
    drop(stdin);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"to stdout\n");
    assert_eq!(output.stderr, b"to stderr\n");
}

fn a_childs_other_handles_are_its_parents() {
    host_of(env::current_exe().unwrap());
}

/// This program under another name.
fn copied(folder: &str, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let _ = fs::remove_dir_all(&folder); // of an earlier run
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join(name);
    // On Unix a copy can't be run for a moment if a thread forks while it is written. On Windows a link to
    // a program that is running can't be removed.
    let copy = if cfg!(unix) { fs::hard_link } else { |from, to| fs::copy(from, to).map(drop) };
    copy(env::current_exe().unwrap(), program.clone()).unwrap();
    program
}

fn a_program_of_any_name_starts_children() {
    host_of(copied("进程 and space", "名字 it's.exe"));
}

/// Replaces its own file by another one, as a build does, and starts a child.
fn replaced() {
    let program = env::current_exe().unwrap();
    match cfg!(windows) {
        true => fs::rename(&program, program.with_extension("old")).unwrap(), // it can't be removed while it runs
        false => fs::remove_file(&program).unwrap(),
    }
    fs::write(&program, "a new build").unwrap();
    match self_spawn::start(&echo(), None, [], Vec::new()) {
        Ok(child) if cfg!(target_os = "linux") => echoes(child),
        Err(error) if !cfg!(target_os = "linux") => {
            assert!(error.to_string().contains("another file has taken the place"), "{error}");
        }
        other => panic!("{:?}", other.map(|child| child.process)),
    }
}

fn a_child_never_comes_from_another_file() {
    let status = Command::new(copied("replaced", "program.exe")).arg("replaced").status().unwrap();
    assert!(status.success(), "{status}");
}

fn a_child_that_cannot_start_is_an_error() {
    let impossible = Role::new("test", "a\0b"); // no argument may contain a NUL
    let error = self_spawn::start(&impossible, None, [], Vec::new()).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

/// Exits just as another thread starts its nth child, as a handler of Ctrl-C may.
fn leave(nth: usize) -> ! {
    let (sender, starts) = mpsc::channel();
    thread::spawn(move || {
        let mut started = Vec::new();
        loop {
            sender.send(()).unwrap();
            started.push(self_spawn::start(&echo(), None, [], Vec::new()).unwrap());
        }
    });
    starts.iter().take(nth).for_each(drop);
    // It waits for nothing, only until a random moment.
    thread::sleep(rand::rng().random_range(Duration::ZERO..Duration::from_millis(8)));
    self_spawn::exit(130)
}

fn exit_leaves_no_child() {
    for nth in 1..=10 {
        let mut leaver = Command::new(env::current_exe().unwrap());
        leaver.args(["leaver", &nth.to_string()]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut leaver = leaver.spawn().unwrap();
        // The children hold the leaver's stdout, too, so this ends when all of them have ended.
        let stdout = all(leaver.stdout.take().unwrap());
        assert_eq!((leaver.wait().unwrap().code(), &stdout[..]), (Some(130), &b""[..]));
    }
}
