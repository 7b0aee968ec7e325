//! Cap on the cost of an organization's calls in a day: it stops new calls, never those that are under way.

use actix::Recipient;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;

use crate::messages::{AskSpent, Spent};

/// A cap on what calls cost in a day (UTC), for a registry to be started with.
#[derive(Clone, Debug)]
pub struct DailyCap {
    /// The organization whose calls are counted.
    pub organization_id: OrganizationId,
    /// The cap (`costs.daily_cap`), in millionths of the currency.
    pub cap_micros: u64,
    /// Spending of the day when the registry is started.
    pub spent: Spent,
    /// Says it again.
    pub ask: Recipient<AskSpent>,
}

/// The cap, and the known spending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spending {
    organization_id: OrganizationId,
    cap_micros: u64,
    spent: Spent,
}

impl Spending {
    pub(super) fn new(cap: &DailyCap) -> Self {
        Self { organization_id: cap.organization_id, cap_micros: cap.cap_micros, spent: cap.spent }
    }

    /// The store looked.
    pub(super) fn seen(&mut self, spent: Spent) {
        // A late answer about yesterday has no effect.
        if spent.day >= self.spent.day {
            self.spent = spent;
        }
    }

    /// Whether this organization has reached its cap of the day. A day of which nothing is known yet has just begun.
    pub(super) fn is_at_cap(&self, organization_id: OrganizationId, now: UnixMs) -> bool {
        organization_id == self.organization_id
            && self.spent.day == now.utc_day()
            && self.spent.micros >= self.cap_micros
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn a_cap_holds_for_a_day() {
        let day = |number: i64| UnixMs(number * DAY_MS);
        let (ours, theirs) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        let mut spending =
            Spending { organization_id: ours, cap_micros: 100, spent: Spent { day: day(7), micros: 99 } };
        assert!(!spending.is_at_cap(ours, day(7) + 5));
        spending.seen(Spent { day: day(7), micros: 100 });
        assert!(spending.is_at_cap(ours, day(7) + 5));
        assert!(!spending.is_at_cap(ours, day(8)), "a new day");
        assert!(!spending.is_at_cap(theirs, day(7) + 5), "another organization");
        spending.seen(Spent { day: day(8), micros: 3 });
        spending.seen(Spent { day: day(7), micros: 500 });
        assert!(!spending.is_at_cap(ours, day(8) + 5), "yesterday's");
    }
}
