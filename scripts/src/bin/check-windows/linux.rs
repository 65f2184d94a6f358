//! How many tests there are on Linux, to compare with.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use scripts::Done;

use crate::build;

/// The tests of each crate that `cargo test` runs here: those of the docs and the ignored ones aside.
pub fn counts() -> Done<BTreeMap<String, usize>> {
    let tests = build::tests(None)?.ok_or("it doesn't compile for Linux")?;
    let mut counts = BTreeMap::new();
    for test in tests {
        let all = listed(&test.program, &test.folder, &["--list"])?;
        let ignored = listed(&test.program, &test.folder, &["--list", "--ignored"])?;
        *counts.entry(test.package).or_default() += all - ignored;
    }
    Ok(counts)
}

fn listed(program: &Path, folder: &Path, args: &[&str]) -> Done<usize> {
    let output = Command::new(program).args(args).current_dir(folder).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter(|line| line.ends_with(": test")).count())
}
