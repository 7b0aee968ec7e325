//! What an organization's calls may cost in a day: a cap that stops new calls, never those that are under way.

use actix::Recipient;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;

use crate::messages::{AskSpent, Spent};

/// A cap on what calls cost in a day (UTC), for a registry to be started with.
#[derive(Clone, Debug)]
pub struct DailyCap {
    /// Whose calls.
    pub organization_id: OrganizationId,
    /// The cap (`costs.daily_cap`), in millionths of the currency.
    pub cap_micros: u64,
    /// What was spent when the registry is started.
    pub spent: Spent,
    /// Says it again.
    pub ask: Recipient<AskSpent>,
}

/// The cap, and what is known to be spent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spending {
    cap_micros: u64,
    spent: Spent,
}

impl Spending {
    pub(super) fn new(cap: &DailyCap) -> Self {
        Self { cap_micros: cap.cap_micros, spent: cap.spent }
    }

    /// The store looked.
    pub(super) fn seen(&mut self, spent: Spent) {
        // An answer about yesterday that comes late is no news.
        if spent.day >= self.spent.day {
            self.spent = spent;
        }
    }

    /// Whether the cap of the day is reached. A day of which nothing is known yet has just begun.
    pub(super) fn is_at_cap(&self, now: UnixMs) -> bool {
        self.spent.day == now.utc_day() && self.spent.micros >= self.cap_micros
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn a_cap_holds_for_a_day() {
        let day = |number: i64| UnixMs(number * DAY_MS);
        let mut spending = Spending { cap_micros: 100, spent: Spent { day: day(7), micros: 99 } };
        assert!(!spending.is_at_cap(day(7) + 5));
        spending.seen(Spent { day: day(7), micros: 100 });
        assert!(spending.is_at_cap(day(7) + 5));
        assert!(!spending.is_at_cap(day(8)), "a new day");
        spending.seen(Spent { day: day(8), micros: 3 });
        spending.seen(Spent { day: day(7), micros: 500 });
        assert!(!spending.is_at_cap(day(8) + 5), "yesterday's");
    }
}
