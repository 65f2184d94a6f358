//! The lines of a web server's log, and what is counted of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What is counted of some lines.
#[derive(Default, Serialize, Deserialize)]
pub struct Count {
    lines: u64,
    not_understood: u64,
    by_status: BTreeMap<u16, u64>,
    slowest: Option<(u32, String)>, // milliseconds and path
}

impl Count {
    /// Counts a line.
    pub fn add(&mut self, line: &str) {
        self.lines += 1;
        match parse(line) {
            None => self.not_understood += 1,
            Some((status, milliseconds, path)) => {
                *self.by_status.entry(status).or_default() += 1;
                // Of two that are as slow the greater path, whoever has counted them.
                self.slowest = self.slowest.take().max(Some((milliseconds, path.to_string())));
            }
        }
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, another: Count) {
        self.lines += another.lines;
        self.not_understood += another.not_understood;
        for (status, count) in another.by_status {
            *self.by_status.entry(status).or_default() += count;
        }
        self.slowest = self.slowest.take().max(another.slowest);
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} lines, {} not understood", self.lines, self.not_understood)?;
        for (status, count) in &self.by_status {
            writeln!(f, "{status}: {count}")?;
        }
        match &self.slowest {
            Some((milliseconds, path)) => writeln!(f, "slowest: {path}, {milliseconds} ms"),
            None => Ok(()),
        }
    }
}

/// Status, milliseconds and path of a line such as
/// `10.0.0.7 - - [20/Nov/2024:18:46:35 +0000] "GET /cart HTTP/1.1" 200 5120 0.043`.
fn parse(line: &str) -> Option<(u16, u32, &str)> {
    let (request, rest) = line.split_once('"')?.1.split_once('"')?;
    let path = request.split(' ').nth(1)?;
    let mut rest = rest.split_whitespace();
    let status = rest.next()?.parse().ok()?;
    let seconds: f64 = rest.nth(1)?.parse().ok()?;
    Some((status, (seconds * 1000.0).round() as u32, path))
}

/// 100,000 lines, the same each time.
pub fn made() -> String {
    const PATHS: [&str; 5] = ["/", "/cart", "/login", "/search?q=rust", "/logo.svg"];
    const STATUSES: [u16; 7] = [200, 200, 200, 200, 304, 404, 500];
    let line = |n: usize| {
        let (path, status, ms) = (PATHS[n % 5], STATUSES[n % 7], n * 7919 % 2003);
        let time = format!("{}.{:03}", ms / 1000, ms % 1000);
        format!("10.0.0.{} - - [-] \"GET {path} HTTP/1.1\" {status} {} {time}\n", n % 251, n % 9973)
    };
    (0..100_000).map(line).collect()
}
