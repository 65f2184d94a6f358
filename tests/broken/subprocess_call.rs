//! The broken forms of `subprocess-call`.

use std::process::Command;

use super::{lines, verdict};

#[test]
fn a_child_that_nobody_waits_for_is_a_zombie_and_call_waits() {
    if cfg!(windows) || Command::new("ps").arg("-A").output().is_err() {
        return; // nothing to be seen here, as the example says
    }
    let broken = lines("zombie", false);
    let at = |line: &str| broken.iter().position(|other| other == line).expect(line);
    assert!(at("child: ends work") < at("child: begins life as a zombie"));
    assert!(at("main: has waited for the child") < at("child: ends life as a zombie"));
    assert!(verdict("zombie", false).ends_with("still in the table of processes"));
    let fixed = lines("zombie", true);
    assert!(!fixed.iter().any(|line| line.contains("as a zombie")), "{fixed:#?}");
    assert!(verdict("zombie", true).ends_with("nothing is left of it"));
}
