//! What a timeout ends, how gently, and what it leaves.

use std::time::Duration;

use communicate::{Error, Options, Output, communicate_timeout, run};
#[cfg(target_os = "linux")]
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::hosts::{NET, sh};

/// What came until the end, for the first timeout that lets the program get so far.
fn timed_out(script: &str, options: Options, is_so_far: fn(&Output) -> bool) -> Output {
    let mut timeout = Duration::from_millis(50);
    loop {
        match run(&mut sh(script), &Options { timeout: Some(timeout), ..options }) {
            Err(Error::TimedOut { output, .. }) if is_so_far(&output) => return output,
            Err(Error::TimedOut { .. }) if timeout < NET => timeout *= 2,
            other => panic!("{other:?}"),
        }
    }
}

fn is_ready(output: &Output) -> bool {
    output.stdout.starts_with(b"ready\n")
}

pub fn end_gently() {
    for group in [false, true] {
        let options = Options { grace: NET, group, ..Options::default() };
        let script = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done";
        let output = timed_out(script, options, is_ready);
        assert_eq!((&output.stdout[..], output.returncode), (&b"ready\nbye\n"[..], 7), "{group}");
        let options = Options { grace: Duration::from_millis(50), ..options };
        let output = timed_out("trap '' TERM; echo ready; exec sleep 1000", options, is_ready);
        assert_eq!((&output.stdout[..], output.returncode), (&b"ready\n"[..], -9), "{group}");
    }
    // What it writes in its last moments, and is over the bound too, doesn't shorten them.
    let options = Options { grace: NET, max_output: Some(1), ..Options::default() };
    let script =
        "trap 'echo bye >&2; sleep 0.2; exit 7' TERM; echo ready; while :; do sleep 0.01; done";
    match run(&mut sh(script), &options) {
        Err(Error::TooMuchOutput { output, .. }) => assert_eq!(output.returncode, 7),
        other => panic!("{other:?}"),
    }
}

// macOS has no setsid to start a program with.
/// The one that left the group holds the pipes and goes on, and nobody waits for it.
#[cfg(target_os = "linux")]
pub fn leave_another_session() {
    // A shell gives what it starts with & another stdin, but not another 3.
    let script = "exec 3<&0; setsid sh -c 'echo $$; echo; exec sleep 1000' & exit 3";
    let input = &[b'x'; 3 << 20]; // more than a pipe holds
    // The child has ended, and the one that left its group has said which it is.
    let both = |output: &Output| output.returncode == 3 && output.stdout.ends_with(b"\n\n");
    let options = Options { input, group: true, ..Options::default() };
    let output = timed_out(script, options, both);
    let printed = String::from_utf8(output.stdout).unwrap();
    let pid = Pid::from_raw(printed.trim().parse().unwrap());
    kill(pid, Signal::SIGKILL).unwrap(); // an error if it were gone
}

/// Those that `kill_groups` ends are the groups of programs that run.
pub fn all_end_at_once() {
    let running = std::thread::spawn(|| {
        communicate_timeout(&mut sh("echo ready; sleep 1000 & sleep 1000"), b"", 100 * NET).unwrap()
    });
    while !running.is_finished() {
        communicate::kill_groups();
        std::thread::sleep(Duration::from_millis(5)); // until it has been started
    }
    assert_eq!(running.join().unwrap().returncode, -9);
}
