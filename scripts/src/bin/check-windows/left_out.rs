//! What isn't run under Wine, and why. All of it runs on Linux. The tests in the docs aren't run either, because
//! some call rustc, which isn't in Wine.

/// How a line begins that names a program that was left out.
pub const LEFT_OUT: &str = "left out: ";

/// A crate's test program, and why it is left out.
pub const PROGRAMS: [[&str; 3]; 9] = [
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
pub const TESTS: [[&str; 4]; 1] = [[
    "tests",
    "uses",
    "two_hundred_thousand_lines",
    "Wine's sort.exe doesn't get to the end of so many",
]];

/// Why a test program is left out, if it is.
pub fn why(package: &str, name: &str) -> Option<&'static str> {
    let program = PROGRAMS.iter().find(|[of, program, _]| *of == package && *program == name);
    program.map(|[.., why]| *why)
}

/// The arguments that leave single tests out.
pub fn skips(package: &str, name: &str) -> Vec<&'static str> {
    let of_it = TESTS.iter().filter(|[of, program, ..]| *of == package && *program == name);
    of_it.flat_map(|[_, _, skipped, _]| ["--skip", skipped]).collect()
}
