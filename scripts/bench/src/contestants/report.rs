//! How a contestant reports what it cost: in one line on stdout.

use std::time::{Duration, Instant, SystemTime};

use task_utils::say;

use crate::Done;

/// Prints how long `work` took, in seconds.
pub fn time(work: impl FnOnce() -> Done<()>) -> Done<()> {
    let start = Instant::now();
    work()?;
    value(start.elapsed().as_secs_f64())
}

/// Prints a number: seconds, or bytes.
pub fn value(value: f64) -> Done<()> {
    Ok(say(value)?)
}

/// A part of the work that several processes do together. The bench takes the time from the first
/// start to the last end, and checks that all items arrived.
pub struct Part(f64);

impl Part {
    pub fn start() -> Self {
        Part(now().as_secs_f64())
    }

    /// Ends it, in a process that got so many items.
    pub fn end(self, got: u64) -> Done<()> {
        Ok(say(format_args!("{:.7} {:.7} {got}", self.0, now().as_secs_f64()))?)
    }
}

/// The time of day: the one clock of `std` that two processes can compare.
pub fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// [`now`] as a message.
pub fn stamp() -> u64 {
    u64::try_from(now().as_nanos()).unwrap_or(u64::MAX)
}

/// Prints the median of what [`stamp`]s took to arrive, in seconds.
pub fn latency(mut nanos: Vec<u64>) -> Done<()> {
    nanos.sort_unstable();
    let median = nanos.get(nanos.len() / 2).ok_or("no message arrived")?;
    value(*median as f64 / 1e9)
}

/// How long to wait between two lone messages: until the one before has long arrived, and everyone
/// sleeps again.
pub const PAUSE: Duration = Duration::from_micros(200);
