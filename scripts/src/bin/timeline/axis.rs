//! Times: where they stand on the axis, how people write them, and the ticks.

use crate::shapes::{MARGIN, WIDTH};

#[derive(Clone, Copy)]
pub struct Axis {
    pub left: f64,
    /// The time at the right end.
    pub end: f64,
}

impl Axis {
    pub const RIGHT: f64 = WIDTH - MARGIN;

    pub fn x(self, at: f64) -> f64 {
        self.left + (Self::RIGHT - self.left) * (at / self.end).clamp(0.0, 1.0)
    }
}

/// Three digits that count, in the unit that suits: `1.23 s`, `45.6 ms`, `7 µs`.
pub fn time(seconds: f64) -> String {
    let (factor, unit) = unit(seconds);
    let value = seconds * factor;
    let digits = (2.0 - value.max(1.0).log10().floor()).max(0.0) as usize;
    format!("{} {unit}", trimmed(format!("{value:.digits$}")))
}

fn unit(seconds: f64) -> (f64, &'static str) {
    match seconds {
        s if s >= 0.9995 => (1.0, "s"),
        s if s >= 0.9995e-3 => (1e3, "ms"),
        _ => (1e6, "µs"),
    }
}

fn trimmed(number: String) -> String {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').into(),
        false => number,
    }
}

/// From 0 to `end`, at most `most` of them beside 0, a round step apart, all in one unit.
pub fn ticks(end: f64, most: u32) -> Vec<(f64, String)> {
    let (factor, unit) = unit(end);
    let end = end * factor;
    let rough = end / f64::from(most.max(1));
    let power = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let step = steps.into_iter().find(|step| *step >= rough * 0.9999).unwrap_or(rough);
    let count = (end / step * 1.0001).floor() as u32;
    let digits = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    let tick = |n: u32| {
        let value = f64::from(n) * step;
        (value / factor, format!("{} {unit}", trimmed(format!("{value:.digits$}"))))
    };
    (0..=count).map(tick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(end: f64) -> Vec<String> {
        ticks(end, 7).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn a_time_has_the_unit_that_suits() {
        let times = [0.0, 0.000007, 0.0456, 0.4567, 0.9999, 1.5, 12.345].map(time);
        assert_eq!(times, ["0 µs", "7 µs", "45.6 ms", "457 ms", "1 s", "1.5 s", "12.3 s"]);
    }

    #[test]
    fn ticks_are_round_and_in_one_unit() {
        assert_eq!(labels(1.05), ["0 s", "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1 s"]);
        assert_eq!(labels(0.000_043), ["0 µs", "10 µs", "20 µs", "30 µs", "40 µs"]);
        assert_eq!(labels(0.21), ["0 ms", "50 ms", "100 ms", "150 ms", "200 ms"]);
        assert_eq!(labels(30.0), ["0 s", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s"]);
    }

    #[test]
    fn ticks_stand_within_the_axis_and_are_never_many() {
        for end in [1e-7, 3e-6, 9.99e-4, 0.001, 0.0999, 0.7, 1.0, 6.9, 7.1, 3600.0] {
            let ticks = ticks(end, 7);
            assert!((2..=8).contains(&ticks.len()), "{end}: {ticks:?}");
            assert!(
                ticks.iter().all(|(at, _)| (0.0..=end * 1.001).contains(at)),
                "{end}: {ticks:?}"
            );
        }
    }
}
