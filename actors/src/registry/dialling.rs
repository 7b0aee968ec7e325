//! What calls may dial: the configuration, and what each organization has said before it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cordboard_schema::call::CallPolicy;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::AccountSid;

use super::Registry;
use crate::messages::Dialling;

/// What new calls decide by. A day's limit that is nearly used up leaves each call no more than the rest.
fn policy(configured: &Arc<CallPolicy>, said: &Dialling) -> Arc<CallPolicy> {
    let mut policy = CallPolicy::clone(configured);
    policy.extensions.extend(said.extensions.clone());
    policy.desks.clone_from(&said.desks);
    policy.desk_phones.clone_from(&said.desk_phones);
    policy.queues.clone_from(&said.queues);
    if let Some(own) = &said.policy {
        policy.dial = own.clone();
    }
    policy.escalation.clone_from(&said.escalation);
    let left_today = u64::from(policy.dial.per_day_max).saturating_sub(said.dialled_today);
    policy.dial.per_call_max = policy.dial.per_call_max.min(u32::try_from(left_today).unwrap_or(u32::MAX));
    Arc::new(policy)
}

/// What of a count is still one of today.
fn of_today(counted: u64, counted_on: UnixMs, today: UnixMs) -> u64 {
    if counted_on == today { counted } else { 0 }
}

/// The same for each organization.
pub(super) fn policies(
    configured: &Arc<CallPolicy>,
    said: &BTreeMap<OrganizationId, Dialling>,
) -> HashMap<OrganizationId, Arc<CallPolicy>> {
    said.iter().map(|(organization_id, said)| (*organization_id, policy(configured, said))).collect()
}

impl Registry {
    /// What new calls of an organization decide by.
    pub(super) fn policy_of(&self, organization_id: OrganizationId) -> Arc<CallPolicy> {
        self.policy_at(organization_id, None)
    }

    /// The same of one that this account of the organization's holds.
    pub(super) fn policy_at(
        &self,
        organization_id: OrganizationId,
        account: Option<&AccountSid>,
    ) -> Arc<CallPolicy> {
        let said = self.policies.get(&organization_id).unwrap_or(&self.configured).clone();
        self.neighbours.starts.policy(organization_id, account, said)
    }

    /// Where callers go whose call is nobody's yet.
    pub(super) fn fallback(&self) -> NextStep {
        self.home().map_or_else(|| self.configured.fallback(), |home| self.policy_of(home).fallback())
    }

    /// What the organizations say now. The store has not counted yet what is under way to it, so within a day its count never
    /// takes back what was counted here.
    pub(super) fn dialling_is(&mut self, mut said: BTreeMap<OrganizationId, Dialling>) {
        self.turn_the_day();
        for (organization_id, said) in &mut said {
            let counted = self.dialling.get(organization_id).map_or(0, |known| known.dialled_today);
            said.dialled_today = said.dialled_today.max(counted);
        }
        self.policies = policies(&self.configured, &said);
        self.dialling = said;
    }

    /// Somebody is dialled whom the store has not counted yet.
    pub(super) fn has_dialled(&mut self, organization_id: OrganizationId) {
        self.turn_the_day();
        let said = self.dialling.entry(organization_id).or_default();
        said.dialled_today += 1;
        self.policies.insert(organization_id, policy(&self.configured, said));
    }

    /// Counts anew where another day has begun.
    fn turn_the_day(&mut self) {
        let today = self.neighbours.clock.now().utc_day();
        // The first count was read as the registry began.
        let counted_on = self.placed.counted_on.replace(today).unwrap_or(self.since.utc_day());
        for said in self.dialling.values_mut() {
            said.dialled_today = of_today(said.dialled_today, counted_on, today);
        }
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
