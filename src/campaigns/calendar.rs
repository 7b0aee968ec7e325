//! The calendar compared with the steady clock: by how much it was set, and the calendar's time of a journal entry.

use cordboard_actors::clock::Clock;
use cordboard_actors::world;
use cordboard_schema::time::UnixMs;
use tokio::time::Instant;

/// The calendar's time at a moment of the steady clock.
pub(super) struct Calendar {
    measured: Instant,
    calendar_at: UnixMs,
}

/// By how many ms the calendar was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SetBy {
    pub(super) back_ms: u64,
    pub(super) ahead_ms: u64,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { measured: Instant::now(), calendar_at: world::now().into() }
    }
}

impl Calendar {
    /// Returns by how much it was set since the last check.
    pub(super) fn set_by(&mut self) -> SetBy {
        let before = std::mem::take(self);
        let passed = self.measured.duration_since(before.measured);
        let expected = before.calendar_at + u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        SetBy { back_ms: expected.ms_since(self.calendar_at), ahead_ms: self.calendar_at.ms_since(expected) }
    }
}

/// Converts a moment of the clock of calls to the calendar's time.
pub(super) fn in_calendar(at: UnixMs, calls: Clock) -> UnixMs {
    UnixMs::from(world::now()) - calls.now().ms_since(at)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;
    use cordboard_schema::ids::{CallId, CampaignId, OrganizationId};
    use tokio::time::sleep;
    use uuid::Uuid;

    use super::super::ahead::Flight;
    use super::super::{Known, OpenAttempt};
    use super::*;

    const RINGS: Duration = Duration::from_secs(20);

    #[tokio::test(start_paused = true)]
    async fn changes_of_the_calendar_are_measured_and_move_times() {
        let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
        let (calls, mut calendar) = (Clock::system(), Calendar::default());
        let at = calls.now();
        sleep(RINGS).await;
        assert_eq!(calendar.set_by(), SetBy { back_ms: 0, ahead_ms: 0 });
        assert_eq!(in_calendar(at, calls), at);
        world::set_calendar(TimeDelta::hours(-1));
        assert_eq!(calendar.set_by(), SetBy { back_ms: 3_600_000, ahead_ms: 0 });
        assert_eq!(in_calendar(at, calls), at - 3_600_000);
        world::set_calendar(TimeDelta::hours(3));
        assert_eq!(calendar.set_by(), SetBy { back_ms: 0, ahead_ms: 3 * 3_600_000 });
        assert_eq!(in_calendar(at, calls), at + 2 * 3_600_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_phones_ringing_time_does_not_follow_the_calendar() {
        let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
        let now = || UnixMs::from(world::now());
        let mut known = Known::default();
        let (call_id, organization_id) = (CallId(Uuid::nil()), OrganizationId(Uuid::nil()));
        let rings = OpenAttempt::ringing(organization_id, CampaignId(Uuid::nil()), now(), now());
        known.open.insert(call_id, rings);
        sleep(RINGS).await;
        for hours in [1, -2] {
            world::set_calendar(TimeDelta::hours(hours));
            known.mind_calendar();
            let Flight::Rings { since } = known.open[&call_id].flight else { panic!("it rings") };
            assert_eq!(now().ms_since(since), 20_000, "{hours}");
        }
    }
}
