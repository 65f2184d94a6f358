//! The workflow of the public CI has nothing of its own: it runs what the README says, and `.ci/run`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::fs;

use serde_yaml_ng::Value;
use tests::root;

fn workflow() -> Value {
    let text = fs::read_to_string(root().join(".github/workflows/ci.yml")).unwrap();
    serde_yaml_ng::from_str(&text).unwrap()
}

/// What a job's steps say under `key`.
fn steps(job: &str, key: &str) -> Vec<String> {
    let workflow = workflow();
    let steps = workflow["jobs"][job]["steps"].as_sequence().unwrap();
    steps.iter().filter_map(|step| step[key].as_str()).map(str::to_string).collect()
}

/// The commands but for those that bring Rust.
fn commands(job: &str) -> Vec<String> {
    steps(job, "run").into_iter().filter(|command| !command.starts_with("rustup ")).collect()
}

#[test]
fn every_system_runs_the_test_command_of_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let told = readme.lines().find(|line| line.starts_with("cargo test")).unwrap();
    assert_eq!(commands("test"), [told.split(" #").next().unwrap()]);
    let workflow = workflow();
    let systems = workflow["jobs"]["test"]["strategy"]["matrix"]["os"].as_sequence().unwrap();
    assert_eq!(*systems, ["ubuntu-latest", "macos-latest", "windows-latest"]);
}

#[test]
fn the_checks_are_those_of_ci_run() {
    assert_eq!(commands("checks"), [".ci/run"]);
    assert!(root().join(".ci/run").is_file());
}

#[test]
fn the_tests_run_with_the_oldest_rust_that_is_promised() {
    let manifest = fs::read_to_string(root().join("crates/lock/Cargo.toml")).unwrap();
    let oldest = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    let oldest = oldest.trim_matches('"');
    let install = format!("rustup toolchain install --profile minimal {oldest}");
    assert_eq!(steps("test", "run")[..2], [install, format!("rustup override set {oldest}")]);
}

#[test]
fn no_step_is_someone_elses_but_the_checkout() {
    for job in ["test", "checks"] {
        assert_eq!(steps(job, "uses"), ["actions/checkout@v6"], "{job}");
    }
}
