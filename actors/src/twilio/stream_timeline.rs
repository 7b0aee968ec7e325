//! The position of a piece of a stream's audio, and how much was lost before it. Pure.

use cordboard_schema::limits::TWILIO_GAP_MS_MAX;

/// mu-law octets in a millisecond.
const OCTETS_A_MS: u64 = 8;

/// Gaps up to this are ignored: timestamps are in whole milliseconds and not quite even.
const JITTER_OCTETS: u64 = 10 * OCTETS_A_MS;

/// The audio of one stream, by its timestamps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StreamTimeline {
    /// Start of the next piece if nothing was lost, in octets since the stream's start; none before the first piece.
    next: Option<u64>,
    /// Number of the newest piece, if pieces have numbers.
    chunk: Option<u64>,
    /// Octets of silence that replaced lost audio, since the start.
    pub(super) lost: u64,
}

impl StreamTimeline {
    /// Takes a piece with this number and length that starts at this time. Returns how many octets of silence go before it. Returns
    /// none if it is not to be heard: it is a repetition, or it is late and silence has taken its place.
    ///
    /// The first piece may start at any time. A piece that starts before the end of the last one leaves no gap, and the clock
    /// follows that piece from then on.
    pub(super) fn take(&mut self, chunk: Option<u64>, timestamp_ms: u64, octets: usize) -> Option<usize> {
        let at = timestamp_ms.saturating_mul(OCTETS_A_MS);
        let is_old = chunk.zip(self.chunk).is_some_and(|(this, newest)| this <= newest);
        if is_old && self.next.is_some_and(|next| at.saturating_add(octets as u64) <= next) {
            return None;
        }
        self.chunk = chunk.or(self.chunk);
        let gap = self.next.map_or(0, |next| at.saturating_sub(next));
        self.next = Some(at.saturating_add(octets as u64));
        if gap < JITTER_OCTETS {
            return Some(0);
        }
        let silent = gap.min(TWILIO_GAP_MS_MAX * OCTETS_A_MS);
        self.lost = self.lost.saturating_add(silent);
        Some(usize::try_from(silent).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn gaps(pieces: &[(u64, usize)]) -> Vec<usize> {
        let mut timeline = StreamTimeline::default();
        pieces.iter().map(|(at_ms, octets)| timeline.take(None, *at_ms, *octets).unwrap()).collect()
    }

    #[test]
    fn gaps_by_the_clock_become_silence() {
        assert_eq!(gaps(&[(5, 160), (25, 160), (45, 160)]), [0, 0, 0]);
        assert_eq!(gaps(&[(5, 160), (85, 160), (105, 160)]), [0, 480, 0], "three pieces of 20 ms were lost");
        assert_eq!(gaps(&[(5, 160), (26, 160), (44, 160), (66, 160)]), [0, 0, 0, 0], "that is jitter");
    }

    #[test]
    fn pieces_of_any_length_have_their_own_clock() {
        assert_eq!(gaps(&[(0, 1_600), (200, 8), (201, 80), (211, 160)]), [0, 0, 0, 0]);
        assert_eq!(gaps(&[(0, 1_600), (300, 8)]), [0, 800]);
        assert_eq!(gaps(&[(0, 0), (20, 160)]), [0, 160]);
    }

    #[test]
    fn a_leap_of_the_clock_makes_bounded_silence() {
        assert_eq!(gaps(&[(5, 160), (3_600_000, 160), (5, 160), (25, 160)]), [0, 8_000, 0, 0]);
        assert_eq!(gaps(&[(0, 160), (u64::MAX, usize::MAX)]), [0, 8_000]);
    }

    #[test]
    fn a_repeated_or_late_piece_is_not_heard() {
        let mut timeline = StreamTimeline::default();
        let mut take = |chunk, at_ms| timeline.take(chunk, at_ms, 160);
        // The second and the third piece have changed places.
        let order = [(1, 5), (3, 45), (2, 25), (4, 65), (4, 65)];
        let silent = order.map(|(chunk, at_ms)| take(Some(chunk), at_ms));
        assert_eq!(silent, [Some(0), Some(160), None, Some(0), None]);
        assert_eq!(take(Some(4), 85), Some(0), "a repeated number at a later time is heard");
        assert_eq!(take(Some(4), 104), Some(0), "jitter");
        assert_eq!(take(None, 5), Some(0), "a piece without a number is heard");
    }

    proptest! {
        #[test]
        fn silence_is_never_longer_than_the_gap(pieces in prop::collection::vec((any::<u64>(), 0_usize..4_000), 1..20)) {
            let mut timeline = StreamTimeline::default();
            for (at_ms, octets) in pieces {
                let before = timeline.lost;
                let silence = timeline.take(None, at_ms, octets).unwrap() as u64;
                prop_assert!(silence == timeline.lost - before && silence <= 8_000);
            }
        }
    }
}
