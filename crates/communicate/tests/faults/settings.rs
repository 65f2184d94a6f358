//! What a process has set is the same after each function as before, whatever it returned.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use communicate::{Error, Options, run};

use crate::hosts::{ALL, NET, sh};
use crate::sigchld::signals;

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
        let signals =
            ["SigBlk:", "SigIgn:", "SigCgt:"].map(|set| signals(set.trim_end_matches(':')));
        Settings(signals, open, env::current_dir().unwrap())
    }

    /// A thread that has done its work may have a pipe for an instant yet.
    fn are_as_before(&self, after: &str) {
        let start = Instant::now();
        while Settings::now() != *self {
            assert!(
                start.elapsed() < NET / 4,
                "{after}: {:#?}\nbefore: {self:#?}",
                Settings::now()
            );
            std::thread::yield_now();
        }
    }
}

pub fn are_the_same() {
    // Not what it got from the process that started it, by a function of the library, too.
    env::set_current_dir(env::temp_dir()).unwrap();
    let before = Settings::now();
    assert!(before.0[0].is_empty(), "{before:?}");
    for run in ALL {
        run(&mut sh("cat; exit 3"), b"in").unwrap();
        before.are_as_before("a program that ends");
        run(&mut sh("exec <&-; kill -9 $$"), &[0; 1 << 20]).unwrap();
        before.are_as_before("a program that a signal ends");
        for command in ["no-such-command", "", "/", "/etc/passwd", "a\0b"] {
            run(&mut Command::new(command), b"in").unwrap_err();
            before.are_as_before(command);
        }
        run(Command::new("ls").current_dir("/no/such/folder"), b"in").unwrap_err();
        before.are_as_before("no folder");
    }
    let limited = Options { timeout: Some(Duration::ZERO), ..Options::default() };
    for grace in [Duration::ZERO, Duration::from_millis(20)] {
        for group in [false, true] {
            let options = Options { grace, group, ..limited };
            let late = run(sh("exec sleep 1000").current_dir("/"), &options);
            assert!(matches!(late, Err(Error::TimedOut { .. })), "{late:?}");
            before.are_as_before("a timeout");
            let options = Options { max_output: Some(1), timeout: None, check: true, ..options };
            let much = run(&mut sh("echo 1234; exec sleep 1000"), &options);
            assert!(matches!(much, Err(Error::TooMuchOutput { .. })), "{much:?}");
            before.are_as_before("too much output");
            run(&mut Command::new("false"), &options).unwrap_err();
            before.are_as_before("an exit code");
        }
    }
}
