//! What isn't run under Wine, and why. All of it runs on Linux. The tests in the docs aren't run either, because
//! some call rustc, which isn't in Wine.

/// How a line begins that names a program that was left out.
pub const LEFT_OUT: &str = "left out: ";

/// A crate's test program, and why it is left out.
pub const PROGRAMS: [[&str; 3]; 4] = [
    ["tests", "licences", CARGO],
    ["tests", "manifests", CARGO],
    ["tests", "places", CARGO],
    ["communicate", "faults", "holds only faults of Unix: signals, limits"],
];
const CARGO: &str = "starts cargo, which isn't in Wine";

/// Tests of a program that runs: a crate, its test program, a part of the tests' names, why they are left out.
pub const TESTS: [[&str; 4]; 6] = [
    ["tests", "end_to_end", "[copying]", CARGO],
    ["tests", "end_to_end", "[docs]", CARGO],
    ["tests", "end_to_end", "[exercises]", CARGO],
    ["tests", "programs", "timeline::", CARGO],
    ["tests", "programs", "walk::", CARGO],
    ["tests", "programs", "two_hundred_thousand_lines", SORT],
];
const SORT: &str = "Wine's sort.exe doesn't get to the end of so many";

/// Why a test program is left out, if it is.
pub fn why(package: &str, name: &str) -> Option<&'static str> {
    let program = PROGRAMS.iter().find(|[of, program, _]| *of == package && *program == name);
    program.map(|[.., why]| *why)
}

/// The arguments that leave these tests out.
pub fn skips(package: &str, name: &str) -> Vec<&'static str> {
    let of_it = TESTS.iter().filter(|[of, program, ..]| *of == package && *program == name);
    of_it.flat_map(|[_, _, skipped, _]| ["--skip", skipped]).collect()
}
