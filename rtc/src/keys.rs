//! Keys that come as telephone events (RFC 4733). An event is several packets with one RTP timestamp, the last three times over; it
//! counts once, by the first of them that comes.

/// Events that are remembered, so that a late repetition is no second key.
const KEPT: usize = 8;

/// The events that came last.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    seen: std::collections::VecDeque<u64>,
}

impl Keys {
    /// A packet with this timestamp of the RTP clock: the key that is new with it, `0` to `9`, `*`, `#`, `A` to `D`.
    pub(crate) fn take(&mut self, timestamp: u64, payload: &[u8]) -> Option<char> {
        // Event, end and volume, and two bytes of duration.
        let [event, _, _, _] = *payload.first_chunk::<4>()?;
        let key = "0123456789*#ABCD".chars().nth(usize::from(event))?;
        if self.seen.contains(&timestamp) {
            return None;
        }
        if self.seen.len() == KEPT {
            self.seen.pop_front();
        }
        self.seen.push_back(timestamp);
        Some(key)
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
    fn what_is_no_key_is_none() {
        let mut keys = Keys::default();
        assert_eq!(keys.take(1, &[16, 10, 0, 160]), None, "flash");
        assert_eq!(keys.take(1, &[5, 10, 0]), None);
        assert_eq!(keys.take(1, &[]), None);
    }
}
