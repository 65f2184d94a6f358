//! The broken forms of `communicate`.

use super::lines;

#[test]
fn writing_everything_before_reading_is_a_deadlock() {
    let broken = lines("pipe-deadlock", false);
    for side in ["parent: waits for the child to read", "child: waits for the parent to read"] {
        assert!(broken.contains(&side.into()), "{broken:#?}");
    }
    assert!(!broken.iter().any(|line| line.contains(": ends ")), "{broken:#?}");
    assert!(broken.last().unwrap().starts_with("broken: each waits for the other"), "{broken:#?}");
}

#[test]
fn reading_while_a_thread_writes_is_none() {
    let fixed = lines("pipe-deadlock", true);
    for side in ["writer: ends writing", "child: ends copying", "parent: ends reading"] {
        assert!(fixed.contains(&side.into()), "{fixed:#?}");
    }
    assert!(fixed.last().unwrap().starts_with("fixed: "), "{fixed:#?}");
    assert!(fixed.last().unwrap().ends_with(": 4096 KiB are back"), "{fixed:#?}");
}
