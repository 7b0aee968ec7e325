//! Limits across several campaigns: calls at once, and calls that begin within a second. A trunk's provider counts both, for all campaigns that use
//! it.

use cordboard_schema::time::UnixMs;

use crate::dialler::Room;

const SECOND_US: i64 = 1_000_000;

/// Limits across several campaigns. None means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls at once, ringing or talking.
    pub at_once_max: Option<u32>,
    /// Calls that begin within a second.
    pub per_second_max: Option<u32>,
}

impl Limits {
    /// Whether any limit is set.
    pub const fn are_set(&self) -> bool {
        self.at_once_max.is_some() || self.per_second_max.is_some()
    }
}

/// Campaigns that call under the same limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Together {
    limits: Limits,
    next_us: i64,
}

impl Together {
    /// Makes the state before any of them has called.
    pub const fn under(limits: Limits) -> Self {
        Self { limits, next_us: i64::MIN }
    }

    /// How many may begin at `now`, if `open` of their calls are running.
    pub fn room(&self, open: u32, now: UnixMs) -> Room {
        let places = self.limits.at_once_max.map_or(u32::MAX, |max| max.saturating_sub(open));
        if places == 0 {
            return Room::AfterACall;
        }
        match self.limits.per_second_max {
            None => Room::Now(places),
            Some(_) if self.next_us <= now.0.saturating_mul(1_000) => Room::Now(1),
            // A fraction of a millisecond is rounded up.
            Some(_) => Room::At(UnixMs(self.next_us.saturating_add(999) / 1_000)),
        }
    }

    /// Notes that a call of one of them has begun. Time without calls is not compensated: no second has more calls.
    pub fn begun(&mut self, now: UnixMs) {
        if let Some(per_second) = self.limits.per_second_max {
            let from = self.next_us.max(now.0.saturating_mul(1_000));
            self.next_us = from.saturating_add(SECOND_US / i64::from(per_second.max(1)));
        }
    }

    /// Whether the past calls no longer matter: the state is as before any of them.
    pub const fn is_as_new(&self, now: UnixMs) -> bool {
        self.next_us <= now.0.saturating_mul(1_000)
    }

    /// Adjusts to a calendar that was set back by this many ms.
    pub const fn set_back(&mut self, ms: u64) {
        self.next_us = self.next_us.saturating_sub_unsigned(ms.saturating_mul(1_000));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_too_many_calls_after_a_late_check() {
        for (per_second, step_ms) in [(1, 7), (3, 1), (10, 40), (30, 1), (100, 250)] {
            let limits = Limits { per_second_max: Some(per_second), at_once_max: None };
            let mut together = Together::under(limits);
            let mut begun = Vec::new();
            for at in (0..20_000).step_by(step_ms) {
                while let Room::Now(_) = together.room(0, UnixMs(at)) {
                    together.begun(UnixMs(at));
                    begun.push(at);
                    assert!(begun.len() < 20_000, "room never ends at {at}");
                }
            }
            let within = |from: i64| begun.iter().filter(|at| (from..from + 1_000).contains(*at)).count();
            let most = begun.iter().map(|at| within(*at)).max().unwrap_or_default();
            assert!(most <= usize::try_from(per_second).unwrap(), "{most} of {per_second} by {step_ms} ms");
        }
    }

    #[test]
    fn running_calls_stay_within_the_limit() {
        let together = Together::under(Limits { at_once_max: Some(3), per_second_max: None });
        let now = UnixMs(1_000_000);
        assert_eq!(
            [0, 2, 3, 4].map(|open| together.room(open, now)),
            [Room::Now(3), Room::Now(1), Room::AfterACall, Room::AfterACall]
        );
        assert_eq!(Together::under(Limits::default()).room(9, now), Room::Now(u32::MAX));
    }

    #[test]
    fn a_calendar_that_is_set_back_delays_nobody() {
        let mut together = Together::under(Limits { per_second_max: Some(2), at_once_max: None });
        let now = UnixMs(3_600_000);
        assert!(together.is_as_new(now));
        together.begun(now);
        assert_eq!(together.room(0, now), Room::At(now + 500));
        assert_eq!([499, 500].map(|ms| together.is_as_new(now + ms)), [false, true]);
        together.set_back(3_600_000);
        assert_eq!(together.room(0, UnixMs(499)), Room::At(UnixMs(500)));
        assert_eq!(together.room(0, UnixMs(500)), Room::Now(1));
    }
}
