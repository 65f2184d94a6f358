//! The real uses of `communicate`.

use std::process::{Command, Output, Stdio};

fn sort(args: &[&str]) -> Output {
    let mut command = Command::new(tests::example("sort").unwrap());
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn two_hundred_thousand_lines_are_sorted() {
    let message = sort(&[]);
    assert!(message.status.success() && message.stderr.is_empty(), "{message:?}");
    let message = String::from_utf8(message.stdout).unwrap();
    assert_eq!(
        message.trim_end(),
        "200000 lines there, 200000 back, in order: from 0000000001 to 4294948808"
    );
}

// Some megabytes: more than the pipes hold. Bytes that are no text, and lines that only their bytes tell
// apart: LC_ALL=C.
#[cfg(unix)]
#[test]
fn a_file_comes_out_sorted_by_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("进程 of lines");
    let mut lines: Vec<Vec<u8>> = (0..400_000_u64)
        .map(|n| {
            let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let word = [&b"a"[..], b"B", b"\xff\xfe", "\u{e9}".as_bytes()][(n >> 62) as usize];
            [word, format!("{:08}", n >> 40).as_bytes()].concat()
        })
        .collect();
    std::fs::write(&file, [lines.join(&b'\n'), b"\n".to_vec()].concat()).unwrap();
    let sorted = sort(&[file.to_str().unwrap()]);
    assert!(sorted.status.success() && sorted.stderr.is_empty());
    lines.sort();
    assert!(sorted.stdout == [lines.join(&b'\n'), b"\n".to_vec()].concat());
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let missing = sort(&["no such file"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stderr).unwrap().starts_with("no such file: "));
}

#[cfg(unix)]
#[test]
fn a_sort_that_is_not_there_is_told() {
    let mut command = Command::new(tests::example("sort").unwrap());
    let lost = command.env("PATH", "").output().unwrap();
    assert_eq!(lost.status.code(), Some(1));
    let message = String::from_utf8(lost.stderr).unwrap();
    assert_eq!(message.trim_end(), "sort: no such command; check its name, or give its path");
}
