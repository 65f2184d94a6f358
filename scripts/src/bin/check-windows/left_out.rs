//! What isn't run under Wine, and why. All of it runs on Linux.

use crate::build::TestBinary;
use scripts::Done;

/// A crate's test program, and why it is left out.
const PROGRAMS: [[&str; 3]; 9] = [
    ["tests", "copying", CARGO],
    ["tests", "docs", CARGO],
    ["tests", "exercises", CARGO],
    ["tests", "licences", CARGO],
    ["tests", "manifests", CARGO],
    ["tests", "places", CARGO],
    ["tests", "timeline", CARGO],
    ["tests", "walk", CARGO],
    ["communicate", "faults", "holds only faults of Unix: signals, limits"],
];
const CARGO: &str = "starts cargo, which isn't in Wine";

/// Single tests: a crate, its test program, the test, why it is left out.
const TESTS: [[&str; 4]; 1] = [[
    "tests",
    "uses",
    "two_hundred_thousand_lines",
    "Wine's sort.exe doesn't get to the end of so many",
]];

const DOCTESTS: &str = "doctests: some call rustc, which isn't in Wine";

/// All that are to be run. What is left out must be there, else the list has grown old.
pub fn without(mut tests: Vec<TestBinary>) -> Done<Vec<TestBinary>> {
    for [package, name, _] in PROGRAMS {
        let before = tests.len();
        tests.retain(|test| !test.is(package, name));
        if tests.len() == before {
            return Err(format!("{package} {name} is to be left out but isn't there").into());
        }
    }
    Ok(tests)
}

/// The arguments that leave single tests out.
pub fn skips(test: &TestBinary) -> impl Iterator<Item = &'static str> {
    let of_it = TESTS.iter().filter(|[package, name, ..]| test.is(package, name));
    of_it.flat_map(|[_, _, skipped, _]| ["--skip", skipped])
}

/// What is left out, a line each.
pub fn told() -> String {
    let programs = PROGRAMS.map(|[package, name, why]| format!("{package} {name}: {why}"));
    let tests = TESTS.map(|[package, name, test, why]| format!("{package} {name} {test}: {why}"));
    let lines = programs.into_iter().chain(tests).chain([DOCTESTS.to_string()]);
    lines.fold("left out under Wine:".into(), |told, line| format!("{told}\n    {line}"))
}
