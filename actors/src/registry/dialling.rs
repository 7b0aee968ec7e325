//! What calls may dial: the configuration, and what the organization has said before it.

use std::sync::Arc;

use cordboard_schema::call::CallPolicy;
use cordboard_schema::time::UnixMs;

use super::Registry;
use crate::messages::Dialling;

/// What new calls decide by. A day's limit that is nearly used up leaves each call no more than the rest.
pub(super) fn policy(configured: &Arc<CallPolicy>, said: &Dialling) -> Arc<CallPolicy> {
    let mut policy = CallPolicy::clone(configured);
    policy.extensions.extend(said.extensions.clone());
    if let Some(own) = &said.policy {
        policy.dial = own.clone();
    }
    let left_today = u64::from(policy.dial.per_day_max).saturating_sub(said.dialled_today);
    policy.dial.per_call_max = policy.dial.per_call_max.min(u32::try_from(left_today).unwrap_or(u32::MAX));
    Arc::new(policy)
}

/// What of a count is still one of today.
fn of_today(counted: u64, counted_on: UnixMs, today: UnixMs) -> u64 {
    if counted_on == today { counted } else { 0 }
}

impl Registry {
    /// What the organization says now. The store has not counted yet what is under way to it, so within a day its count never
    /// takes back what was counted here.
    pub(super) fn dialling_is(&mut self, mut said: Dialling) {
        self.turn_the_day();
        said.dialled_today = said.dialled_today.max(self.dialling.dialled_today);
        self.policy = policy(&self.configured, &said);
        self.dialling = said;
    }

    /// Somebody is dialled whom the store has not counted yet.
    pub(super) fn has_dialled(&mut self) {
        self.turn_the_day();
        self.dialling.dialled_today += 1;
        self.policy = policy(&self.configured, &self.dialling);
    }

    /// Counts anew where another day has begun.
    fn turn_the_day(&mut self) {
        let today = self.neighbours.clock.now().utc_day();
        // The first count was read as the registry began.
        let counted_on = self.placed.counted_on.replace(today).unwrap_or(self.since.utc_day());
        self.dialling.dialled_today = of_today(self.dialling.dialled_today, counted_on, today);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_ends_with_its_day() {
        let late = UnixMs(1_763_683_199_999);
        let (day, next) = (late.utc_day(), (late + 1).utc_day());
        assert_ne!(day, next, "a moment later is another day");
        assert_eq!(of_today(7, day, day), 7);
        assert_eq!(of_today(7, day, next), 0);
    }
}
