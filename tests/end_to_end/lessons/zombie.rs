//! A zombie is seen in the table of processes, which `ps` prints.

use std::process::{Command, Stdio};

use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    let name = "a_child_that_nobody_waits_for_is_a_zombie_and_call_waits";
    vec![tests::test_unless(missing, name, zombie)]
}

fn missing() -> Option<String> {
    match (cfg!(windows), tests::has_ps()) {
        (true, _) => Some("a system that has zombies".into()),
        (_, false) => Some("ps".into()),
        _ => None,
    }
}

/// The lines that the example prints; the last begins with `kind`.
fn lines(args: &[&str], kind: &str) -> Vec<String> {
    let mut command = Command::new(tests::example("zombie").unwrap());
    let output = command.args(args).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().last().unwrap().starts_with(kind), "{text}");
    text.lines().map(str::to_string).collect()
}

fn zombie() {
    let broken = lines(&[], "broken: ");
    let at = |line: &str| broken.iter().position(|other| other == line).expect(line);
    assert!(at("child: ends work") < at("child: begins life as a zombie"));
    assert!(at("main: has waited for the child") < at("child: ends life as a zombie"));
    assert!(broken.last().unwrap().ends_with("still in the table of processes"));
    let fixed = lines(&["--fixed"], "fixed: ");
    assert!(!fixed.iter().any(|line| line.contains("as a zombie")), "{fixed:#?}");
    assert!(fixed.last().unwrap().ends_with("nothing is left of it"));
}
