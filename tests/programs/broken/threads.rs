//! The broken forms of `threads`.

use std::process::Command;

use super::{lines, verdict};

#[test]
fn under_a_gil_no_two_parts_of_work_overlap() {
    let lines = lines("gil", false);
    let parts: Vec<_> = lines.iter().filter_map(|line| line.split_once("s part ")).collect();
    assert_eq!(parts.len(), 2 * 6, "{lines:#?}");
    for part in parts.chunks(2) {
        let (begin, end) = (part[0], part[1]);
        let thread = begin.0.strip_suffix(": begin");
        assert!(thread.is_some() && end.0.strip_suffix(": end") == thread, "{lines:#?}");
        assert_eq!(begin.1, end.1, "{lines:#?}");
    }
    assert_eq!(lines.last().unwrap(), "broken: at most 1 of 2 threads computed at once");
}

#[test]
fn without_a_gil_both_compute_at_once() {
    assert_eq!(verdict("gil", true), "at most 2 of 2 threads computed at once");
}

#[test]
fn all_cores_compute_the_same_sum() {
    let output = Command::new(tests::example("cores").unwrap()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let sum = (0..30_000_000_u64).fold(0, |sum: u64, n| sum.wrapping_add(n.wrapping_mul(n)));
    assert!(text.starts_with(&format!("sum of squares: {sum}\non 1 thread: ")), "{text}");
    assert!(text.ends_with(" × as fast\n") && text.lines().count() == 4, "{text}");
}
