//! The small examples to copy from, which no text shows with their output.

use std::process::{Command, Stdio};

const PRINTED: [(&str, &str); 5] = [
    ("pool-result", "0\n1\n4\n9\n16\n"),
    (
        "pool-timeout",
        "27: 111 steps\n0: no end in sight, so its worker was ended\n97: 118 steps\n871: 178 steps\n",
    ),
    ("pool-fallible", "sum: 42\nno sum: \"4x\": invalid digit found in string\n"),
    ("ipc-queue-pipeline", "1000 lines, 100 not found\n"),
    (
        "ipc-queue-pipe",
        "4194304 bytes of 1\n4194304 bytes of 2\n4194304 bytes of 3\nthe camera has ended\n",
    ),
];

#[test]
fn each_prints_what_it_computes() {
    for (name, printed) in PRINTED {
        let mut example = Command::new(tests::example(name).unwrap());
        let output = example.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{name}: {output:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), printed, "{name}");
    }
}

/// Each with arguments that it doesn't take.
const REFUSED: [(&str, &[&str]); 16] = [
    ("entry-check", &["--fixd"]),
    ("orphan", &["--fixd"]),
    ("zombie", &["--fixed", "--fixed"]),
    ("pipe-deadlock", &["fixed"]),
    ("sort", &["a", "b"]),
    ("terminate", &["--fixd"]),
    ("log-lines", &["a", "b"]),
    ("gil", &["--fixd"]),
    ("lock-order", &["--fixd"]),
    ("race", &["5"]),
    ("poison", &["--fixed", "5"]),
    ("lost-update", &["ten"]),
    ("global", &["--fixd"]),
    ("leak", &["--fixd"]),
    ("sqlite", &["--fixd"]),
    ("http", &["--serve", "none"]),
];

#[test]
fn unknown_arguments_are_a_sentence_and_exit_code_2() {
    for (name, args) in REFUSED {
        let mut example = Command::new(tests::example(name).unwrap());
        let output = example.args(args).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {output:?}");
        assert!(output.stdout.is_empty(), "{name}: {output:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("give ") && message.lines().count() == 1, "{name}: {message}");
    }
}
