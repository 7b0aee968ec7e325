//! Keys that arrive as telephone events (RFC 4733). An event is several packets with one RTP timestamp, the last of them three times. It counts once,
//! with the first packet that arrives. An event longer than a packet can express, 1.4 s, continues under another timestamp (section 2.5.1.3), and is
//! the same key.

/// Number of events that are remembered, so that a late repetition does not count as a second key.
const KEPT: usize = 8;

/// The bit that marks the end of an event.
const END: u8 = 0x80;

/// Tolerance beyond the longest duration for the beginning of the next part of an event, in samples of the RTP clock: senders note it with a packet.
const SLACK: u64 = 4_800;

/// The most recent events.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    seen: std::collections::VecDeque<u64>,
    /// An event that has reached the longest duration and is not over, and the timestamp of that part.
    long: Option<(u8, u64)>,
}

impl Keys {
    /// Handles a packet with this timestamp of the RTP clock. Returns a new key: `0` to `9`, `*`, `#`, `A` to `D`.
    pub(crate) fn take(&mut self, timestamp: u64, payload: &[u8]) -> Option<char> {
        // Event, end and volume, and two bytes of duration.
        let [event, flags, high, low] = *payload.first_chunk::<4>()?;
        let key = "0123456789*#ABCD".chars().nth(usize::from(event))?;
        let (is_seen, is_continued) = (self.seen.contains(&timestamp), self.is_continued(event, timestamp));
        if flags & END != 0 {
            self.long = self.long.filter(|_| !is_continued);
        } else if [high, low] == [0xff; 2] {
            self.long = Some((event, timestamp));
        }
        if !is_seen {
            if self.seen.len() == KEPT {
                self.seen.pop_front();
            }
            self.seen.push_back(timestamp);
        }
        (!is_seen && !is_continued).then_some(key)
    }

    /// Whether this is the next part of a long event.
    fn is_continued(&self, event: u8, timestamp: u64) -> bool {
        let Some((long, since)) = self.long else { return false };
        let passed = timestamp.checked_sub(since);
        long == event && passed.is_some_and(|passed| passed <= u64::from(u16::MAX) + SLACK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_counts_once_whichever_of_its_packets_come() {
        let mut keys = Keys::default();
        // The first packet was lost.
        assert_eq!(keys.take(960, &[5, 10, 3, 192]), Some('5'));
        assert_eq!(keys.take(960, &[5, 0x8a, 7, 128]), None);
        assert_eq!(keys.take(9_600, &[5, 10, 0, 160]), Some('5'), "the same key once more");
        assert_eq!(keys.take(960, &[5, 0x8a, 7, 128]), None, "a late repetition");
        assert_eq!(keys.take(19_200, &[11, 10, 0, 160]), Some('#'));
    }

    #[test]
    fn a_long_key_press_counts_once() {
        let mut keys = Keys::default();
        assert_eq!(keys.take(960, &[5, 10, 0, 160]), Some('5'));
        assert_eq!(keys.take(960, &[5, 10, 0xff, 0xff]), None);
        // Two further parts, the first of which is noted with the packet after its beginning.
        assert_eq!(keys.take(66_720, &[5, 10, 3, 192]), None);
        assert_eq!(keys.take(66_720, &[5, 10, 0xff, 0xff]), None);
        assert_eq!(keys.take(132_255, &[5, 10, 0, 160]), None);
        assert_eq!(keys.take(132_255, &[5, 0x8a, 3, 192]), None, "its end");
        assert_eq!(keys.take(132_255, &[5, 0x8a, 3, 192]), None, "and once more");
        assert_eq!(keys.take(135_000, &[5, 10, 0, 160]), Some('5'), "the same key once more, soon after it");
    }

    #[test]
    fn a_key_after_a_long_one_is_another() {
        let mut keys = Keys::default();
        keys.take(960, &[5, 10, 0xff, 0xff]);
        assert_eq!(keys.take(66_720, &[6, 10, 3, 192]), Some('6'), "another key");
        keys.take(200_000, &[7, 10, 0xff, 0xff]);
        assert_eq!(keys.take(200_000, &[7, 0x8a, 0xff, 0xff]), None, "its end, as long as a packet can say");
        assert_eq!(keys.take(265_600, &[7, 10, 0, 160]), Some('7'));
    }

    #[test]
    fn other_events_are_no_keys() {
        let mut keys = Keys::default();
        assert_eq!(keys.take(1, &[16, 10, 0, 160]), None, "flash");
        assert_eq!(keys.take(1, &[5, 10, 0]), None);
        assert_eq!(keys.take(1, &[]), None);
    }
}
