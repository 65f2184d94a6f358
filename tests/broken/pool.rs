//! The broken forms of `pool`.

use std::process::{Command, Stdio};

use super::{lines, verdict};

#[test]
fn without_the_guard_the_worker_runs_main_and_with_it_only_the_task() {
    let of_worker = |fixed| {
        let lines = lines("guard", fixed);
        assert!(lines.contains(&"main: begins main's work".into()), "{lines:#?}");
        let worker = lines.iter().filter_map(|line| line.strip_prefix("worker: "));
        worker.map(str::to_string).collect::<Vec<_>>().join(", ")
    };
    let broken =
        "begins main's work, ends main's work, waits for a worker, is refused a worker of its own";
    assert_eq!(of_worker(false), broken);
    assert_eq!(of_worker(true), "begins the task, ends the task");
    let way_out = "make `pool::run_if_worker(guard::square);` the first line of `main`";
    assert!(verdict("guard", false).ends_with(way_out));
    assert!(verdict("guard", true).ends_with("it answered 144"));
}

#[test]
fn plain_children_outlive_a_killed_parent_and_workers_dont() {
    assert_eq!(verdict("orphan", false), "2 children worked on without their parent");
    let fixed = lines("orphan", true);
    let at = |line: &str| fixed.iter().position(|other| other == line).expect(line);
    assert!(at("watcher: kills the parent") < at("watcher: sees that nobody is left"));
    assert_eq!(verdict("orphan", true), "no child outlived its parent");
}

#[test]
fn a_forked_child_waits_in_vain_for_a_lock_and_a_spawned_one_has_its_own() {
    let last_line = |fixed: Option<&str>| {
        let file = tests::root().join("crates/pool/examples/fork.py");
        let output = Command::new("python3").arg(file).args(fixed).stdin(Stdio::null()).output();
        let output = output.ok().filter(|output| output.status.success());
        output.map(|output| {
            String::from_utf8(output.stdout).unwrap().lines().last().unwrap().to_string()
        })
    };
    let (Some(broken), Some(fixed)) = (last_line(None), last_line(Some("--fixed"))) else {
        assert!(Command::new("python3").arg("--version").output().is_err());
        return; // no python3 here
    };
    if cfg!(unix) {
        assert!(broken.starts_with("broken: the lock was released, but not"), "{broken}");
    }
    assert!(fixed.starts_with("fixed: the child is no copy"), "{fixed}");
}
