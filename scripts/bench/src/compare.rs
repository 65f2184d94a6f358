//! What came out of a row: each contestant beside us.

use crate::rows::{Aim, Does, Entry, Row, US};
use crate::runner::Samples;
use crate::stats::{Cost, Spread};

/// A row with what came out.
pub struct Compared {
    pub row: &'static Row,
    pub contestants: Vec<Contestant>,
}

pub struct Contestant {
    pub who: &'static str,
    pub aim: Aim,
    /// What it cost; or why it couldn't.
    pub cost: Cost,
    /// Its cost in units of ours: how many times as fast we are.
    pub speed: Option<Spread>,
}

/// The samples are those of the rows' [`jobs`](Row::jobs), in their order.
pub fn compare(rows: &[&'static Row], samples: &[Samples]) -> Vec<Compared> {
    let mut samples = samples.iter();
    rows.iter()
        .map(|row| {
            let mut ours: Option<&Samples> = None;
            let contestant = |entry: &Entry| {
                let samples = match entry.does {
                    Does::Nothing(why) => Err(why.to_string()),
                    Does::Items(_) => samples.next().ok_or_else(|| "not measured".to_string()),
                };
                ours = ours.or(samples.as_ref().ok().copied());
                let against = |them: &&Samples| Spread::of_ratios(&them.costs, &ours?.costs);
                let speed = samples.as_ref().ok().and_then(against);
                let cost = samples.and_then(Samples::spread);
                let speed = speed.filter(|_| entry.who != US);
                Contestant { who: entry.who, aim: entry.aim, cost, speed }
            };
            Compared { row, contestants: row.entries.iter().map(contestant).collect() }
        })
        .collect()
}

impl Contestant {
    /// Whether the aim is met; `None` where there is none, or nothing to judge by.
    pub fn met(&self) -> Option<bool> {
        match self.aim {
            Aim::None => None,
            Aim::Faster(times) => Some(self.speed?.median >= times),
            Aim::Within(times) => Some(self.speed?.inverse().median <= times),
            Aim::Bytes(most) => Some(self.cost.as_ref().ok()?.median <= most),
        }
    }
}
