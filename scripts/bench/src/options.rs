//! The command line.

use clap::Parser;

/// Measures the lessons beside CPython, other crates and the bare system, and prints the ratios.
#[derive(Parser)]
#[command(bin_name = "cargo bench-all")]
pub struct Options {
    /// Only these rows and curves. Without any, all of them are run, and the table in
    /// scripts/bench/README.md and the plot beside it are written again
    #[arg(value_name = "ROW")]
    pub names: Vec<String>,
    /// Print the names of the rows and curves
    #[arg(long)]
    pub list: bool,
    /// How often each contestant has its turn (some take fewer)
    #[arg(long, default_value_t = 7)]
    pub rounds: usize,
    /// Multiply all sizes by this
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Run everything once at the smallest sizes, to see that it works
    #[arg(long)]
    pub quick: bool,
}

impl Options {
    pub fn read() -> Self {
        let options = Self::parse();
        match options.quick {
            true => Self { rounds: 1, scale: 0.0, ..options },
            false => Self { rounds: options.rounds.max(1), ..options },
        }
    }

    pub fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }

    /// Whether this is a run for the table and the plot.
    pub fn is_whole(&self) -> bool {
        self.names.is_empty() && self.scale == 1.0
    }

    /// How many items for a contestant that would have `n`: a multiple of 16, so that up to 16
    /// processes have equal shares.
    pub fn scaled(&self, n: u64) -> u64 {
        let scaled = (n as f64 * self.scale).ceil() as u64;
        if n < 16 || self.scale == 1.0 { n } else { scaled.next_multiple_of(16).max(16) }
    }
}
