//! Time that does not count towards the longest call: people have the caller, the caller waits for a person who is asked, or a supervisor
//! talks with them. A region of its own.
//!
//! A call that reaches its limit while the caller is with the assistant goes on during such time. Once the caller is with the assistant
//! alone again, the limit is later by that time.

use cordboard_schema::limits::TOGETHER_MS_MAX;
use cordboard_schema::time::UnixMs;

use super::{Machine, Phase};
use crate::handoff::QUEUE_MS_MAX;

/// The longest time that the waits of a call are left out, in ms. An assistant that asks one person after another does not keep a call for
/// ever.
const WAITS_MS_MAX: u64 = QUEUE_MS_MAX;

/// Why time does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UncountedBy {
    /// People have the caller, or soon will.
    People,
    /// The caller waits for a person who is asked.
    Waiting,
    /// A supervisor talks with the caller.
    Supervisor,
}

/// The time of a call that does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uncounted {
    current: Option<Period>,
    /// The total of periods that are over, in ms.
    over_ms: u64,
    /// The part of it in which the caller waited, in ms.
    waited_ms: u64,
}

/// A period that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    by: UncountedBy,
    since: UnixMs,
    /// The call has reached its limit meanwhile.
    outlasts_limit: bool,
}

impl Uncounted {
    /// Returns by how much the limit is later, in ms.
    pub(super) fn total_ms(&self) -> u64 {
        let outlasting = self.current.filter(|period| period.outlasts_limit);
        self.over_ms + outlasting.map_or(0, |period| self.left_ms(period.by))
    }

    /// Returns how much longer a call that has reached its limit may go on, in ms.
    fn left_ms(&self, by: UncountedBy) -> u64 {
        match by {
            // The limit is not looked at meanwhile.
            UncountedBy::People => 0,
            UncountedBy::Waiting => WAITS_MS_MAX.saturating_sub(self.waited_ms),
            UncountedBy::Supervisor => TOGETHER_MS_MAX,
        }
    }

    /// The call has reached its limit. Returns whether it goes on.
    pub(super) fn outlasts_limit(&mut self) -> bool {
        let Some(period) = self.current.filter(|period| !period.outlasts_limit) else { return false };
        if self.left_ms(period.by) == 0 {
            return false;
        }
        self.current = Some(Period { outlasts_limit: true, ..period });
        true
    }

    /// People have the caller from now on, or no longer. Runs at each step of the lifecycle: the limit may be looked at right after it.
    pub(super) fn people_have_caller(&mut self, is_with_people: bool, now: UnixMs) {
        let was_with_people = self.current.is_some_and(|period| period.by == UncountedBy::People);
        if is_with_people {
            self.goes_on(Some(UncountedBy::People), now);
        } else if was_with_people {
            self.goes_on(None, now);
        }
    }

    /// From now on, time does not count for this reason, or counts.
    fn goes_on(&mut self, by: Option<UncountedBy>, now: UnixMs) {
        if self.current.map(|period| period.by) == by {
            return;
        }
        if let Some(over) = self.current.take() {
            // In whole seconds, like the limit itself. People who are there only for an instant, for example after a refused transfer,
            // change nothing.
            let whole_ms = now.ms_since(over.since) / 1_000 * 1_000;
            let left_out_ms = match over.by {
                UncountedBy::People => whole_ms,
                UncountedBy::Waiting | UncountedBy::Supervisor => whole_ms.min(self.left_ms(over.by)),
            };
            self.over_ms += left_out_ms;
            if over.by == UncountedBy::Waiting {
                self.waited_ms += left_out_ms;
            }
        }
        self.current = by.map(|by| Period { by, since: now, outlasts_limit: false });
    }
}

impl Machine {
    /// Notes whether time counts towards the longest call; runs after each step.
    pub(super) fn tend_uncounted(&mut self, now: UnixMs) {
        let talks = self.lifecycle.talks();
        let is_with_assistant = talks || matches!(*self.lifecycle.phase(), Phase::OnHold);
        let by = if self.lifecycle.is_with_people() {
            Some(UncountedBy::People)
        } else if talks && self.is_barged_in() {
            Some(UncountedBy::Supervisor)
        } else if is_with_assistant && self.waits_for_person() {
            Some(UncountedBy::Waiting)
        } else {
            None
        };
        self.uncounted.goes_on(by, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_left_out_up_to_a_total() {
        let mut uncounted = Uncounted::default();
        let mut now = UnixMs(0);
        for (waits_ms, total_ms) in [(61_500, 61_000), (WAITS_MS_MAX, WAITS_MS_MAX), (9_000, WAITS_MS_MAX)] {
            uncounted.goes_on(Some(UncountedBy::Waiting), now);
            now = now + waits_ms;
            uncounted.goes_on(None, now);
            assert_eq!(uncounted.total_ms(), total_ms);
        }
        uncounted.goes_on(Some(UncountedBy::Waiting), now);
        assert!(!uncounted.outlasts_limit(), "nothing is left of it");
        uncounted.goes_on(Some(UncountedBy::Supervisor), now);
        assert!(uncounted.outlasts_limit() && !uncounted.outlasts_limit(), "it is put off once");
    }

    #[test]
    fn time_with_people_is_left_out_once_it_is_over() {
        let mut uncounted = Uncounted::default();
        uncounted.goes_on(Some(UncountedBy::Waiting), UnixMs(0));
        uncounted.people_have_caller(true, UnixMs(2_000));
        assert_eq!(uncounted.total_ms(), 2_000);
        uncounted.people_have_caller(true, UnixMs(9_000));
        assert!(!uncounted.outlasts_limit(), "the limit is not looked at meanwhile");
        uncounted.people_have_caller(false, UnixMs(63_500));
        assert_eq!(uncounted.total_ms(), 63_000);
        uncounted.people_have_caller(false, UnixMs(70_000));
        assert_eq!(uncounted.total_ms(), 63_000);
    }
}
