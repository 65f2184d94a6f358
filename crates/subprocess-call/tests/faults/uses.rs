//! Very many uses in one process: nothing may be left of them. The heavy count is an ignored test (`-- --ignored` runs it) beside a
//! smaller one.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use libtest_mimic::Trial;
use subprocess_call::{Error, call, call_timeout, check_call};

use crate::NET;

pub fn trials() -> Vec<Trial> {
    let trial = |name, times: u32, net| {
        Trial::test(name, move || {
            let mut host = Command::new(env::current_exe().unwrap());
            match call_timeout(host.args(["uses", &times.to_string()]), net)? {
                0 => Ok(()),
                code => Err(format!("exit code {code}").into()),
            }
        })
    };
    let light = trial("a_hundred_uses_leave_nothing_behind", 100, NET);
    let heavy = trial("ten_thousand_uses_leave_nothing_behind", 10_000, 20 * NET);
    vec![light, heavy.with_ignored_flag(true)]
}

/// The descriptors, threads and children of this process.
fn held() -> [usize; 3] {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children"));
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten().flat_map(children);
    let children = threads.map(|list| list.split_whitespace().count()).sum();
    [count("/proc/self/fd"), count("/proc/self/task"), children]
}

/// Calls each function of the library so many times, also where it returns an error.
pub fn use_all(times: usize) {
    let before = held();
    for _ in 0..times {
        assert_eq!(call(&mut Command::new("true")).unwrap(), 0);
        assert_eq!(call_timeout(&mut Command::new("true"), NET).unwrap(), 0);
        let failed = check_call(&mut Command::new("false"));
        assert!(matches!(failed, Err(Error::Failed { code: 1, .. })), "{failed:?}");
        let barred = call_timeout(&mut Command::new("/"), NET);
        assert!(matches!(barred, Err(Error::NotExecutable { .. })), "{barred:?}");
        let piped = call(Command::new("true").stdout(Stdio::piped()));
        assert!(matches!(piped, Err(Error::Piped { .. })), "{piped:?}");
        let mut endless = Command::new("sleep");
        let late = call_timeout(endless.arg("1000").stdin(Stdio::null()), Duration::ZERO);
        assert!(matches!(late, Err(Error::TimedOut { .. })), "{late:?}");
    }
    let start = Instant::now();
    while held() != before {
        assert!(start.elapsed() < NET, "{:?} instead of {before:?}", held());
    }
}
