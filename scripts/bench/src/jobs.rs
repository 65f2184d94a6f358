//! What is run for the rows, and what it cost.

use crate::options::Options;
use crate::rows::{Aim, Entry, Row, US};
use crate::stats::Spread;

/// A contestant at one size, which runs once in each round.
pub struct Job<'a> {
    pub row: &'a Row,
    pub who: &'a str,
    pub aim: Option<Aim>,
    /// The point of the curve, or 0 in a row.
    pub point: u64,
    /// The number of items, then the other sizes.
    pub sizes: Vec<u64>,
    /// What a cost is divided by.
    pub per: f64,
    pub rounds: usize,
    /// One for each round.
    pub costs: Vec<f64>,
    /// Why there are no more of them.
    pub failed: Option<String>,
    /// How many times as fast we are.
    pub speed: Option<Spread>,
}

/// The jobs of a row in the order of its contestants; those of a curve point by point, so that the
/// contestants take turns.
pub fn of<'a>(row: &'a Row, options: &Options) -> Vec<Job<'a>> {
    let points = if row.is_curve() { &row.points[..] } else { &[0] };
    let points = if options.quick { &points[..1] } else { points };
    let mut jobs = Vec::new();
    for (place, &point) in points.iter().enumerate() {
        for (who, entry) in &row.contestants {
            let (items, failed) = match (entry, entry.items(place)) {
                (Entry::Cannot(why), _) => (0, Some(why.clone())),
                (_, Some(items)) => (options.scaled(items), None),
                (_, None) => continue,
            };
            jobs.push(Job {
                row,
                who,
                aim: entry.aim(),
                point,
                sizes: [items].into_iter().chain(row.sizes(point)).collect(),
                per: row.per(point, items),
                rounds: options.rounds.min(row.rounds.unwrap_or(usize::MAX)),
                costs: Vec::new(),
                failed,
                speed: None,
            });
        }
    }
    jobs
}

/// Compares each contestant with us, who come first in each row.
pub fn compare(jobs: &mut [Job]) {
    let mut ours = Vec::new();
    for job in jobs {
        match job.who {
            US => ours = job.costs.clone(),
            _ => job.speed = Spread::of_ratios(&job.costs, &ours),
        }
    }
}

impl Job<'_> {
    pub fn spread(&self) -> Option<Spread> {
        Spread::of(self.costs.iter().copied()).filter(|_| self.failed.is_none())
    }

    /// Whether the aim is met; none if there is no aim, or nothing to judge it by.
    pub fn is_met(&self) -> Option<bool> {
        Some(match self.aim? {
            Aim::Faster(times) => self.speed?.median >= times,
            Aim::Within(times) => self.speed?.inverse().median <= times,
            Aim::AtMost(bytes) => self.spread()?.median <= bytes,
        })
    }
}
