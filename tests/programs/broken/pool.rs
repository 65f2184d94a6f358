//! The broken forms of `pool`.

use super::{lines, verdict};

#[test]
fn without_the_entry_check_the_worker_runs_main_and_with_it_only_the_task() {
    let of_worker = |fixed| {
        let lines = lines("entry-check", fixed);
        assert!(lines.contains(&"main: begins main's work".into()), "{lines:#?}");
        let worker = lines.iter().filter_map(|line| line.strip_prefix("worker: "));
        worker.map(str::to_string).collect::<Vec<_>>().join(", ")
    };
    let broken =
        "begins main's work, ends main's work, waits for a worker, is refused a worker of its own";
    assert_eq!(of_worker(false), broken);
    assert_eq!(of_worker(true), "begins the task, ends the task");
    let way_out = "make `pool::run_if_worker(entry_check::square);` the first line of `main`";
    assert!(verdict("entry-check", false).contains(way_out));
    assert!(verdict("entry-check", true).ends_with("and returned 144"));
}

#[test]
fn plain_children_outlive_a_killed_parent_and_workers_dont() {
    assert_eq!(verdict("orphan", false), "2 children worked on without their parent");
    let fixed = lines("orphan", true);
    let at = |line: &str| fixed.iter().position(|other| other == line).expect(line);
    assert!(at("watcher: kills the parent") < at("watcher: sees that nobody is left"));
    assert_eq!(verdict("orphan", true), "no child outlived its parent");
}
