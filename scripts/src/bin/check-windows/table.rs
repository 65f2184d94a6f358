//! How many tests ran, crate by crate, beside those of Linux.

use std::collections::BTreeMap;

use crate::run::Outcome;

#[derive(Default)]
pub struct Table {
    crates: BTreeMap<String, Row>,
}

#[derive(Default)]
struct Row {
    passed: usize,
    failed: usize,
}

impl Table {
    pub fn add(&mut self, package: &str, outcome: &Outcome) {
        let row = self.crates.entry(package.into()).or_default();
        row.passed += outcome.passed;
        row.failed += outcome.failed;
    }

    pub fn passed(&self) -> usize {
        self.crates.values().map(|row| row.passed).sum()
    }

    pub fn failed(&self) -> usize {
        self.crates.values().map(|row| row.failed).sum()
    }

    /// With how many there are on Linux.
    pub fn told(&self, linux: &BTreeMap<String, usize>) -> String {
        let mut told = line("tests of", "under Wine", "failed", "on Linux");
        for (package, count) in linux {
            let none = Row::default();
            let Row { passed, failed } = self.crates.get(package).unwrap_or(&none);
            told += &row(package, passed + failed, *failed, *count);
        }
        let (passed, failed) = (self.passed(), self.failed());
        told + &row("all", passed + failed, failed, linux.values().sum())
    }
}

fn row(name: &str, ran: usize, failed: usize, linux: usize) -> String {
    line(name, &ran.to_string(), &failed.to_string(), &linux.to_string())
}

fn line(name: &str, ran: &str, failed: &str, linux: &str) -> String {
    format!("{name:<16}{ran:>12}{failed:>8}{linux:>10}\n")
}
