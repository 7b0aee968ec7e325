//! A histogram of durations that gives percentiles and can be added to others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Number of steps between a power of two and the next: a reported time is at most 1/32 of it away.
const STEPS: u64 = 16;
/// Below this power of two, there is a step for each millisecond.
const STEPS_BITS: u32 = 4;

/// Histogram of durations: for each step, the number of durations in it. Two can be added without a loss.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Spread(BTreeMap<u16, u64>);

impl Spread {
    /// Adds a time in ms.
    pub fn note(&mut self, ms: u64) {
        *self.0.entry(step_of(ms)).or_default() += 1;
    }

    /// Adds all times of another.
    pub fn add(&mut self, other: &Self) {
        for (step, count) in &other.0 {
            *self.0.entry(*step).or_default() += count;
        }
    }

    /// Returns the number of times.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns the sum of all times, in ms; each counts as the middle of its step.
    pub fn total_ms(&self) -> u64 {
        self.0.iter().fold(0, |total: u64, (step, count)| {
            total.saturating_add(middle_of(*step).saturating_mul(*count))
        })
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of times up to `ms`, accurate to the step of that time.
    pub fn count_within(&self, ms: u64) -> u64 {
        self.0.range(..=step_of(ms)).map(|(_, count)| count).sum()
    }

    /// Returns the time in ms that `percent` of them do not exceed, by nearest rank; none if it is empty.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.0.iter().find_map(|(step, count)| {
            seen += count;
            (seen >= rank).then(|| middle_of(*step))
        })
    }
}

/// Returns the step of a time. Below 16 ms a step is 1 ms; above it a sixteenth of the power of two.
fn step_of(ms: u64) -> u16 {
    if ms < STEPS {
        return ms as u16;
    }
    let power = ms.ilog2() - STEPS_BITS;
    let within = (ms >> power) - STEPS;
    // At most 16 + 59 * 16 + 15.
    (STEPS + u64::from(power) * STEPS + within) as u16
}

/// Returns the ms in the middle of a step.
fn middle_of(step: u16) -> u64 {
    let step = u64::from(step);
    if step < STEPS {
        return step;
    }
    let (power, within) = ((step - STEPS) / STEPS, (step - STEPS) % STEPS);
    let Ok(power) = u32::try_from(power) else { return u64::MAX };
    let low = (STEPS + within).checked_shl(power).unwrap_or(u64::MAX);
    low.saturating_add((1_u64.checked_shl(power).unwrap_or(0)) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_up_to_a_limit_are_counted() {
        let mut spread = Spread::default();
        [500, 19_000, 20_000, 21_600, 90_000].into_iter().for_each(|ms| spread.note(ms));
        assert_eq!(spread.count_within(20_000), 3);
        assert_eq!((spread.count_within(400), spread.count_within(u64::MAX)), (0, 5));
    }

    #[test]
    fn a_time_is_accurate_to_a_thirtieth() {
        for ms in (0..70_000).chain([1 << 40, u64::MAX]) {
            let estimate = middle_of(step_of(ms));
            assert!(estimate.abs_diff(ms) * 31 <= ms, "{ms} is reported as {estimate}");
        }
    }

    #[test]
    fn percentiles_include_all_added_times() {
        let (mut one, mut other) = (Spread::default(), Spread::default());
        assert_eq!(one.percentile(50), None);
        (1..=50).for_each(|n| one.note(n * 10));
        (51..=100).for_each(|n| other.note(n * 10));
        one.add(&other);
        let near = |percent: u64, ms: u64| one.percentile(percent).unwrap().abs_diff(ms) * 31 <= ms;
        assert_eq!(one.count(), 100);
        assert!(near(50, 500) && near(95, 950) && near(100, 1_000), "{one:?}");
        let mut single = Spread::default();
        single.note(7);
        assert_eq!((single.percentile(1), single.percentile(95)), (Some(7), Some(7)));
    }
}
