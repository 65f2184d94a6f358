//! How numbers are written.

use crate::rows::Unit;

/// A cost; for [`Unit::Rate`] the bytes per second.
pub fn number(unit: &Unit, value: f64) -> String {
    match unit {
        Unit::TimeOf(_) | Unit::Time => {
            scaled(value, &[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")])
        }
        Unit::Rate => bytes(value) + "/s",
        Unit::Memory | Unit::MemoryOf(_) => bytes(value),
    }
}

pub fn bytes(bytes: f64) -> String {
    let units =
        [(f64::from(1 << 30), "GiB"), (f64::from(1 << 20), "MiB"), (1024.0, "KiB"), (1.0, "B")];
    scaled(bytes, &units)
}

/// In the largest unit that gives 1 or more.
fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    // A power of ten may be computed as a little less.
    let fits = units.iter().find(|(unit, _)| value >= unit * 0.9999).or(units.last());
    fits.map_or(String::new(), |(unit, name)| format!("{} {name}", short(value / unit)))
}

/// Three significant digits.
pub fn short(number: f64) -> String {
    match number.abs() {
        n if n >= 99.5 => format!("{number:.0}"),
        n if n >= 9.95 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// A round number, as it stands at an axis.
pub fn tick(number: String) -> String {
    number.replace(".00 ", " ").replace(".0 ", " ")
}
