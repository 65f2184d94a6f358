//! `cargo check-windows`: whether all of this works on Windows, seen from Linux, and compiles on macOS and FreeBSD.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use scripts::{Done, root};

mod build;
mod left_out;
mod run;
mod setup;
mod wine;

use build::TestBinary;
use run::Outcome;
use wine::Wine;

const USAGE: &str = "\
Usage: cargo check-windows [--build]

Builds everything for Windows and runs the tests and the lessons under Wine; checks that everything
compiles for macOS and FreeBSD. What it needs it installs, and says so. Ends with `N passed, N failed`.

  --build    only compiles, for all three; needs no Wine
  -h, --help";

const WINDOWS: &str = "x86_64-pc-windows-gnu";
/// Where nothing can be run from here: only compiled, without linking, which needs no more than std.
const ONLY_CHECKED: [&str; 2] = ["aarch64-apple-darwin", "x86_64-unknown-freebsd"];

fn main() -> ExitCode {
    scripts::run("check-windows", || {
        let Some(build_only) = arguments()? else {
            return scripts::say(USAGE).map(|()| true);
        };
        let start = Instant::now();
        let (passed, failed) = check(build_only)?;
        println!("\nin {} s:\n{passed} passed, {failed} failed", start.elapsed().as_secs());
        Ok(failed == 0)
    })
}

/// Whether only to build; nothing if help is wanted.
fn arguments() -> Result<Option<bool>, lexopt::Error> {
    use lexopt::prelude::*;
    let mut build_only = false;
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Long("build") => build_only = true,
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Some(build_only))
}

/// How many builds and tests passed, and how many failed.
fn check(build_only: bool) -> Done<(usize, usize)> {
    if cfg!(windows) {
        return Err("this is Windows: cargo test --workspace".into());
    }
    setup::toolchain(&[WINDOWS, ONLY_CHECKED[0], ONLY_CHECKED[1]])?;
    setup::packages(build_only)?;

    step(&format!("everything is built for {WINDOWS}"));
    let tests = build::tests(WINDOWS)?;
    let mut results = vec![tests.is_some()];
    for target in ONLY_CHECKED {
        step(&format!("everything is checked for {target}"));
        results.push(build::check(target)?);
    }
    let built = results.iter().filter(|&&built| built).count();
    let (passed, failed) = match tests {
        Some(tests) if !build_only => run_all(tests)?,
        _ => (0, 0),
    };
    Ok((built + passed, results.len() - built + failed))
}

fn run_all(tests: Vec<TestBinary>) -> Done<(usize, usize)> {
    step("Wine is set up");
    // One for each core, and each a Windows of its own: to end what hangs in one is to end all of it.
    let folder = target_folder()?.join("windows");
    let wines = ["wine-1", "wine-2"].map(|name| Wine::new(folder.join(name)));
    let wines = wines.into_iter().collect::<Done<Vec<_>>>()?;

    step("the tests and the lessons run under Wine");
    let (mut passed, mut failed) = (0, 0);
    run::all(left_out::without(tests)?, &wines, &folder, |test, outcome| {
        tell(test, &outcome);
        passed += outcome.passed;
        failed += outcome.failed;
    })?;
    println!("\n{}", left_out::told());
    Ok((passed, failed))
}

fn tell(test: &TestBinary, outcome: &Outcome) {
    let Outcome { passed, failed, seconds, .. } = outcome;
    if outcome.rerun {
        println!("{test}: run a second time, since Wine failed to start a process (error 1359)");
    }
    if passed + failed > 0 {
        println!("{test}: {passed} passed, {failed} failed, in {seconds:.1} s");
    }
    if *failed > 0 {
        println!("{}", outcome.said);
    }
}

fn step(what: &str) {
    println!("── {what}");
}

fn target_folder() -> Done<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    Ok(metadata.target_directory.into())
}
