//! The broken forms of `lock`.

use super::{lines, verdict};

#[test]
fn the_race_loses_a_payment_and_the_lock_none() {
    assert_eq!(verdict("race", false), "10 and 10 were paid in, 10 is there");
    assert_eq!(verdict("race", true), "10 and 10 were paid in, 20 is there");
}

#[test]
fn opposite_order_is_a_deadlock_and_one_order_is_none() {
    let broken = lines("lock-order", false);
    assert!(broken.contains(&"Thread-1: waits for B".into()), "{broken:#?}");
    assert!(broken.contains(&"Thread-2: waits for A".into()), "{broken:#?}");
    assert!(!broken.iter().any(|line| line.contains("releases")), "{broken:#?}");
    let fixed = lines("lock-order", true);
    assert_eq!(fixed.iter().filter(|line| line.contains("releases")).count(), 4, "{fixed:#?}");
    assert!(verdict("lock-order", false).ends_with("nobody is back"));
    assert!(verdict("lock-order", true).ends_with("both are done"));
}

#[test]
fn a_poisoned_lock_hides_a_loss_from_who_looks_away() {
    assert!(verdict("poison", false).starts_with("of 100 there are 90"));
    assert!(verdict("poison", true).starts_with("of 100 there are 100"));
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
