//! What it looks like: widths, colours, languages, a closed stdout.

use std::io::pipe;

use super::Learner;

/// Columns that a terminal takes for it.
fn width(line: &str) -> usize {
    let wide = |char| matches!(char, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}');
    line.chars().map(|char| if wide(char) { 2 } else { 1 }).sum()
}

fn fits(page: &str, columns: usize) {
    for line in page.lines() {
        assert!(width(line) <= columns, "{} columns: {line}", width(line));
    }
}

#[test]
fn no_line_is_wider_than_80_columns() {
    let learner = Learner::new();
    for language in ["--en", "--zh"] {
        for args in [&[][..], &["lock"], &["--help"]] {
            fits(&learner.sees(&[args, &[language]].concat()), 80);
        }
    }
}

#[test]
fn a_narrow_terminal_is_filled_and_a_wide_one_isnt() {
    let learner = Learner::new();
    for language in ["--en", "--zh"] {
        let page = |columns| {
            let mut command = learner.command(&["lock", language]);
            super::printed(command.env("COLUMNS", columns).output().unwrap())
        };
        let (narrow, wide) = (page("64"), page("300"));
        fits(&narrow, 64);
        let (_, below_the_code) = wide.split_once("\n\n  - ").unwrap();
        fits(below_the_code, 90);
        assert!(narrow.lines().count() > wide.lines().count());
    }
}

#[test]
fn chinese_punctuation_begins_no_line() {
    for columns in 40..60 {
        let learner = Learner::new();
        let mut command = learner.command(&["--zh"]);
        let page = super::printed(command.env("COLUMNS", columns.to_string()).output().unwrap());
        let begins_badly = |line: &&str| line.trim_start().starts_with(['，', '。', '；', '、']);
        assert_eq!(page.lines().find(begins_badly), None, "{columns} columns");
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let learner = Learner::new();
    let coloured = |set: &[(&str, &str)]| {
        let output = learner.command(&["lock"]).envs(set.iter().copied()).output().unwrap();
        super::printed(output).contains('\x1b')
    };
    assert!(!coloured(&[]), "piped");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn the_language_is_the_flags_or_the_environments() {
    let learner = Learner::new();
    let chinese = |args: &[&str], set: &[(&str, &str)]| {
        let output = learner.command(args).envs(set.iter().copied()).output().unwrap();
        super::printed(output).contains("未看")
    };
    assert!(!chinese(&[], &[]));
    assert!(chinese(&["--zh"], &[]));
    assert!(chinese(&[], &[("LANG", "zh_CN.UTF-8")]));
    assert!(chinese(&[], &[("LC_ALL", ""), ("LC_MESSAGES", "zh_TW"), ("LANG", "C")]));
    assert!(!chinese(&[], &[("LC_ALL", "C"), ("LC_MESSAGES", "zh_TW")]));
    assert!(!chinese(&["--en"], &[("LANG", "zh_CN.UTF-8")]));
    assert!(learner.sees(&["lock", "--zh"]).starts_with("第 6 课：锁\n"));
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    for args in [&[][..], &["lock"], &["--help"], &["compare", "lock"]] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let output = Learner::new().command(args).stdout(writer).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {output:?}");
    }
}
