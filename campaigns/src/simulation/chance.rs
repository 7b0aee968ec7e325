//! Random numbers by seed: SplitMix64 (Steele, Lea, Flood 2014), which never changes.

/// A sequence of numbers that depends only on its seed.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Makes the sequence of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if that is 0. The bias is below 2^-40 for the bounds of a simulation.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// A number from 0 to below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether an event with this probability in percent happens.
    pub fn happens(&mut self, percent: f64) -> bool {
        self.share() * 100.0 < percent
    }

    /// A time in ms with the mean `mean_ms`: exponential, like talks, and at most ten times the mean.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "it is positive and bounded"
    )]
    pub fn around(&mut self, mean_ms: u64) -> u64 {
        let times = (-(1.0 - self.share()).ln()).min(10.0);
        (times * mean_ms as f64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_published_sequence() {
        let mut chance = Chance::new(1_234_567);
        let row: Vec<u64> = (0..3).map(|_| chance.next()).collect();
        assert_eq!(row, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
