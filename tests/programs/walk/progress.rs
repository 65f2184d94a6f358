//! The file that holds how far one is.

use std::fs;

use super::Learner;

#[test]
fn a_lesson_that_ran_is_seen_and_others_stay_as_they_are() {
    let learner = Learner::with("threads: done\n");
    learner.sees(&["lock"]);
    let lines = learner.progress();
    let lines: Vec<_> = lines.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines, ["lock: seen", "threads: done"]);
    assert_eq!(
        fs::read_dir(learner.folder.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn what_is_done_stays_done() {
    let learner = Learner::with("lock: done\n");
    learner.sees(&["lock"]);
    assert_eq!(learner.progress(), "lock: done\n");
}

#[test]
fn a_file_that_isnt_understood_is_told_and_left_alone() {
    for content in ["lock: sen\n", "lock\n", "\0\n"] {
        let learner = Learner::with(content);
        for args in [&[][..], &["lock"]] {
            let output = learner.command(args).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let message = String::from_utf8(output.stderr).unwrap();
            assert!(message.lines().count() == 1 && message.contains("progress:1: "), "{message}");
            assert!(!output.stdout.is_empty());
        }
        assert_eq!(learner.progress(), content);
    }
}

#[test]
fn a_file_that_cant_be_written_is_a_warning() {
    let learner = Learner::new();
    let nowhere = learner.folder.path().join("no such folder").join("progress");
    let output = learner.command(&["lock"]).env("LESSONS_PROGRESS", nowhere).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.lines().count() == 1 && message.contains("wasn't saved"), "{message}");
}
