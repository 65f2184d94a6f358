//! The broken forms of `ipc-queue`.

use super::{lines, verdict};

#[test]
fn a_shared_pipe_is_broken_by_a_terminated_reader() {
    let broken = lines("terminate", false);
    assert!(broken.contains(&"reader 1: ends Alice".into()), "{broken:#?}");
    // The B of Bob, taken for a length; and what there was instead.
    assert!(broken.contains(&"reader 2: waits for 66 bytes".into()), "{broken:#?}");
    let rest = r#"reader 2: gets "ob\x05Carol", and no more"#;
    assert!(broken.contains(&rest.into()), "{broken:#?}");
    assert!(!broken.iter().any(|line| line.starts_with("reader 2: begins")), "{broken:#?}");
    assert!(broken.last().unwrap().starts_with("broken: "), "{broken:#?}");
}

#[test]
fn a_queue_of_ours_goes_on() {
    let fixed = lines("terminate", true);
    let handled = fixed.iter().filter_map(|line| line.split_once(": ends "));
    let handled: Vec<_> = handled.collect();
    assert_eq!(
        handled,
        [("reader 1", "Alice"), ("reader 2", "Bob"), ("reader 2", "Carol")],
        "{fixed:#?}"
    );
    let gone = fixed.iter().position(|line| line == "reader 1: is gone").unwrap();
    let put = fixed.iter().position(|line| line == "main: puts Bob").unwrap();
    assert!(gone < put, "{fixed:#?}");
    assert!(verdict("terminate", true).starts_with("reader 1 took nothing with it"));
}
