//! The library, on real programs and full pipes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

#[cfg(unix)]
use std::fs;
#[cfg(unix)]
use std::io::Write;
use std::path::Path;
use std::process::Command;
#[cfg(unix)]
use std::process::Stdio;
use std::time::Duration;

use communicate::{Error, Output, communicate, communicate_merged, communicate_timeout};

const MYSELF: &str = env!("CARGO_BIN_EXE_communicate");
// Ten times what anything here needs: only a safety net.
const NET: Duration = Duration::from_secs(60);

type Run = fn(&mut Command, &[u8]) -> Result<Output, Error>;
const ALL: [Run; 3] = [communicate, within_the_net, communicate_merged];

fn within_the_net(command: &mut Command, input: &[u8]) -> Result<Output, Error> {
    communicate_timeout(command, input, NET)
}

#[cfg(unix)]
fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// What a shell's script writes, which has to come.
#[cfg(unix)]
fn answer(run: Run, script: &'static str, input: &[u8]) -> Output {
    let (input, (sender, answer)) = (input.to_vec(), std::sync::mpsc::channel());
    std::thread::spawn(move || sender.send(run(&mut sh(script), &input)));
    answer.recv_timeout(NET).expect("it hangs").unwrap()
}

#[test]
fn a_missing_command_is_an_error_with_its_name() {
    for (name, start) in [("no-such-command", "no-such-command: "), ("", "\"\": ")] {
        let error = communicate(&mut Command::new(name), b"").unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error}");
        assert!(error.to_string().starts_with(start), "{error}");
        assert_eq!(error.exit_code(), 127);
    }
}

/// How an argument with a NUL is reported; on Windows with what a batch file can't hold, either.
const NUL: &str = if cfg!(windows) { "for a batch file a line end" } else { "such as a NUL byte" };

#[test]
fn a_nul_or_too_many_arguments_are_errors_with_a_way_out() {
    let long = vec!["x".repeat(100_000); 100];
    let (mut nul, mut many) = (Command::new(MYSELF), Command::new(MYSELF));
    for (command, way_out) in [(nul.arg("a\0b"), NUL), (many.args(long), "are too long")] {
        let wine = cfg!(windows) && Path::new(r"C:\windows\system32\winecfg.exe").exists();
        if wine && way_out == "are too long" {
            continue; // it takes any length
        }
        for run in ALL {
            let error = run(command, b"").unwrap_err();
            assert!(matches!(error, Error::NotExecutable { .. }), "{error}");
            let message = error.to_string();
            assert!(message.starts_with(MYSELF), "{message}");
            assert!(message.contains(way_out) && message.lines().count() == 1, "{message}");
            assert_eq!(error.exit_code(), 126);
        }
    }
}

// The rest needs what Windows doesn't have: signals, and a child that closes its own pipes (in safe Rust
// you can't close a handle that you haven't opened). The child is a shell.

#[cfg(unix)]
#[test]
fn a_child_that_closes_stdin_early_is_no_error() {
    for run in ALL {
        let output = answer(run, "exec <&-; echo told; exit 3", &vec![b'x'; 10_000_000]);
        assert_eq!((&output.stdout[..], output.returncode), (&b"told\n"[..], 3));
    }
}

#[cfg(unix)]
#[test]
fn a_signal_is_minus_its_number() {
    assert_eq!(communicate(&mut sh("kill -9 $$"), b"").unwrap().returncode, -9);
}

/// What a child, which prints something, had written when it was ended.
#[cfg(unix)]
fn timed_out(script: &'static str) -> Output {
    // Nobody knows how long a busy machine takes to start it: double the timeout until it has printed.
    let mut timeout = Duration::from_millis(100);
    loop {
        let (sender, end) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(communicate_timeout(&mut sh(script), b"", timeout)));
        match end.recv_timeout(timeout + NET).expect("it is not ended") {
            Err(Error::TimedOut { output, .. }) if output.stdout.is_empty() && timeout < NET => {
                timeout *= 2;
            }
            Err(Error::TimedOut { output, .. }) => return output,
            other => panic!("{other:?}"),
        }
    }
}

#[cfg(unix)]
#[test]
fn a_timeout_ends_a_child_that_ignores_sigterm_and_keeps_what_came() {
    let output = timed_out("trap '' TERM; echo err >&2; echo out; exec sleep 1000");
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.stderr, b"err\n");
    assert_eq!(output.returncode, -9);
}

#[cfg(unix)]
#[test]
fn a_timeout_ends_a_child_that_has_closed_all_its_pipes() {
    let output = timed_out("echo out; exec sleep 1000 <&- >&- 2>&-");
    assert_eq!((&output.stdout[..], output.returncode), (&b"out\n"[..], -9));
}

/// Writes a program. On Unix another process does so: one that another thread starts meanwhile would hold the
/// file open for a moment, and a file that is open for writing can't be run (ETXTBSY).
#[cfg(unix)]
fn write_program(path: &Path, bytes: &[u8]) {
    let tee = &mut Command::new("tee");
    let mut tee = tee.arg(path).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    tee.stdin.take().unwrap().write_all(bytes).unwrap();
    assert!(tee.wait().unwrap().success());
}

/// What is missing, or wrong, and the exit code; each told apart from the others.
#[cfg(unix)]
#[test]
fn a_command_that_does_not_start_names_the_cause() {
    let script = |name: &str, text: &str, mode| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("causes-communicate");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(name);
        write_program(&file, text.as_bytes());
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&file, mode).unwrap();
        file.to_str().unwrap().to_string()
    };
    let elsewhere = script("elsewhere", "#!/no/such/python3 -u\n", 0o755);
    let windows_lines = script("windows-lines", "#!/bin/sh\r\nexit\r\n", 0o755);
    let elf = script("elf", "\x7fELF\x02 for nobody", 0o755);
    let text = script("text", "no program", 0o755);
    let not_marked = script("not-marked", "#!/bin/sh\n", 0o644);
    let below = format!("{text}/below");
    for (program, cause, code) in [
        ("no-such-command", "no such command", 127),
        ("/no/such/command", "no such command", 127),
        (&elsewhere, "its interpreter \"/no/such/python3\" isn't there", 127),
        (&windows_lines, "its interpreter \"/bin/sh\\r\" isn't there", 127),
        ("/", "it is a folder", 126),
        (&elf, "built for another kind of machine", 126),
        (&text, "neither a program nor a script", 126),
        (&not_marked, "see chmod +x", 126),
        (&below, "a part of its path is no folder", 126),
    ] {
        let error = communicate(&mut Command::new(program), b"").unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with(program) && message.contains(cause), "{program}: {message}");
        assert_eq!(error.exit_code(), code, "{message}");
    }
    let error = communicate(Command::new("ls").current_dir("/no/such/folder"), b"").unwrap_err();
    let message = error.to_string();
    assert!(message.contains("current folder \"/no/such/folder\" isn't there"), "{message}");
    assert_eq!(error.exit_code(), 127);
    if cfg!(target_os = "linux") {
        let _writer = fs::File::options().append(true).open(&windows_lines).unwrap();
        let error = communicate(&mut Command::new(&windows_lines), b"").unwrap_err();
        assert!(error.to_string().contains("open for writing; close it first"), "{error}");
        assert_eq!(error.exit_code(), 126);
    }
    // The PATH that counts is the command's own, in which the system looks for it.
    let folder = Path::new(&elsewhere).parent().unwrap();
    let error = communicate(Command::new("elsewhere").env("PATH", folder), b"").unwrap_err();
    assert!(error.to_string().contains("/no/such/python3"), "{error}");
}
