//! A package with ordinary `#[test]` functions that use the copied pool, run in each way that there is.

use std::fs;
use std::path::Path;

use libtest_mimic::Trial;
use tests::{is_installed, test, test_unless};

use super::scratch::{cargo_in, libraries};

const NAME: &str = "user-of-pool";

const MANIFEST: &str = r#"
package = { name = "user-of-pool", edition = "2024" }
dependencies = { pool = { path = "../pool" } }
lints = { rust = { unsafe_code = "forbid" } }
"#;

const LIBRARY: &str = r#"
pub fn square(n: u64) -> u64 {
    n * n
}

#[cfg(test)]
mod tests {
    pool::test_workers!(crate::square);

    #[test]
    fn squares_in_a_module() {
        let pool = pool::Pool::new(2, crate::square).unwrap();
        assert_eq!(pool.map(1..=3).unwrap(), [1, 4, 9]);
    }
}
"#;

const TESTS: &str = r#"
use pool::Pool;
use user_of_pool::square;

pool::test_workers!(square, shout);

fn shout(text: String) -> String {
    text.to_uppercase()
}

#[test]
fn squares_in_a_file() {
    assert_eq!(Pool::new(2, square).unwrap().map(1..=3).unwrap(), [1, 4, 9]);
}

#[test]
fn shouts() {
    assert_eq!(Pool::new(1, shout).unwrap().apply("hi".into()).unwrap(), "HI");
}
"#;

/// Writes the package beside the copied libraries.
pub fn write(folder: &Path) {
    let package = folder.join(NAME);
    for (file, text) in
        [("Cargo.toml", MANIFEST), ("src/lib.rs", LIBRARY), ("tests/pools.rs", TESTS)]
    {
        let file = package.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

pub fn trials() -> Vec<Trial> {
    // The arguments, and how many tests pass in the module and in the file. One of each serves the workers.
    let ways: [(&str, &[&str], [u32; 2]); 5] = [
        ("plainly", &[], [2, 3]),
        ("with_a_filter", &["squares"], [1, 1]),
        ("with_nocapture", &["--", "--nocapture"], [2, 3]),
        ("one_after_the_other", &["--", "--test-threads=1"], [2, 3]),
        ("by_an_exact_name", &["--", "--exact", "tests::squares_in_a_module"], [1, 0]),
    ];
    let cargo_test = ways.map(|(way, args, passed)| {
        test(format!("a_copied_pool_works_in_tests_run_{way}"), move || {
            let args = [&["test", "-p", NAME, "--lib", "--tests"], args].concat();
            let printed = cargo_in(libraries(), &args);
            for passed in passed {
                let result = format!("test result: ok. {passed} passed; 0 failed;");
                assert!(printed.contains(&result), "{result}\n{printed}");
            }
        })
    });
    let missing = || (!is_installed("cargo-nextest")).then(|| "cargo-nextest".into());
    let nextest = test_unless(missing, "a_copied_pool_works_in_tests_run_by_nextest", || {
        cargo_in(libraries(), &["nextest", "run", "-p", NAME]); // fails if a test does
    });
    cargo_test.into_iter().chain([nextest]).collect()
}
