//! The cap on the cost of an organization's calls in a day: it stops new calls, never running ones.

use actix::Recipient;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;

use crate::messages::{AskSpent, Spent};

/// A cap on what calls cost in a day (UTC), as the registry gets it at its start.
#[derive(Clone, Debug)]
pub struct DailyCap {
    /// The cap of each organization (`costs.daily_cap`), in millionths of the currency.
    pub cap_micros: u64,
    /// Spending of the day at the registry's start.
    pub spent: Spent,
    /// Reports the spending again.
    pub ask: Recipient<AskSpent>,
}

/// The cap, and the known spending.
#[derive(Clone, Debug)]
pub(super) struct Spending {
    cap_micros: u64,
    spent: Spent,
}

impl Spending {
    pub(super) fn new(cap: &DailyCap) -> Self {
        Self { cap_micros: cap.cap_micros, spent: cap.spent.clone() }
    }

    /// The store has reported the spending.
    pub(super) fn seen(&mut self, spent: Spent) {
        // A late answer about yesterday has no effect.
        if spent.day >= self.spent.day {
            self.spent = spent;
        }
    }

    /// Whether this organization has reached its cap of the day. If nothing is known of a day yet, it has just begun.
    pub(super) fn is_at_cap(&self, organization_id: OrganizationId, now: UnixMs) -> bool {
        let spent = self.spent.micros.get(&organization_id);
        self.spent.day == now.utc_day() && spent.copied().unwrap_or_default() >= self.cap_micros
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
        let spent =
            |number, micros| Spent { day: day(number), micros: [(ours, micros), (theirs, 99)].into() };
        let mut spending = Spending { cap_micros: 100, spent: spent(7, 99) };
        assert!(!spending.is_at_cap(ours, day(7) + 5));
        spending.seen(spent(7, 100));
        assert!(spending.is_at_cap(ours, day(7) + 5));
        assert!(!spending.is_at_cap(ours, day(8)), "a new day");
        assert!(!spending.is_at_cap(theirs, day(7) + 5), "another organization");
        spending.seen(spent(8, 3));
        spending.seen(spent(7, 500));
        assert!(!spending.is_at_cap(ours, day(8) + 5), "yesterday's");
        spending.seen(Spent { day: day(8), micros: [(theirs, 100)].into() });
        assert!(spending.is_at_cap(theirs, day(8) + 5), "each organization has the cap");
        assert!(!spending.is_at_cap(ours, day(8) + 5), "its calls have cost nothing");
    }
}
