//! The hosts, and the tests that start them. The heavy count is an ignored test (`-- --ignored` runs
//! it) beside a smaller one.

use std::env;
use std::process::Command;
use std::time::Duration;

use communicate::{Error, Output, communicate, communicate_merged, communicate_timeout};
#[cfg(target_os = "linux")]
use communicate::{Options, run};
use libtest_mimic::{Arguments, Trial};

use crate::groups;
#[cfg(target_os = "linux")]
use crate::held::{held, is_as};
#[cfg(target_os = "linux")]
use crate::{settings, sigchld};

/// Ten times what anything here needs: only a safety net.
pub const NET: Duration = Duration::from_secs(60);

/// A test's name, its host, whether it is heavy.
type Test = (&'static str, fn(), bool);

const TESTS: &[Test] = &[
    ("sigpipe_is_never_the_callers_death", sigpipe_has_its_default_effect, false),
    ("sigterm_comes_first_if_there_is_a_grace", groups::end_gently, false),
    ("kill_groups_ends_all_that_run", groups::all_end_at_once, false),
    #[cfg(target_os = "linux")]
    ("one_in_another_session_is_left_and_not_waited_for", groups::leave_another_session, false),
    #[cfg(target_os = "linux")]
    ("sigchld_is_ignored", sigchld::is_ignored, false),
    #[cfg(target_os = "linux")]
    ("the_host_waits_for_all_of_its_children", sigchld::is_waited_for_by_others, false),
    #[cfg(target_os = "linux")]
    ("the_settings_of_the_host_stay", settings::are_the_same, false),
    #[cfg(target_os = "linux")]
    ("too_few_threads_is_an_error_and_leaves_nothing", few_threads, false),
    #[cfg(target_os = "linux")]
    ("a_grandchild_that_goes_on_writing_leaves_nothing", abandon_a_writer, false),
    #[cfg(target_os = "linux")]
    ("a_hundred_uses_leave_nothing_behind", || use_all(100), false),
    #[cfg(target_os = "linux")]
    ("ten_thousand_uses_leave_nothing_behind", || use_all(10_000), true),
];

pub fn main() {
    if let Some(host) = env::args().skip_while(|arg| arg != "host").nth(1) {
        return TESTS.iter().find(|(name, ..)| *name == host).unwrap().1();
    }
    let trial = |&(name, _, heavy): &Test| {
        let run = move || {
            let mut host = Command::new(env::current_exe().unwrap());
            let output = communicate_timeout(
                host.args(["host", name]),
                b"",
                if heavy { 20 * NET } else { NET },
            )?;
            let message = String::from_utf8_lossy(&output.stderr);
            if output.returncode == 0 { Ok(()) } else { Err(format!("{message}{output:?}").into()) }
        };
        Trial::test(name, run).with_ignored_flag(heavy)
    };
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(8); // more than there are cores: they mostly wait for processes
    libtest_mimic::run(&arguments, TESTS.iter().map(trial).collect()).exit();
}

pub fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn within_the_net(command: &mut Command, input: &[u8]) -> Result<Output, Error> {
    communicate_timeout(command, input, NET)
}

type Run = fn(&mut Command, &[u8]) -> Result<Output, Error>;
pub const ALL: [Run; 3] = [communicate, within_the_net, communicate_merged];

fn sigpipe_has_its_default_effect() {
    sigpipe::reset();
    let input = vec![b'x'; 10_000_000];
    for run in ALL {
        for script in ["exit 3", "head -c 1 >/dev/null; exit 3", "exec <&-; exit 3"] {
            assert_eq!(run(&mut sh(script), &input).unwrap().returncode, 3, "{script}");
        }
    }
}

/// Under each limit from none to enough: an error or all of the output, and nothing left.
#[cfg(target_os = "linux")]
fn few_threads() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    use nix::unistd::{Uid, setuid};
    if Uid::effective().is_root() {
        // Root has no such limit.
        setuid(Uid::from_raw(2_718_281)).unwrap();
    }
    let (before, rest) = (held(), [b'x'; 1_000_000]);
    let input = [b"a line\n", &rest[..]].concat();
    let (soft, hard) = getrlimit(Resource::RLIMIT_NPROC).unwrap();
    for run in ALL {
        let (mut refused, mut returned) = (0, 0);
        // It counts the threads of all processes of this user, which may be thousands.
        let mut limit = 0;
        while returned < 2 {
            setrlimit(Resource::RLIMIT_NPROC, limit, hard).unwrap();
            // Without all of its input it goes on until it is ended.
            let mut child = sh("read -r _ && exec cat; exec sleep 1000");
            match run(&mut child, &input) {
                Ok(output) => {
                    assert!(output.stdout == rest);
                    returned += 1;
                }
                Err(Error::Other { .. }) => refused += 1,
                Err(other) => panic!("{other}"),
            }
            setrlimit(Resource::RLIMIT_NPROC, soft, hard).unwrap();
            is_as(before);
            limit += 1;
        }
        assert!(refused > 1, "{refused} refused, {returned} returned");
    }
}

#[cfg(target_os = "linux")]
fn abandon_a_writer() {
    let before = held();
    // It has left the group that is killed, and ends by SIGPIPE once nobody reads.
    let mut child = sh("setsid sh -c 'while :; do echo on and on; done' & exit 3");
    let mut timeout = Duration::from_millis(50);
    loop {
        match communicate_timeout(&mut child, b"", timeout) {
            Err(Error::TimedOut { output, .. })
                if output.stdout.starts_with(b"on and on\n") && output.returncode == 3 =>
            {
                break;
            }
            // Too soon: nothing is written, or the child hasn't got to its own end.
            Err(Error::TimedOut { .. }) if timeout < NET => timeout *= 2,
            other => panic!("{other:?}"),
        }
    }
    is_as(before);
}

/// Calls each function of the library so many times, also where it returns an error.
#[cfg(target_os = "linux")]
fn use_all(times: usize) {
    let before = held();
    for n in 0..times {
        for run in ALL {
            let output = run(&mut Command::new("cat"), n.to_string().as_bytes()).unwrap();
            assert_eq!(output.stdout, n.to_string().as_bytes());
            assert!(matches!(run(&mut Command::new("/"), b"x"), Err(Error::NotExecutable { .. })));
        }
        let none = Options { max_output: Some(0), ..Options::default() };
        let much = run(Command::new("echo").arg("1"), &none);
        assert!(matches!(much, Err(Error::TooMuchOutput { .. })), "{much:?}");
        let mut endless = Command::new("sleep");
        let late = communicate_timeout(endless.arg("1000"), b"x", Duration::ZERO);
        assert!(matches!(late, Err(Error::TimedOut { .. })), "{late:?}");
    }
    is_as(before);
}
