//! Checks the exercise's answer. The program that it runs is this one again, which prints and ends as its
//! arguments say.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use std::{env, thread};

use subprocess_call::Error;

/// What the learner writes: runs a command and returns what it printed.
pub type CheckOutput = fn(&mut Command) -> Result<Vec<u8>, Error>;

/// What falls short, and a hint.
type Found = Result<(), (String, &'static str)>;

const TIME: Duration = Duration::from_secs(10);

/// Prints what falls short, with a hint, or that all is well.
pub fn check(check_output: CheckOutput) -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    if let [code, note] = &args[..] {
        return play(code, Path::new(note)).unwrap_or(ExitCode::FAILURE);
    }
    let found = measure_in_time(check_output);
    let _ = fs::remove_file(note());
    match found {
        Ok(()) => {
            println!("passed: every byte came back, and each way to fail is an error of its own");
            ExitCode::SUCCESS
        }
        Err((short, hint)) => {
            println!("falls short: {short}\nhint: {hint}");
            ExitCode::FAILURE
        }
    }
}

fn measure_in_time(check_output: CheckOutput) -> Found {
    let (done, comes_back) = channel();
    thread::spawn(move || done.send(measure(check_output)));
    comes_back.recv_timeout(TIME).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err((
            format!("check_output didn't return within {TIME:?}"),
            "a full pipe that nobody reads makes the program wait",
        )),
        RecvTimeoutError::Disconnected => Err((
            "check_output panicked".into(),
            "what can go wrong is an `Err`, so that the caller decides what to do about it",
        )),
    })
}

fn measure(check_output: CheckOutput) -> Found {
    prints(check_output)?;
    for code in [3, 1, 127] {
        fails(check_output, code)?;
    }
    #[cfg(unix)]
    is_killed(check_output)?;
    is_not_there(check_output)
}

// ── the program ─────────────────────────────────────────────────────────────────────────────────

/// Leaves a byte in the file `note`, prints, and ends with `code`.
fn play(code: &str, note: &Path) -> io::Result<ExitCode> {
    OpenOptions::new().create(true).append(true).open(note)?.write_all(b"x")?;
    io::stdout().write_all(&printed())?;
    Ok(ExitCode::from(code.parse::<u8>().unwrap_or(u8::MAX)))
}

/// More than a pipe holds, and no text.
fn printed() -> Vec<u8> {
    (0..=u8::MAX).cycle().take(200_000).collect()
}

fn program(code: u8) -> Command {
    let mut command = Command::new(env::current_exe().unwrap_or_default());
    command.arg(code.to_string()).arg(note());
    command
}

fn note() -> PathBuf {
    env::temp_dir().join(format!("check-output-{}", process::id()))
}

// ── what is asked of it ─────────────────────────────────────────────────────────────────────────

fn prints(check_output: CheckOutput) -> Found {
    let answer = check_output(&mut program(0));
    let runs = fs::read(note()).map_or(0, |note| note.len());
    match answer {
        _ if runs != 1 => Err((
            format!("the program should run once, but ran {runs} times"),
            "one run gives you both: what was printed, and how it ended",
        )),
        Ok(bytes) if bytes == printed() => Ok(()),
        Ok(bytes) => Err((
            format!(
                "{} bytes were printed, but {} other bytes came back",
                printed().len(),
                bytes.len()
            ),
            "what a program prints needn't be text: return the bytes as they are",
        )),
        Err(error) => Err((
            format!("a program that printed and ended with 0 is an error: {error}"),
            "0 is the code for success",
        )),
    }
}

fn fails(check_output: CheckOutput, code: u8) -> Found {
    let answer = check_output(&mut program(code));
    let hint = "`output.status` says how it ended; which variant of `Error` holds the code?";
    failed(answer, code.into(), &format!("ended with exit code {code}"), hint)
}

#[cfg(unix)]
fn is_killed(check_output: CheckOutput) -> Found {
    let answer = check_output(Command::new("sh").args(["-c", "kill -9 $$"]));
    let hint =
        "its status has no `code()`, but a `signal()`: `std::os::unix::process::ExitStatusExt`";
    failed(answer, -9, "was ended by signal 9, so the code is -9", hint)
}

fn failed(answer: Result<Vec<u8>, Error>, expected: i32, how: &str, hint: &'static str) -> Found {
    match answer {
        Err(Error::Failed { code, .. }) if code == expected => Ok(()),
        Err(error) => Err((format!("a program {how}; check_output says: {error}"), hint)),
        Ok(_) => Err((format!("a program {how}, but check_output returned Ok"), hint)),
    }
}

fn is_not_there(check_output: CheckOutput) -> Found {
    let hint = "an `io::Error` has a `kind()`";
    match check_output(&mut Command::new("no-such-command")) {
        Err(Error::NotFound { .. }) => Ok(()),
        Err(error) => {
            Err((format!("the command doesn't exist, but the error isn't NotFound: {error}"), hint))
        }
        Ok(_) => Err(("the command doesn't exist, but check_output returned Ok".into(), hint)),
    }
}
