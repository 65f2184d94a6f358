//! The rows of the table and the curves of the plot, as `rows.toml` describes them.

use indexmap::IndexMap;
use serde::Deserialize;

pub const US: &str = "us";
pub const CPYTHON: &str = "CPython";

/// A row of the table, or a curve if it has points.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    #[serde(skip)]
    pub name: String,
    pub title: String,
    pub unit: Unit,
    test: Option<String>,
    #[serde(default)]
    sizes: Vec<Size>,
    bytes: Option<u64>,
    pub rounds: Option<usize>,
    /// What the points of a curve are.
    #[serde(default)]
    pub x: String,
    #[serde(default)]
    pub points: Vec<u64>,
    #[serde(flatten)]
    pub contestants: IndexMap<String, Entry>,
}

#[derive(Deserialize)]
enum Size {
    #[serde(rename = "x")]
    Point,
    #[serde(untagged)]
    Number(u64),
}

/// What a cost is the cost of.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Seconds for the whole.
    Time,
    /// Seconds for one of these.
    TimeOf(String),
    /// Bytes of memory for the whole.
    Memory,
    /// Bytes of memory for one of these.
    MemoryOf(String),
    /// Seconds for a byte, which the table shows as bytes per second.
    Rate,
}

/// How many items a contestant gets.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Entry {
    Items(u64),
    ItemsAtPoints(Vec<u64>),
    ItemsAndAim {
        items: u64,
        #[serde(flatten)]
        aim: Aim,
    },
    /// Why it can't do the row.
    Cannot(String),
}

/// What we want to be against a contestant.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// At least so many times as fast.
    Faster(f64),
    /// At most so many times its time.
    Within(f64),
    /// Of our own memory: at most so many bytes.
    AtMost(f64),
}

/// All rows, and behind them the curves.
pub fn all() -> Result<Vec<Row>, toml::de::Error> {
    let rows: IndexMap<String, Row> = toml::from_str(include_str!("rows.toml"))?;
    Ok(rows.into_iter().map(|(name, row)| Row { name, ..row }).collect())
}

impl Row {
    pub fn is_curve(&self) -> bool {
        !self.points.is_empty()
    }

    pub fn test(&self) -> &str {
        self.test.as_deref().unwrap_or(&self.name)
    }

    /// What the test takes besides the number of items.
    pub fn sizes(&self, point: u64) -> impl Iterator<Item = u64> {
        self.sizes.iter().map(move |size| match size {
            Size::Point => point,
            Size::Number(number) => *number,
        })
    }

    /// What a cost is divided by, so that contestants with different numbers of items can be compared.
    pub fn per(&self, point: u64, items: u64) -> f64 {
        match self.unit {
            Unit::Time | Unit::Memory => 1.0,
            Unit::TimeOf(_) | Unit::MemoryOf(_) => items as f64,
            Unit::Rate => (items * self.bytes.unwrap_or(point)) as f64,
        }
    }
}

impl Entry {
    /// The number of items at a curve's point, given by its place; none if it isn't measured there.
    pub fn items(&self, place: usize) -> Option<u64> {
        match self {
            Entry::Items(items) | Entry::ItemsAndAim { items, .. } => Some(*items),
            Entry::ItemsAtPoints(items) => items.get(place).copied(),
            Entry::Cannot(_) => None,
        }
    }

    pub fn aim(&self) -> Option<Aim> {
        match self {
            Entry::ItemsAndAim { aim, .. } => Some(*aim),
            _ => None,
        }
    }
}
