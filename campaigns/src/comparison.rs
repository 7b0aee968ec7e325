//! Comparison of two variants of a campaign: the share of calls that reached the goal, its interval, and whether the difference may be chance.
//!
//! The interval is Wilson's score interval (Wilson 1927), which also works for few calls and for shares near 0 and 1. The p-value is that of the
//! two-sided z-test of two proportions with a pooled share: the probability of such a difference or a greater one if both were equally good. Both are
//! in any textbook (Newcombe 1998; Agresti, Categorical Data Analysis).

use std::f64::consts::FRAC_1_SQRT_2;

use serde::Serialize;

/// Answered calls that each variant needs before the difference is judged. Judging fewer calls often mistakes chance for a result.
pub const ANSWERED_MIN: u64 = 100;
/// A difference with a p-value of this or more may be chance.
pub const P_MAX: f64 = 0.05;
/// The quantile of the normal distribution for an interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// Calls of one variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Calls that a person answered.
    pub answered: u64,
    /// Those of them that reached the goal.
    pub reached: u64,
}

/// A share, and the interval that holds the true one with 95 % confidence. All of them are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareInterval {
    /// The measured share.
    pub share: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Verdict on the difference of two variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ComparisonVerdict {
    /// Fewer than 100 calls of a variant were answered: there is no verdict yet.
    TooFew,
    /// The difference may be chance: p is 0.05 or more.
    MayBeChance,
    /// Variant A reaches the goal more often.
    ABetter,
    /// Variant B reaches the goal more often.
    BBetter,
}

#[expect(clippy::cast_precision_loss, reason = "calls of a campaign are fewer than 2^53")]
const fn float(count: u64) -> f64 {
    count as f64
}

impl Sample {
    fn proportion(self) -> f64 {
        float(self.reached.min(self.answered)) / float(self.answered)
    }

    /// The share that reached the goal, with its interval; none without calls.
    pub fn share(self) -> Option<ShareInterval> {
        if self.answered == 0 {
            return None;
        }
        let (count, share) = (float(self.answered), self.proportion());
        let scale = 1.0 + Z * Z / count;
        let centre = (share + Z * Z / (2.0 * count)) / scale;
        let half = Z * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt() / scale;
        // Rounding must not put the measured share outside of its interval.
        let (low, high) = ((centre - half).clamp(0.0, share), (centre + half).clamp(share, 1.0));
        Some(ShareInterval { share, low, high })
    }
}

/// The probability of such a difference or a greater one if both were equally good; none if a variant has no answered call.
pub fn p_value(a: Sample, b: Sample) -> Option<f64> {
    if a.answered == 0 || b.answered == 0 {
        return None;
    }
    let (of_a, of_b) = (float(a.answered), float(b.answered));
    let both = float(a.reached.min(a.answered) + b.reached.min(b.answered)) / (of_a + of_b);
    let deviation = (both * (1.0 - both) * (1.0 / of_a + 1.0 / of_b)).sqrt();
    // All of them reached it, or none, so there is no difference.
    if deviation == 0.0 {
        return Some(1.0);
    }
    let z = (a.proportion() - b.proportion()).abs() / deviation;
    Some(libm::erfc(z * FRAC_1_SQRT_2))
}

/// The verdict on the difference of two variants.
pub fn verdict(a: Sample, b: Sample) -> ComparisonVerdict {
    if a.answered.min(b.answered) < ANSWERED_MIN {
        return ComparisonVerdict::TooFew;
    }
    match p_value(a, b) {
        Some(p) if p < P_MAX && a.proportion() > b.proportion() => ComparisonVerdict::ABetter,
        Some(p) if p < P_MAX => ComparisonVerdict::BBetter,
        _ => ComparisonVerdict::MayBeChance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn sample(reached: u64, answered: u64) -> Sample {
        Sample { answered, reached }
    }

    fn close(found: f64, expected: f64, within: f64) {
        assert!((found - expected).abs() <= within, "{found} is not {expected}");
    }

    /// Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3.
    #[test]
    fn intervals_are_the_published_ones() {
        for (reached, answered, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let share = sample(reached, answered).share().unwrap();
            close(share.low, low, 0.000_05);
            close(share.high, high, 0.000_05);
        }
        let all = sample(20, 20).share().unwrap();
        close(all.low, 1.0 - 0.1611, 0.000_05);
        assert!((all.high - 1.0).abs() < f64::EPSILON);
        assert_eq!(sample(0, 0).share(), None);
    }

    /// Tables of the normal distribution: 2 (1 - Φ(z)).
    #[test]
    fn the_two_sided_probability_is_that_of_the_tables() {
        for (z, p) in [
            (0.0, 1.0),
            (0.674_49, 0.5),
            (1.0, 0.317_31),
            (1.959_964, 0.05),
            (2.575_829, 0.01),
            (3.290_527, 0.001),
        ] {
            close(libm::erfc(z * FRAC_1_SQRT_2), p, 0.000_001);
        }
    }

    /// The Physicians' Health Study, from Agresti (Categorical Data Analysis, 3.2): 189 of 11,034 with placebo had a heart attack and 104 of 11,037
    /// with aspirin; X² is 25.01, which is z².
    #[test]
    fn the_test_is_the_published_one() {
        let (placebo, aspirin) = (sample(189, 11_034), sample(104, 11_037));
        let p = p_value(placebo, aspirin).unwrap();
        close(p, 5.7e-7, 0.1e-7);
        assert_eq!(p_value(aspirin, placebo), Some(p), "two-sided");
        assert_eq!(verdict(placebo, aspirin), ComparisonVerdict::ABetter);
        assert_eq!(verdict(aspirin, placebo), ComparisonVerdict::BBetter);
    }

    #[test]
    fn few_calls_and_small_differences_give_no_verdict() {
        assert_eq!(verdict(sample(99, 99), sample(0, 99)), ComparisonVerdict::TooFew);
        assert_eq!(verdict(sample(100, 100), sample(0, 99)), ComparisonVerdict::TooFew);
        assert_eq!(verdict(sample(60, 100), sample(40, 100)), ComparisonVerdict::ABetter);
        assert_eq!(verdict(sample(50, 120), sample(42, 118)), ComparisonVerdict::MayBeChance);
        assert_eq!(verdict(sample(0, 200), sample(0, 200)), ComparisonVerdict::MayBeChance);
        assert_eq!(p_value(sample(200, 200), sample(200, 200)), Some(1.0));
        assert_eq!(p_value(sample(0, 0), sample(1, 2)), None);
    }

    /// Equally good variants are judged different as seldom as p says: in 1 of 20 cases.
    #[test]
    fn chance_is_mistaken_for_a_difference_as_seldom_as_promised() {
        let mut chance = crate::simulation::Chance::new(7);
        let mut drawn = || sample((0..400).filter(|_| chance.happens(30.0)).count() as u64, 400);
        let distinct =
            (0..2_000).filter(|_| verdict(drawn(), drawn()) != ComparisonVerdict::MayBeChance).count();
        assert!((60..=140).contains(&distinct), "{distinct} of 2000");
    }
}
