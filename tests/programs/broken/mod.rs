//! Broken, then fixed: that each broken form in the lessons' examples really breaks, and each fix holds.

use std::process::{Command, Stdio};

mod communicate;
mod ipc_queue;
mod lock;
mod pool;
mod thread_local;
mod threads;

/// The lines that an example prints, broken or fixed; it must end well and say nothing on stderr.
fn lines(topic: &str, fixed: bool) -> Vec<String> {
    let mut command = Command::new(tests::example(topic).unwrap());
    let output = command.args(fixed.then_some("--fixed")).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{topic}: {output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
}

/// The last line of an example: what was shown.
fn verdict(topic: &str, fixed: bool) -> String {
    let verdict = lines(topic, fixed).pop().unwrap_or_default();
    let kind = if fixed { "fixed: " } else { "broken: " };
    verdict.strip_prefix(kind).unwrap_or_else(|| panic!("{topic}: {verdict}")).to_string()
}
