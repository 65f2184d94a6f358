//! A test program under Wine. Cargo starts this program again for each of them: see `runner` in
//! <https://doc.rust-lang.org/cargo/reference/config.html>.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, process};

use scripts::Done;
use subprocess_call::{Error, call_timeout};

use crate::left_out::{self, LEFT_OUT};
use crate::wine;

/// Several times what the slowest takes on a slow machine.
const LIMIT: Duration = Duration::from_secs(180);
/// How an error looks that Wine returns, seldom, to a program whose new process didn't come up.
const NOT_STARTED: &str = "code: 1359,";

/// Runs a test program. Returns whether it passed.
pub fn run(program: &str, args: &[String]) -> Done<bool> {
    let package = env::var("CARGO_PKG_NAME")?; // which cargo sets
    let name = Path::new(program).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (name, _hash) = name.rsplit_once('-').unwrap_or((&name, ""));
    if let Some(why) = left_out::why(&package, name) {
        println!("{LEFT_OUT}{package} {name}: {why}");
        return Ok(true);
    }
    let skips = left_out::skips(&package, name);
    let (why, text) = rerun_if_not_started(|| once(program, args, &skips))?;
    match &why {
        None => {
            text.lines().filter(|line| line.starts_with(RESULT)).for_each(|line| println!("{line}"))
        }
        Some(why) => println!("{text}\n{package} {name}: {why}"),
    }
    Ok(why.is_none())
}

/// Calls `run`, which returns why the program failed, if it did, and all that it printed; once more if it failed
/// and Wine is to blame.
fn rerun_if_not_started(
    mut run: impl FnMut() -> Done<(Option<&'static str>, String)>,
) -> Done<(Option<&'static str>, String)> {
    let (why, text) = run()?;
    if why.is_some() && text.contains(NOT_STARTED) {
        println!("run a second time, since Wine failed to start a process (error 1359)");
        return run();
    }
    Ok((why, text))
}

fn once(program: &str, args: &[String], skips: &[&str]) -> Done<(Option<&'static str>, String)> {
    let path = env::temp_dir().join(format!("check-windows-{}", process::id()));
    // A file, since a pipe ends only when the last one that was left behind has ended.
    let file = File::create(&path)?;
    let mut command = Command::new("wine");
    command.arg(program).args(args).args(skips).env("RUST_BACKTRACE", "0");
    let binaries = Path::new(program).ancestors().nth(2); // target/x86_64-pc-windows-gnu/debug
    command.env("LESSONS_BINARIES", binaries.ok_or("not a test program")?);
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let code = match call_timeout(&mut command, LIMIT) {
        Ok(code) => Some(code),
        Err(Error::TimedOut { .. }) => {
            wine::end();
            None
        }
        Err(error) => return Err(error.into()),
    };
    let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
    let _: io::Result<()> = fs::remove_file(path);
    Ok((failure(code, &text), text))
}

const RESULT: &str = "test result: ";

/// Why a program failed. It has passed only if it says so, too: a test may call `exit(0)`.
fn failure(code: Option<i32>, text: &str) -> Option<&'static str> {
    let result = text.lines().rev().find_map(|line| line.strip_prefix(RESULT));
    match (code, result) {
        (Some(0), Some(result)) if result.starts_with("ok. ") => None,
        (None, _) => Some("it hung and was ended"),
        (_, None) => Some("it ended without a result"),
        _ => Some("some failed"),
    }
}

/// How many tests passed and failed, in a line of a program's output.
pub fn counts(line: &str) -> Option<[usize; 2]> {
    let result = line.strip_prefix(RESULT)?;
    let count = |what| {
        let before = result.split("; ").find_map(|part| part.strip_suffix(what))?;
        before.split_whitespace().last()?.parse().ok()
    };
    Some([count("passed")?, count("failed")?])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::*;

    const FINE: &str =
        "test a ... ok\ntest result: ok. 4 passed; 0 failed; 1 ignored; 0 measured\n";
    const SHORT: &str = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured\n";

    #[test]
    fn a_result_is_believed_only_with_the_exit_code_that_goes_with_it() {
        assert_eq!(failure(Some(0), FINE), None);
        for (code, text) in [(1, FINE), (0, SHORT), (101, SHORT), (0, "running 2 tests\n"), (0, "")]
        {
            assert!(failure(Some(code), text).is_some(), "{code} {text}");
        }
        assert!(failure(None, FINE).is_some());
    }

    #[test]
    fn passed_and_failed_are_counted() {
        assert_eq!(FINE.lines().find_map(counts), Some([4, 0]));
        assert_eq!(SHORT.lines().find_map(counts), Some([3, 2]));
        assert_eq!(counts("test a ... ok"), None);
    }

    /// Lets the program print one of `texts` after the other; returns whether it failed, and how often it ran.
    fn reran(texts: [&str; 3]) -> (bool, usize) {
        let mut runs = 0;
        let outcome = rerun_if_not_started(|| {
            runs += 1;
            let text = texts[runs - 1];
            let code = if text.contains("; 0 failed") { 0 } else { 101 };
            Ok((failure(Some(code), text), text.to_string()))
        });
        (outcome.unwrap().0.is_some(), runs)
    }

    #[test]
    fn a_program_runs_again_only_once_and_only_if_wine_did_not_start_a_process() {
        let error = "called `Result::unwrap()` on an `Err` value: Os { code: 1359, kind: Uncategorized, \
                     message: \"Internal error.\" }\n";
        assert!(error.contains(NOT_STARTED));
        let by_wine = format!("{error}{SHORT}");
        for (texts, failed, runs) in [
            ([&by_wine, FINE, FINE], false, 2),
            ([&by_wine, SHORT, FINE], true, 2),
            ([&by_wine, &by_wine, FINE], true, 2),
            ([SHORT, FINE, FINE], true, 1),
            ([&format!("{error}{FINE}"), SHORT, SHORT], false, 1),
        ] {
            assert_eq!(reran(texts), (failed, runs), "{texts:?}");
        }
    }
}
