//! How each contestant runs a program.

use std::io::{self, PipeReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStdin, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::Duration;

use process_wrap::std::{CommandWrap, ProcessGroup};
use subprocess::{Exec, Redirection};

use crate::cases::Case;
use crate::{Done, Ran};

pub type Contestant = fn(&Case) -> Done<Ran>;

pub const CONTESTANTS: [(&str, Contestant); 6] = [
    ("this project", ours),
    ("CPython", python),
    ("std::process", std),
    ("duct", duct),
    ("subprocess", subprocess),
    ("process-wrap", wrap),
];

const NO_TIMEOUT: &str = "there is no timeout";
const NO_OPTION: &str = "there is no such option";

fn ran(stdout: Vec<u8>, code: Option<i32>) -> Done<Ran> {
    Ok(Ran { stdout, code, took: Duration::ZERO })
}

fn code(status: ExitStatus) -> Option<i32> {
    status.code().or(status.signal().map(|signal| -signal))
}

fn command(case: &Case) -> Done<Command> {
    let words = case.command()?;
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    Ok(command)
}

fn ours(case: &Case) -> Done<Ran> {
    use communicate::Error::{StatusUnknown, TimedOut, TooMuchOutput};
    let options = communicate::Options {
        input: &vec![b'x'; case.input],
        timeout: case.timeout(),
        max_output: case.max,
        merged: case.merged,
        group: case.timeout.is_some(),
        ..Default::default()
    };
    match communicate::run(&mut command(case)?, &options) {
        Ok(output) => ran(output.stdout, Some(output.returncode)),
        Err(
            StatusUnknown { output, .. } | TimedOut { output, .. } | TooMuchOutput { output, .. },
        ) => ran(output.stdout, None),
        Err(error) => Err(error.into()),
    }
}

fn std(case: &Case) -> Done<Ran> {
    let (mut command, merged) = piped(case)?;
    let mut child = command.spawn()?;
    drop(command); // with its writing ends of `merged`
    let stdin = child.stdin.take();
    write_and_read(case, stdin, || child.wait_with_output(), merged)
}

fn wrap(case: &Case) -> Done<Ran> {
    let (command, merged) = piped(case)?;
    let mut wrapped = CommandWrap::from(command);
    let mut child = wrapped.wrap(ProcessGroup::leader()).spawn()?;
    drop(wrapped);
    let stdin = child.stdin().take();
    write_and_read(case, stdin, || child.wait_with_output(), merged)
}

fn piped(case: &Case) -> Done<(Command, PipeReader)> {
    if case.max.is_some() {
        return Err(NO_OPTION.into());
    }
    if case.timeout.is_some() {
        return Err(NO_TIMEOUT.into());
    }
    let mut command = command(case)?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (merged, writer) = io::pipe()?;
    if case.merged {
        command.stdout(writer.try_clone()?).stderr(writer);
    }
    Ok((command, merged))
}

/// As the docs show it: a thread writes, `wait_with_output` reads.
fn write_and_read(
    case: &Case,
    stdin: Option<ChildStdin>,
    wait_with_output: impl FnOnce() -> io::Result<Output>,
    mut merged: PipeReader,
) -> Done<Ran> {
    let input = vec![b'x'; case.input];
    thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let mut output = wait_with_output()?;
    merged.read_to_end(&mut output.stdout)?;
    ran(output.stdout, code(output.status))
}

fn duct(case: &Case) -> Done<Ran> {
    if case.max.is_some() {
        return Err(NO_OPTION.into());
    }
    let words = case.command()?;
    let command = duct::cmd(&words[0], &words[1..]).unchecked();
    let command = if case.merged { command.stderr_to_stdout() } else { command.stderr_capture() };
    let running = command.stdin_bytes(vec![b'x'; case.input]).stdout_capture().start()?;
    if let Some(timeout) = case.timeout()
        && running.wait_timeout(timeout)?.is_none()
    {
        running.kill()?;
    }
    let output = running.wait()?;
    ran(output.stdout.clone(), code(output.status))
}

fn subprocess(case: &Case) -> Done<Ran> {
    let words = case.command()?;
    let exec = Exec::cmd(&words[0]).args(&words[1..]).stdin(vec![b'x'; case.input]);
    let stderr = if case.merged { Redirection::Merge } else { Redirection::Pipe };
    let mut job = exec.stdout(Redirection::Pipe).stderr(stderr).start()?;
    let mut communicator = job.communicate()?;
    if let Some(timeout) = case.timeout() {
        communicator = communicator.limit_time(timeout);
    }
    if let Some(max) = case.max {
        communicator = communicator.limit_size(max);
    }
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    if communicator.read_to(&mut stdout, &mut stderr).is_err() || case.max.is_some() {
        job.kill()?;
        drop(communicator);
    }
    let status = job.wait()?;
    let signal = status.signal().map(|signal| -signal);
    ran(stdout, status.code().map(|code| code as i32).or(signal))
}

/// In `commands.py`, which prints `code N` and the output, or what can't be done.
fn python(case: &Case) -> Done<Ran> {
    let timeout = case.timeout.unwrap_or(0.0).to_string();
    let mut python = Command::new("python3");
    python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/commands.py"));
    python.args([&case.name, &timeout]).args(case.command()?);
    let output = match communicate::communicate(&mut python, b"") {
        Err(communicate::Error::StatusUnknown { output, .. }) => output,
        output => output?,
    };
    let end = output.stdout.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let first = String::from_utf8_lossy(&output.stdout[..end]);
    match first.split_once(' ') {
        Some(("code", code)) => ran(output.stdout[end + 1..].to_vec(), code.parse().ok()),
        _ => Err(first.into()),
    }
}
