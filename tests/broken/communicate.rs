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

/// The same in Python, where there is one.
#[test]
fn python_deadlocks_the_same_way() {
    let script = tests::root().join("crates/communicate/examples/pipe_deadlock.py");
    let run = |args: &[&str]| {
        let output = std::process::Command::new("python3").arg(&script).args(args).output();
        output.map(|output| String::from_utf8(output.stdout).unwrap())
    };
    let Ok(broken) = run(&[]) else { return eprintln!("no python3 here, so not looked at") };
    assert!(broken.starts_with("broken: ") && broken.ends_with("nobody is back\n"), "{broken}");
    assert_eq!(run(&["--fixed"]).unwrap(), "fixed: 4096 KiB are back\n");
}
