//! How much memory a process has for itself alone.

use std::fs;

use crate::Done;

/// The bytes of a process that it shares with no other.
pub fn private(pid: u32) -> Done<f64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let known = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let kilobytes = known.lines().filter(|line| line.starts_with("Private_"));
    let kilobytes =
        kilobytes.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    Ok(kilobytes.sum::<f64>() * 1024.0)
}

/// The mean over some processes.
pub fn mean_private(pids: &[u32]) -> Done<f64> {
    let total = pids.iter().map(|&pid| private(pid)).sum::<Done<f64>>()?;
    Ok(total / f64::from(u32::try_from(pids.len())?))
}
