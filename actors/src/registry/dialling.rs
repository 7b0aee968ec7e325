//! What calls may dial: the configuration, and what the organization has said before it.

use std::sync::Arc;

use cordboard_schema::call::CallPolicy;

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

impl Registry {
    /// What the organization says now.
    pub(super) fn dialling_is(&mut self, said: Dialling) {
        self.policy = policy(&self.configured, &said);
        self.dialling = said;
    }

    /// Somebody is dialled whom the store has not counted yet.
    pub(super) fn has_dialled(&mut self) {
        self.dialling.dialled_today += 1;
        self.policy = policy(&self.configured, &self.dialling);
    }
}
