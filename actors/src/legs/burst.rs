//! The caller's audio that arrived with one read.

use std::collections::VecDeque;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::limits::LIVE_LANE_MS_MAX;

/// Capacity that an empty burst keeps, in milliseconds.
const ROOM_MS: u32 = 60;

/// Samples of one rate that arrived together. Usually that is one frame. After a stall it may be minutes, of which the newest 200
/// ms are kept, so that the conversation continues with what is said now.
#[derive(Debug)]
pub(crate) struct Burst {
    rate: SampleRate,
    samples: VecDeque<i16>,
    samples_kept_max: usize,
}

impl Burst {
    /// An empty burst.
    pub(crate) fn new(rate: SampleRate) -> Self {
        let ms_kept_max = u32::try_from(LIVE_LANE_MS_MAX).unwrap_or(u32::MAX);
        Self { rate, samples: VecDeque::new(), samples_kept_max: rate.samples_in_ms(ms_kept_max) }
    }

    pub(crate) fn rate(&self) -> SampleRate {
        self.rate
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Adds samples at the end. Returns how many were dropped, the oldest first.
    pub(crate) fn push(&mut self, samples: &[i16]) -> usize {
        let newest = &samples[samples.len().saturating_sub(self.samples_kept_max)..];
        let surplus = (self.samples.len() + newest.len()).saturating_sub(self.samples_kept_max);
        self.samples.drain(..surplus);
        self.samples.extend(newest);
        samples.len() - newest.len() + surplus
    }

    /// Takes all samples, in one piece.
    pub(crate) fn take(&mut self, take: impl FnOnce(&[i16])) {
        take(self.samples.make_contiguous());
        self.samples.clear();
        self.samples.shrink_to(self.rate.samples_in_ms(ROOM_MS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(burst: &mut Burst) -> Vec<i16> {
        let mut taken = Vec::new();
        burst.take(|samples| taken.extend_from_slice(samples));
        taken
    }

    #[test]
    fn samples_that_arrived_together_are_taken_together_once() {
        let mut burst = Burst::new(SampleRate::HZ_8000);
        assert_eq!(burst.push(&[1, 2]) + burst.push(&[3]), 0);
        assert_eq!(taken(&mut burst), [1, 2, 3]);
        assert!(burst.is_empty());
        assert!(taken(&mut burst).is_empty());
    }

    #[test]
    fn the_newest_200_ms_are_kept_at_any_piece_size() {
        let spoken: Vec<i16> = (0..20_000).collect();
        for piece in [1, 7, 160, 1_599, 1_600, 1_601, 20_000] {
            let mut burst = Burst::new(SampleRate::HZ_8000);
            let dropped: usize = spoken.chunks(piece).map(|piece| burst.push(piece)).sum();
            assert_eq!(taken(&mut burst), spoken[18_400..], "pieces of {piece}");
            assert_eq!(dropped, 18_400, "pieces of {piece}");
        }
    }
}
