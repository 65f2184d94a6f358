//! Hosts in which an exit code can get lost, and what they have set. Each is this program started again.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

use libtest_mimic::Trial;
use nix::sys::wait::waitpid;
use subprocess_call::{Error, call, call_timeout, check_call};

use crate::NET;

const HOSTS: [(&str, fn()); 4] = [
    ("sigchld_is_ignored", sigchld_is_ignored),
    ("the_host_waits_for_all_of_its_children", the_host_waits_for_all),
    ("the_settings_of_the_host_stay", the_settings_stay),
    ("kill_groups_ends_all_that_run", kill_groups_ends_all),
];

pub fn run(name: &str) {
    HOSTS.iter().find(|host| host.0 == name).unwrap().1();
}

pub fn trials() -> Vec<Trial> {
    let trial = |(name, _): (&'static str, _)| {
        Trial::test(name, move || {
            let mut host = Command::new("env");
            if name == "sigchld_is_ignored" {
                host.arg("--ignore-signal=CHLD");
            }
            host.arg(env::current_exe()?).args(["host", name]).stdin(Stdio::null());
            match call_timeout(&mut host, NET)? {
                0 => Ok(()),
                code => Err(format!("exit code {code}").into()),
            }
        })
    };
    HOSTS.map(trial).into()
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null());
    command
}

fn within_the_net(command: &mut Command) -> Result<i32, Error> {
    call_timeout(command, NET)
}

fn checked(command: &mut Command) -> Result<i32, Error> {
    check_call(command).map(|()| 0)
}

type Run = fn(&mut Command) -> Result<i32, Error>;
const ALL: [Run; 3] = [call, within_the_net, checked];

fn a_timeout_is_one() {
    let late = call_timeout(&mut sh("trap '' TERM; exec sleep 1000"), Duration::from_millis(50));
    assert!(matches!(late, Err(Error::TimedOut { .. })), "{late:?}");
}

fn sigchld_is_ignored() {
    assert!(signals("SigIgn:").contains(&17));
    let mut other = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap(); // ends with this host
    for run in ALL {
        let lost = run(&mut sh("exit 3"));
        assert!(matches!(lost, Err(Error::StatusUnknown { .. })), "{lost:?}");
        let missing = run(&mut Command::new("no-such-command"));
        assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
    }
    a_timeout_is_one();
    assert!(other.try_wait().unwrap().is_none()); // nobody has waited for it
    other.kill().unwrap();
}

fn the_host_waits_for_all() {
    thread::spawn(|| {
        loop {
            if waitpid(None, None).is_err() {
                thread::yield_now(); // there is none just now
            }
        }
    });
    for _ in 0..200 {
        for run in ALL {
            match run(&mut sh("exit 3")) {
                Ok(3) | Err(Error::Failed { code: 3, .. } | Error::StatusUnknown { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    a_timeout_is_one();
}

fn kill_groups_ends_all() {
    let (mut stdout, writer) = io::pipe().unwrap();
    let running = [(); 2].map(|()| {
        let writer = writer.try_clone().unwrap();
        let mut command = sh("echo ready; sleep 1000 & sleep 1000");
        thread::spawn(move || call_timeout(command.stdout(writer), 100 * NET).unwrap())
    });
    drop(writer);
    stdout.read_exact(&mut b"ready\nready\n".to_owned()).unwrap();
    subprocess_call::kill_groups();
    assert_eq!(running.map(|call| call.join().unwrap()), [-9, -9]);
    assert_eq!(stdout.read_to_end(&mut Vec::new()).unwrap(), 0); // nor does anybody hold it
}

/// Signals that are blocked, ignored and caught; open descriptors with what they are and their flags;
/// the current folder.
#[derive(Debug, PartialEq)]
struct Settings([Vec<u32>; 3], Vec<(PathBuf, String)>, PathBuf);

impl Settings {
    fn now() -> Self {
        let descriptors =
            fs::read_dir("/proc/self/fd").unwrap().flatten().map(|entry| entry.path());
        let described = descriptors.filter_map(|fd| {
            let info =
                fs::read_to_string(format!("/proc/self/fdinfo/{}", fd.file_name()?.to_str()?));
            let flags = info.ok()?.lines().find(|line| line.starts_with("flags:"))?.to_string();
            Some((fs::read_link(fd).ok()?, flags))
        });
        // The folder that is just being read is none of them.
        let mut open: Vec<_> = described.filter(|(path, _)| !path.starts_with("/proc")).collect();
        open.sort();
        let signals = ["SigBlk:", "SigIgn:", "SigCgt:"].map(signals);
        Settings(signals, open, env::current_dir().unwrap())
    }

    /// A thread that has done its work may hold something for an instant yet.
    fn are_as_before(&self, after: &str) {
        let start = Instant::now();
        while Settings::now() != *self {
            assert!(start.elapsed() < NET / 4, "{after}: {:?}, before {self:?}", Settings::now());
            thread::yield_now();
        }
    }
}

fn the_settings_stay() {
    // Not what it got from the process that started it, by a function of the library, too.
    env::set_current_dir(env::temp_dir()).unwrap();
    let before = Settings::now();
    assert!(before.0[0].is_empty(), "{before:?}");
    for run in ALL {
        for script in ["exit 0", "exit 3", "kill -9 $$"] {
            let _ = run(&mut sh(script));
            before.are_as_before(script);
        }
        for command in ["no-such-command", "", "/", "/etc/passwd", "a\0b"] {
            run(&mut Command::new(command)).unwrap_err();
            before.are_as_before(command);
        }
        run(Command::new("ls").current_dir("/no/such/folder")).unwrap_err();
        before.are_as_before("no folder");
        run(sh("exec sleep 1000").stdout(Stdio::piped())).unwrap_err();
        before.are_as_before("a piped stdout");
    }
    a_timeout_is_one();
    before.are_as_before("a timeout");
}

/// A set of signals of this process, as in proc_pid_status(5), without those that the C library keeps for
/// its threads.
fn signals(name: &str) -> Vec<u32> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let set = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let set = u64::from_str_radix(set.trim(), 16).unwrap();
    (1..32).filter(|signal| set >> (signal - 1) & 1 == 1).collect()
}
