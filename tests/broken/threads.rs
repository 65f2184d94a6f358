//! The broken forms of `threads`.

use crate::{lines, verdict};

#[test]
fn under_a_gil_no_two_bits_of_work_overlap() {
    let lines = lines("gil", false);
    let bits: Vec<_> = lines.iter().filter_map(|line| line.split_once("s bit ")).collect();
    assert_eq!(bits.len(), 2 * 6, "{lines:#?}");
    for bit in bits.chunks(2) {
        let (begin, end) = (bit[0], bit[1]);
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
