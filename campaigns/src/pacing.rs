//! How many calls may begin within a minute.

use cordboard_schema::time::UnixMs;

/// The most that a late wake-up may catch up on. Longer gaps are not compensated by a burst.
const CATCH_UP_US: i64 = 1_000_000;

/// A pace that is kept however often it is checked: calls get evenly spaced slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacer {
    distance_us: i64,
    next_us: i64,
}

impl Pacer {
    /// Makes a pace of this many calls per minute.
    pub fn per_minute(count: u32) -> Self {
        Self { distance_us: 60_000_000 / i64::from(count.max(1)), next_us: i64::MIN }
    }

    /// Changes the pace. Calls that have begun still count.
    pub fn change(&mut self, count: u32) {
        self.distance_us = Self::per_minute(count).distance_us;
    }

    /// How many may begin now.
    pub fn room(&self, now: UnixMs) -> u32 {
        let now_us = now.0.saturating_mul(1_000);
        match now_us.saturating_sub(self.next_us) {
            ..0 => 0,
            late @ 0..=CATCH_UP_US => u32::try_from(late / self.distance_us + 1).unwrap_or(u32::MAX),
            // After a gap, or before the first call: one call starts a new series of slots.
            _ => 1,
        }
    }

    /// When the next one may begin.
    pub fn next(&self, now: UnixMs) -> UnixMs {
        // A fraction of a millisecond is rounded up.
        UnixMs(self.next_us.saturating_add(999) / 1_000).max(now)
    }

    /// Adjusts to a calendar that was set back by this many ms.
    pub const fn set_back(&mut self, ms: u64) {
        self.next_us = self.next_us.saturating_sub_unsigned(ms.saturating_mul(1_000));
    }

    /// Notes that a call has begun.
    pub fn begun(&mut self, now: UnixMs) {
        let now_us = now.0.saturating_mul(1_000);
        // A call after a gap starts a new series of slots.
        let from = if self.next_us < now_us - CATCH_UP_US { now_us } else { self.next_us };
        self.next_us = from + self.distance_us;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many begin within a minute if the pace is checked every `step_ms`.
    fn begun(per_minute: u32, step_ms: i64) -> u32 {
        let mut pacer = Pacer::per_minute(per_minute);
        let mut count = 0;
        for at in (0..60_000).step_by(usize::try_from(step_ms).unwrap()) {
            let now = UnixMs(at);
            for _ in 0..pacer.room(now).min(50) {
                pacer.begun(now);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn the_pace_is_kept_however_often_it_is_checked() {
        for per_minute in [1, 7, 30, 600, 2_000] {
            for step_ms in [1, 10, 100, 500] {
                let count = begun(per_minute, step_ms);
                let slack = 1 + per_minute / 50;
                assert!(count.abs_diff(per_minute) <= slack, "{count} of {per_minute} by {step_ms} ms");
            }
        }
    }

    #[test]
    fn a_gap_is_not_compensated_by_a_burst() {
        let mut pacer = Pacer::per_minute(60);
        pacer.begun(UnixMs(0));
        assert_eq!((pacer.room(UnixMs(999)), pacer.next(UnixMs(500))), (0, UnixMs(1_000)));
        assert_eq!((pacer.room(UnixMs(2_000)), pacer.room(UnixMs(3_600_000))), (2, 1));
        assert_eq!(Pacer::per_minute(600).room(UnixMs(3_600_000)), 1, "nor at the beginning");
        pacer.begun(UnixMs(3_600_000));
        assert_eq!(pacer.next(UnixMs(3_600_000)), UnixMs(3_601_000));
    }

    #[test]
    fn a_calendar_that_is_set_back_delays_nobody() {
        let mut pacer = Pacer::per_minute(60);
        pacer.begun(UnixMs(3_600_000));
        pacer.set_back(3_600_000);
        assert_eq!((pacer.room(UnixMs(999)), pacer.next(UnixMs(500))), (0, UnixMs(1_000)));
        assert_eq!(pacer.room(UnixMs(1_000)), 1);
    }
}
