//! The caller's audio that arrived with one read.

use std::collections::VecDeque;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::limits::{LIVE_LANE_MS_MAX, LIVE_MESSAGE_MS_MAX};

use crate::media::PAST_MS_MAX;

/// Capacity that an empty burst keeps, in milliseconds.
const ROOM_MS: u32 = 60;

/// Samples of one rate that arrived together. Usually that is one frame. After a stall it may be minutes. Listeners get the newest
/// 200 ms of it, so that the conversation continues with what is said now, or a whole message if the peer sends longer ones. The
/// recording also gets what came before, as far as it has room for it.
#[derive(Debug)]
pub(crate) struct Burst {
    rate: SampleRate,
    samples: VecDeque<i16>,
    /// Samples of the longest message.
    longest: usize,
}

impl Burst {
    /// An empty burst.
    pub(crate) fn new(rate: SampleRate) -> Self {
        Self { rate, samples: VecDeque::new(), longest: 0 }
    }

    pub(crate) fn rate(&self) -> SampleRate {
        self.rate
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Returns the length of its longest message in ms, if the peer sends longer ones than usual.
    pub(crate) fn long_message_ms(&self) -> Option<u64> {
        let longest_ms = self.rate.ms_of_samples(self.longest as u64);
        Some(longest_ms).filter(|ms| (LIVE_LANE_MS_MAX + 1..=LIVE_MESSAGE_MS_MAX).contains(ms))
    }

    /// Samples that listeners get.
    fn spoken_max(&self) -> usize {
        match self.long_message_ms() {
            Some(_) => self.longest,
            None => self.rate.samples_in_ms(u32::try_from(LIVE_LANE_MS_MAX).unwrap_or(u32::MAX)),
        }
    }

    /// Adds the samples of a message at the end. Returns how many more no listener will hear, the oldest first.
    pub(crate) fn push(&mut self, samples: &[i16]) -> usize {
        self.longest = self.longest.max(samples.len());
        let spoken_max = self.spoken_max();
        // The recording has no place for more of the past.
        let kept_max = spoken_max.max(self.rate.samples_in_ms(PAST_MS_MAX));
        let unheard_of = |count: usize| count.saturating_sub(spoken_max);
        let before = self.samples.len();
        let unheard = unheard_of(before + samples.len()) - unheard_of(before);
        let newest = &samples[samples.len().saturating_sub(kept_max)..];
        let surplus = (before + newest.len()).saturating_sub(kept_max);
        self.samples.drain(..surplus);
        self.samples.extend(newest);
        unheard
    }

    /// Takes all samples, in one piece: those for the recording, and the end of them that listeners get.
    pub(crate) fn take(&mut self, take: impl FnOnce(&[i16], &[i16])) {
        let spoken_max = self.spoken_max();
        let all = &*self.samples.make_contiguous();
        take(all, &all[all.len().saturating_sub(spoken_max)..]);
        self.samples.clear();
        self.longest = 0;
        self.samples.shrink_to(self.rate.samples_in_ms(ROOM_MS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(burst: &mut Burst) -> Vec<i16> {
        let mut taken = Vec::new();
        burst.take(|_, spoken| taken.extend_from_slice(spoken));
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

    #[test]
    fn a_long_message_is_heard_whole_but_not_a_stall() {
        let spoken: Vec<i16> = (0..20_000).collect();
        for (message, heard) in
            [(1_601, 1_600), (1_608, 1_608), (4_000, 4_000), (8_000, 8_000), (8_008, 1_600)]
        {
            let mut burst = Burst::new(SampleRate::HZ_8000);
            burst.push(&spoken[..160]);
            burst.push(&spoken[160..160 + message]);
            assert_eq!(burst.long_message_ms().is_some(), heard > 1_600, "{message} samples");
            assert_eq!(taken(&mut burst), spoken[160 + message - heard..160 + message]);
            assert_eq!(burst.long_message_ms(), None);
        }
    }

    /// Words that a network kept back are on record, although it is too late to answer them.
    #[test]
    fn the_recording_gets_more_of_a_stall_than_listeners() {
        let spoken: Vec<i16> = (0..20_000).collect();
        for (stall, recorded) in [(1_600, 1_600), (4_800, 4_800), (10_240, 10_240), (20_000, 10_240)] {
            for piece in [160, 1_599] {
                let mut burst = Burst::new(SampleRate::HZ_8000);
                for piece in spoken[..stall].chunks(piece) {
                    burst.push(piece);
                }
                let mut lengths = (0, 0);
                burst.take(|all, newest| {
                    assert_eq!((all.last(), newest.last()), (spoken[..stall].last(), spoken[..stall].last()));
                    lengths = (all.len(), newest.len());
                });
                assert_eq!(lengths, (recorded, 1_600), "{stall} samples in pieces of {piece}");
            }
        }
    }
}
