//! The rate limit of a call's events.
//!
//! Each event is a row of the journal, and all calls share the journal's queue. A provider's server may be an
//! organization's own, and can send events as fast as the network carries them: some calls of one organization could
//! fill the queue, and the calls of all others would lose entries.

use std::time::Duration;

use cordboard_schema::limits::{CALL_FACTS_MAX, CALL_FACTS_WINDOW_MS};
use tokio::time::Instant;

const WINDOW: Duration = Duration::from_millis(CALL_FACTS_WINDOW_MS);

/// The treatment of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactAdmission {
    /// It is taken.
    Taken,
    /// It is one too many, the first in this window.
    FirstMissed,
    /// It is a further one.
    Missed,
}

/// Counts a call's events.
#[derive(Debug, Default)]
pub(super) struct FactRate {
    window_began: Option<Instant>,
    facts: u32,
}

impl FactRate {
    /// The treatment of one more event now.
    pub(super) fn admit(&mut self, now: Instant) -> FactAdmission {
        let is_over = self.window_began.is_none_or(|began| now.saturating_duration_since(began) >= WINDOW);
        if is_over {
            (self.window_began, self.facts) = (Some(now), 0);
        }
        if self.facts < CALL_FACTS_MAX {
            self.facts += 1;
            return FactAdmission::Taken;
        }
        let is_first = self.facts == CALL_FACTS_MAX;
        self.facts = CALL_FACTS_MAX + 1;
        if is_first { FactAdmission::FirstMissed } else { FactAdmission::Missed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_beyond_the_limit_are_missed_once_a_window() {
        let (mut rate, began) = (FactRate::default(), Instant::now());
        let mut of = |after: Duration, events: u32| {
            let all: Vec<FactAdmission> = (0..events).map(|_| rate.admit(began + after)).collect();
            let count = |wanted: FactAdmission| all.iter().filter(|one| **one == wanted).count();
            [FactAdmission::Taken, FactAdmission::FirstMissed, FactAdmission::Missed].map(count)
        };
        let most = CALL_FACTS_MAX as usize;
        assert_eq!(of(Duration::ZERO, CALL_FACTS_MAX), [most, 0, 0]);
        assert_eq!(of(WINDOW / 2, 3), [0, 1, 2]);
        assert_eq!(of(WINDOW, CALL_FACTS_MAX + 3), [most, 1, 2], "the next window");
    }
}
