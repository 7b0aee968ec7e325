//! Measured durations, and their distribution.

use std::time::Duration;

use serde::Serialize;

/// Measured durations, stored individually: quantiles are exact, and an hour of 500 calls fits into memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    micros: Vec<u32>,
}

/// Quantiles of measured durations in milliseconds; all 0 where `count` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Spread {
    /// How many were measured.
    pub(super) count: usize,
    /// The median.
    pub(super) p50_ms: f64,
    /// 99 of 100 are at most this.
    pub(super) p99_ms: f64,
    /// 999 of 1,000 are at most this.
    pub(super) p999_ms: f64,
    /// The longest.
    pub(super) max_ms: f64,
}

impl Samples {
    pub(super) fn record(&mut self, duration: Duration) {
        self.micros.push(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX));
    }

    pub(super) fn spread(&self) -> Spread {
        let mut sorted = self.micros.clone();
        sorted.sort_unstable();
        let quantile = |part: f64| {
            // The smallest value that at least this part of all does not exceed.
            let rank = (part * sorted.len() as f64).ceil() as usize;
            let micros = sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0);
            f64::from(micros) / 1_000.0
        };
        Spread {
            count: sorted.len(),
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
            p999_ms: quantile(0.999),
            max_ms: quantile(1.0),
        }
    }
}

/// The median of some numbers, for an even count the mean of the middle two; `None` of none.
pub(super) fn median(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = numbers.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    let lower = if sorted.len().is_multiple_of(2) { sorted.get(middle - 1).copied() } else { None };
    Some(lower.map_or(upper, |lower| f64::midpoint(lower, upper)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let mut samples = Samples::default();
        for ms in (1..=1_000).rev() {
            samples.record(Duration::from_millis(ms));
        }
        let spread = samples.spread();
        let expected = Spread { count: 1_000, p50_ms: 500.0, p99_ms: 990.0, p999_ms: 999.0, max_ms: 1_000.0 };
        assert_eq!(spread, expected);
    }

    #[test]
    fn a_count_of_zero_means_nothing_measured() {
        assert_eq!(Samples::default().spread(), Spread::default());
    }

    #[test]
    fn one_outlier_is_the_maximum_and_no_quantile_of_many() {
        let mut samples = Samples::default();
        (0..9_999).for_each(|_| samples.record(Duration::from_micros(250)));
        samples.record(Duration::from_secs(2));
        let spread = samples.spread();
        assert_eq!((spread.p999_ms, spread.max_ms), (0.25, 2_000.0));
    }

    #[test]
    fn the_median_does_not_care_about_order() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median([]), None);
    }
}
