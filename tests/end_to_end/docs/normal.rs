//! The lines of a run, as they are compared.

use regex::Regex;

/// What runs at the same time is compared without pids, times and counts of cores, sorted, and
/// whichever thread or worker was the first.
pub fn lines<'a>(lines: impl Iterator<Item = &'a str>, concurrent: bool) -> Vec<String> {
    if !concurrent {
        return lines.map(str::to_string).collect();
    }
    let chance = r"(pid:|[Pp]rocess |[Tt]hread-|[Ww]orker |with |: |on |connection )\d+(\.\d+)?( s\b| threads)?|\d+\.\d+ ×";
    let chance = Regex::new(chance).unwrap();
    let mut lines: Vec<_> =
        lines.map(|line| chance.replace_all(line, "$1…").into_owned()).collect();
    lines.sort();
    lines
}
