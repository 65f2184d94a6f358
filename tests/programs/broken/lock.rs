//! The broken forms of `lock`.

use super::{lines, verdict};

#[test]
fn the_race_loses_an_update_and_the_lock_none() {
    assert_eq!(verdict("race", false), "10 and 10 were paid in, the balance is 10");
    assert_eq!(verdict("race", true), "10 and 10 were paid in, the balance is 20");
}

/// How far off the balance is after so many rounds: without the lock, and with `fetch_add`.
fn off_by(rounds: &str) -> [u64; 2] {
    let mut command = std::process::Command::new(tests::example("lost-update").unwrap());
    let output = command.arg(rounds).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    ["broken, load and store: ", "fixed, fetch_add: "].map(|start| {
        let line = text.lines().find_map(|line| line.strip_prefix(start)).unwrap();
        line.strip_suffix(" off").unwrap().parse().unwrap()
    })
}

// One run may be lucky: on one core the threads may never meet. Twenty in a row are not.
#[test]
fn load_and_store_lose_updates_and_fetch_add_none() {
    let runs: Vec<_> = (0..20).map(|_| off_by("1000000")).collect();
    assert!(runs.iter().any(|[broken, _]| *broken > 0), "{runs:?}");
    assert!(runs.iter().all(|[_, fixed]| *fixed == 0), "{runs:?}");
    assert_eq!(off_by("0"), [0, 0]);
}

#[test]
fn opposite_order_is_a_deadlock_and_one_order_is_none() {
    let broken = lines("lock-order", false);
    assert!(broken.contains(&"Thread-1: waits for B".into()), "{broken:#?}");
    assert!(broken.contains(&"Thread-2: waits for A".into()), "{broken:#?}");
    assert!(!broken.iter().any(|line| line.contains("releases")), "{broken:#?}");
    let fixed = lines("lock-order", true);
    assert_eq!(fixed.iter().filter(|line| line.contains("releases")).count(), 4, "{fixed:#?}");
    let deadlock = "broken: deadlock: Thread-1 and Thread-2 can't go on";
    assert_eq!(broken.last().unwrap(), deadlock);
    assert!(verdict("lock-order", true).ends_with("both have ended"));
}

#[test]
fn a_poisoned_lock_reports_a_loss_unless_it_is_ignored() {
    assert!(verdict("poison", false).starts_with("90 of 100 are left"));
    assert!(verdict("poison", true).starts_with("100 of 100 are left"));
}

// The lesson's own picture is drawn from these.
#[test]
fn the_traced_lock_is_held_by_one_at_a_time() {
    let output =
        std::process::Command::new(tests::example("lock-traced").unwrap()).output().unwrap();
    let mut holder = None;
    let mut held = 0;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (thread, what) = line.split_once(' ').unwrap().1.split_once(": ").unwrap();
        match what {
            "holds the lock" => {
                assert_eq!(holder.replace(thread.to_string()), None);
                held += 1;
            }
            "releases the lock" => assert_eq!(holder.take().as_deref(), Some(thread)),
            _ => assert_eq!(what, "waits for the lock"),
        }
    }
    assert_eq!(held, 10);
}
