//! Test programs under Wine, and what they answered.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::build::TestBinary;
use crate::left_out;
use crate::wine::Wine;

/// Several times what the slowest takes on a slow machine.
const LIMIT: Duration = Duration::from_secs(180);
/// How an error looks that Wine returns, seldom, to a program whose new process didn't come up.
const NOT_STARTED: &str = "code: 1359,";
/// How much of what a failed program said is shown.
const SHOWN: usize = 60;

pub struct Outcome {
    pub passed: usize,
    pub failed: usize,
    pub seconds: f64,
    /// Whether this is a second run, after Wine failed to start a process in the first.
    pub rerun: bool,
    /// How it fell short, where it did.
    pub said: String,
}

/// Runs all of `tests`, as many at a time as there are `wines`; `each` is told as they end.
pub fn all(
    tests: Vec<TestBinary>,
    wines: &[Wine],
    folder: &Path,
    mut each: impl FnMut(&TestBinary, Outcome),
) -> io::Result<()> {
    let waiting = Mutex::new(VecDeque::from(tests));
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let (sender, ended) = mpsc::channel();
    thread::scope(|scope| {
        for wine in wines {
            let sender = sender.clone();
            scope.spawn(move || {
                while let Some(test) = next() {
                    let outcome = rerun_if_not_started(|| one(wine, &test, folder));
                    if sender.send((test, outcome)).is_err() {
                        break; // the other one has met an error
                    }
                }
            });
        }
        drop(sender);
        for (test, outcome) in ended {
            each(&test, outcome?);
        }
        Ok(())
    })
}

/// Calls `run`, which returns the outcome and all that the program printed; once more if it failed and Wine
/// is to blame.
fn rerun_if_not_started(
    mut run: impl FnMut() -> io::Result<(Outcome, String)>,
) -> io::Result<Outcome> {
    let (outcome, text) = run()?;
    if outcome.failed > 0 && text.contains(NOT_STARTED) {
        return Ok(Outcome { rerun: true, ..run()?.0 });
    }
    Ok(outcome)
}

fn one(wine: &Wine, test: &TestBinary, folder: &Path) -> io::Result<(Outcome, String)> {
    let start = Instant::now();
    let path = folder.join(format!("{test}.txt"));
    // A file, since a pipe ends only when the last one that was left behind has ended.
    let file = File::create(&path)?;
    let mut command = wine.command(&test.program);
    command.args(left_out::skips(test)).current_dir(&test.folder);
    command.env("LESSONS_BINARIES", test.program.ancestors().nth(2).unwrap_or(folder));
    command.env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let ended = wine.run(command, LIMIT).map_err(io::Error::other)?;
    let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
    let mut outcome = outcome(&text, ended.map(|code| code == 0));
    outcome.seconds = start.elapsed().as_secs_f64();
    if outcome.failed > 0 {
        outcome.said += &format!("\n(all of it: {})", path.display());
    }
    Ok((outcome, text))
}

/// What a program's output says; `succeeded` is nothing where it had to be ended.
fn outcome(text: &str, succeeded: Option<bool>) -> Outcome {
    let result = text.lines().rev().find_map(|line| line.strip_prefix("test result: "));
    let passed = result.and_then(|result| count(result, "passed"));
    let failed = result.and_then(|result| count(result, "failed"));
    let (passed, failed, why) = match (succeeded, passed, failed) {
        (Some(true), Some(passed), Some(0)) => (passed, 0, None),
        (Some(false), Some(passed), Some(failed)) => (passed, failed.max(1), Some("some failed")),
        (None, ..) => (ok(text), 1, Some("it hung and was ended")),
        _ => (ok(text), 1, Some("it ended without a result")),
    };
    let said = why.map_or(String::new(), |why| format!("{}\n{why}", end_of(text)));
    Outcome { passed, failed, seconds: 0.0, rerun: false, said }
}

/// The number before ` WHAT` in `ok. 4 passed; 0 failed; …`.
fn count(result: &str, what: &str) -> Option<usize> {
    let before = result.split("; ").find_map(|part| part.strip_suffix(what))?;
    before.split_whitespace().last()?.parse().ok()
}

/// How many tests passed of a program that couldn't say it.
fn ok(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with("test ") && line.ends_with(" ok")).count()
}

fn end_of(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| format!("    {line}")).collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // how a test says what must hold
mod tests {
    use super::{NOT_STARTED, Outcome, outcome, rerun_if_not_started};

    fn counts(text: &str, succeeded: Option<bool>) -> (usize, usize) {
        let outcome = outcome(text, succeeded);
        assert_eq!(outcome.failed > 0, !outcome.said.is_empty());
        (outcome.passed, outcome.failed)
    }

    #[test]
    fn a_result_is_believed_only_with_the_exit_code_that_goes_with_it() {
        let fine = "test a ... ok\ntest result: ok. 4 passed; 0 failed; 1 ignored; 0 measured\n";
        let short = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured\n";
        assert_eq!(counts(fine, Some(true)), (4, 0));
        assert_eq!(counts(short, Some(false)), (3, 2));
        assert_eq!(counts(fine, Some(false)), (4, 1));
        assert_eq!(counts(short, Some(true)), (0, 1));
    }

    #[test]
    fn no_result_is_a_failure() {
        let text = "running 2 tests\ntest a ... ok\n";
        for succeeded in [Some(true), Some(false), None] {
            assert_eq!(counts(text, succeeded), (1, 1));
            assert_eq!(counts("", succeeded), (0, 1));
        }
    }

    /// Lets the program print one of `texts` after the other; returns how it ended, and how often it ran.
    fn reran(texts: [&str; 3]) -> (Outcome, usize) {
        let mut runs = 0;
        let outcome = rerun_if_not_started(|| {
            runs += 1;
            let text = texts[runs - 1];
            Ok((outcome(text, Some(text.contains("; 0 failed"))), text.to_string()))
        });
        (outcome.unwrap(), runs)
    }

    #[test]
    fn a_program_runs_again_only_once_and_only_if_wine_did_not_start_a_process() {
        let fine = "test result: ok. 4 passed; 0 failed; 1 ignored\n";
        let fault = "test result: FAILED. 3 passed; 1 failed; 0 ignored\n";
        let error = "called `Result::unwrap()` on an `Err` value: Os { code: 1359, kind: Uncategorized, \
                     message: \"Internal error.\" }\n";
        assert!(error.contains(NOT_STARTED));
        let by_wine = format!("{error}{fault}");
        for (texts, failed, runs) in [
            ([&by_wine, fine, fine], 0, 2),
            ([&by_wine, fault, fine], 1, 2),
            ([&by_wine, &by_wine, fine], 1, 2),
            ([fault, fine, fine], 1, 1),
            ([&format!("{error}{fine}"), fault, fault], 0, 1),
        ] {
            let (outcome, ran) = reran(texts);
            assert_eq!(
                (outcome.failed, ran, outcome.rerun),
                (failed, runs, runs == 2),
                "{texts:?}"
            );
        }
    }
}
