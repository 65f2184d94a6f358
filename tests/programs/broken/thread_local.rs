//! The broken forms of `thread-local`.

use super::{lines, verdict};

#[test]
fn with_a_global_alices_request_greets_bob() {
    let lines = lines("global", false);
    assert!(lines.contains(&"Thread-A: greets Bob".into()), "{lines:#?}");
    let verdict = lines.last().unwrap();
    assert_eq!(verdict, "broken: Alice's request greeted Bob, Bob's greeted Bob");
}

#[test]
fn with_a_thread_local_each_request_greets_its_own_user() {
    assert_eq!(verdict("global", true), "Alice's request greeted Alice, Bob's greeted Bob");
}

#[test]
fn a_user_that_is_only_set_stays_for_the_next_request() {
    assert_eq!(verdict("leak", false), "the anonymous request was answered as Alice");
}

#[test]
fn a_user_set_for_one_call_is_gone_after_it() {
    assert_eq!(verdict("leak", true), "the anonymous request was answered as nobody");
}
