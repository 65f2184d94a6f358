//! Medians, each with the smallest and the largest number.

/// The middle of some numbers, and how far they lie apart.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// `None` of no numbers.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        let (min, max) = (*numbers.first()?, *numbers.last()?);
        let middle = numbers.len() / 2;
        let median = if numbers.len().is_multiple_of(2) {
            f64::midpoint(numbers[middle - 1], numbers[middle])
        } else {
            numbers[middle]
        };
        Some(Spread { median, min, max })
    }

    /// `a` against `b`, turn by turn: what the machine does to a whole turn changes no ratio.
    pub fn of_ratios(a: &[f64], b: &[f64]) -> Option<Self> {
        Self::of(a.iter().zip(b).map(|(a, b)| a / b))
    }

    /// 1 through it: the smallest becomes the largest.
    pub fn inverse(self) -> Self {
        Spread { median: 1.0 / self.median, min: 1.0 / self.max, max: 1.0 / self.min }
    }
}
