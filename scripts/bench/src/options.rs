//! The command line.

use lexopt::prelude::*;

use crate::{curves, rows};

pub const HELP: &str = "\
Measures the lessons beside CPython, other crates and the bare system, and tells the ratios.

Usage: cargo bench-all [OPTIONS] [ROW]...

  ROW           only these rows or curves; without any, all of them, and then the table in
                scripts/bench/README.md and the plot beside it are written anew
  --list        the names of the rows and curves
  --rounds N    how often everything takes its turn     (default 7; some take fewer)
  --scale X     all sizes times X, for instance 0.01    (default 1)
  --quick       everything once at the smallest sizes: does it still run? Writes nothing
  --help        this text

Examples:
  cargo bench-all
  cargo bench-all pool-apply-async queue-64k --rounds 3
";

pub enum Options {
    Run(Run),
    List,
    Help,
    /// What the bench starts itself with, for one measurement.
    Contestant {
        test: String,
        who: String,
        sizes: Vec<u64>,
    },
}

pub struct Run {
    names: Vec<String>,
    pub rounds: usize,
    scale: f64,
    pub quick: bool,
}

impl Options {
    pub fn parse() -> Result<Self, lexopt::Error> {
        let mut run = Run { names: Vec::new(), rounds: 7, scale: 1.0, quick: false };
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Long("rounds") => run.rounds = args.value()?.parse::<usize>()?.max(1),
                Long("scale") => run.scale = args.value()?.parse()?,
                Long("quick") => run = Run { rounds: 1, scale: 0.0, quick: true, ..run },
                Long("list") => return Ok(Options::List),
                Short('h') | Long("help") => return Ok(Options::Help),
                Value(word) if word == "contestant" => return Self::contestant(args),
                Value(name) => run.names.push(known(name.string()?)?),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Options::Run(run))
    }

    fn contestant(mut args: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let (test, who) = (args.value()?.string()?, args.value()?.string()?);
        let sizes = args.raw_args()?.map(|size| size.parse()).collect::<Result<_, _>>()?;
        Ok(Options::Contestant { test, who, sizes })
    }
}

fn known(name: String) -> Result<String, String> {
    let mut names =
        rows::ROWS.iter().map(|row| row.name).chain(curves::CURVES.iter().map(|curve| curve.name));
    match names.any(|known| known == name) {
        true => Ok(name),
        false => Err(format!("there is no row {name:?}; --list tells their names")),
    }
}

impl Run {
    pub fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }

    /// Whether this is a run for the table and the plot.
    pub fn is_whole(&self) -> bool {
        self.names.is_empty() && self.scale == 1.0
    }

    /// The points of a curve: the first is enough to see that it runs.
    pub fn points<'a>(&self, points: &'a [u64]) -> &'a [u64] {
        if self.quick { &points[..1] } else { points }
    }

    /// How many items for a contestant that would have `n`: a multiple of 16, so that up to 16
    /// processes have equal shares.
    pub fn scaled(&self, n: u64) -> u64 {
        let scaled = (n as f64 * self.scale).ceil() as u64;
        if n < 16 || self.scale == 1.0 { n } else { scaled.next_multiple_of(16).max(16) }
    }
}
