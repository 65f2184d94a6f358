//! `cargo check-windows`: whether all of this works on Windows, seen from Linux, and compiles on macOS and FreeBSD.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Instant;

use lexopt::prelude::*;
use scripts::Done;

mod build;
mod left_out;
mod run;
mod setup;
mod wine;

const USAGE: &str = "\
Usage: cargo check-windows [--build]

Builds everything for Windows and runs the tests and the lessons under Wine; checks that everything
compiles for macOS and FreeBSD. Installs what it needs, and says so. Ends with `N passed, N failed`.

  --build    only compiles, for all three; needs no Wine
  -h, --help";

const WINDOWS: &str = "x86_64-pc-windows-gnu";
/// Where nothing can be run from here: only compiled, without linking, which needs no more than std.
const ONLY_CHECKED: [&str; 2] = ["aarch64-apple-darwin", "x86_64-unknown-freebsd"];
/// What cargo starts this program with, to run a test program.
const RUN: &str = "run";

fn main() -> ExitCode {
    scripts::run("check-windows", || {
        let words: Vec<String> = env::args().skip(1).collect();
        if let [run, program, args @ ..] = &words[..]
            && run == RUN
        {
            return run::run(program, args);
        }
        let mut build_only = false;
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Short('h') | Long("help") => return scripts::say(USAGE).map(|()| true),
                Long("build") => build_only = true,
                _ => return Err(arg.unexpected().into()),
            }
        }
        let start = Instant::now();
        let [passed, failed] = check(build_only)?;
        println!("\nin {} s:\n{passed} passed, {failed} failed", start.elapsed().as_secs());
        Ok(failed == 0)
    })
}

/// How many builds and tests passed, and how many failed.
fn check(build_only: bool) -> Done<[usize; 2]> {
    if cfg!(windows) {
        return Err("this is Windows: run cargo test --workspace instead".into());
    }
    setup::toolchain(&[WINDOWS, ONLY_CHECKED[0], ONLY_CHECKED[1]])?;
    setup::packages(build_only)?;

    let folder = build::target_folder()?;
    step(&format!("everything is built for {WINDOWS}, in {}", folder.display()));
    let built = build::cargo("build", WINDOWS, &folder).arg("--all-targets").status()?.success();
    let mut results = vec![built];
    for target in ONLY_CHECKED {
        step(&format!("everything is checked for {target}"));
        results.push(build::check(target, &folder)?);
    }
    let passed = results.iter().filter(|&&passed| passed).count();
    let failed = results.len() - passed;
    if build_only || !built {
        return Ok([passed, failed]);
    }
    let [tests_passed, tests_failed] = run_tests(&folder)?;
    Ok([passed + tests_passed, failed + tests_failed])
}

/// Runs the tests under Wine. Returns how many passed, and how many failed.
fn run_tests(folder: &Path) -> Done<[usize; 2]> {
    step("Wine is set up");
    let prefix = folder.join("windows");
    wine::set_up(&prefix)?;

    step("the tests and the lessons run under Wine");
    let mut cargo = build::cargo("test", WINDOWS, folder);
    // All but the tests in the docs.
    cargo.args(["--lib", "--bins", "--tests", "--no-fail-fast", "--config"]);
    cargo.arg(format!("target.{WINDOWS}.runner = [{:?}, {RUN:?}]", env::current_exe()?));
    let mut cargo = cargo.envs(wine::environment(&prefix)).stdout(Stdio::piped()).spawn()?;
    let (mut passed, mut failed, mut left_out) = (0, 0, 0);
    for line in BufReader::new(cargo.stdout.take().ok_or("no pipe")?).lines() {
        let line = line?;
        println!("{line}");
        let [more_passed, more_failed] = run::counts(&line).unwrap_or_default();
        (passed, failed) = (passed + more_passed, failed + more_failed);
        left_out += usize::from(line.starts_with(left_out::LEFT_OUT));
    }
    // A program that crashed or hung has counted nothing.
    if !cargo.wait()?.success() {
        failed = failed.max(1);
    }
    for [package, name, test, why] in left_out::TESTS {
        println!("{}{package} {name} {test}: {why}", left_out::LEFT_OUT);
    }
    if left_out < left_out::PROGRAMS.len() {
        return Err("a program that is to be left out isn't there: see left_out.rs".into());
    }
    Ok([passed, failed])
}

fn step(what: &str) {
    println!("── {what}");
}
