//! The policy of calls that dial: the configuration, and each organization's settings that narrow it.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::Arc;

use cordboard_schema::call::CallPolicy;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{OrganizationId, OutsideId};
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::AccountSid;

use super::RegistryActor;
use crate::messages::Dialling;

/// The switch that has the other party of a call, or will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartyPlace<'a> {
    /// None: their audio comes here directly. Phones for them are rung by the switch that makes the organization's calls.
    Here,
    /// One of the configuration, by its name if that is known.
    Configured(Option<&'a str>),
    /// The organization's own account at an outside provider.
    Account(&'a AccountSid),
}

/// The policy of new calls, wherever their caller is. If a day's limit is nearly used up, each call gets at most the rest.
///
/// The operator's settings are an upper limit: an organization's own policy narrows them, and of the server's
/// dialplans an organization reaches only the contexts that it was granted.
fn policy(configured: &Arc<CallPolicy>, said: &Dialling, granted: Granted) -> Arc<CallPolicy> {
    let mut policy = CallPolicy::clone(configured);
    // The fallback extension stays: callers are better off at the configuration's place than nowhere.
    let is_last = |name: &String| configured.fallback_extension.as_ref() == Some(name);
    policy.extensions.retain(|name, place| {
        granted.context(place.context()) && (!said.withheld.contains(name) || is_last(name))
    });
    let own = said.extensions.iter().filter(|(_, place)| granted.context(place.context()));
    policy.extensions.extend(own.map(|(name, place)| (name.clone(), place.clone())));
    policy.desks.clone_from(&said.desks);
    policy.desk_phones.clone_from(&said.desk_phones);
    policy.queues.clone_from(&said.queues);
    if let Some(own) = &said.policy {
        policy.dial = own.within(&configured.dial);
    }
    policy.escalation.clone_from(&said.escalation);
    let left_today = u64::from(policy.dial.per_day_max).saturating_sub(said.dialled_today);
    policy.dial.per_call_max = policy.dial.per_call_max.min(u32::try_from(left_today).unwrap_or(u32::MAX));
    policy.granted = granted;
    Arc::new(policy)
}

/// The count, if it is today's.
fn of_today(counted: u64, counted_on: UnixMs, today: UnixMs) -> u64 {
    if counted_on == today { counted } else { 0 }
}

/// The policies of all organizations.
pub(super) fn policies(
    configured: &Arc<CallPolicy>,
    said: &BTreeMap<OrganizationId, Dialling>,
    home: OrganizationId,
) -> HashMap<OrganizationId, Arc<CallPolicy>> {
    let of = |(organization_id, said): (&OrganizationId, &Dialling)| {
        let granted = granted(*organization_id, said, home);
        (*organization_id, policy(configured, said, granted))
    };
    said.iter().map(of).collect()
}

/// The server's first organization has all of its switches.
fn granted(organization_id: OrganizationId, said: &Dialling, home: OrganizationId) -> Granted {
    match home == organization_id {
        true => Granted::Everything,
        false => Granted::Named(said.grants.clone()),
    }
}

/// The switch of a caller who comes by this name.
pub(super) fn held<'a>(outside_id: &OutsideId, account: Option<&'a AccountSid>) -> PartyPlace<'a> {
    match (SwitchKind::of_names(outside_id.kind), account) {
        (_, Some(account)) => PartyPlace::Account(account),
        (None, None) => PartyPlace::Here,
        // If there are several, it becomes known later which one has the caller. All of their calls belong to the
        // first organization.
        (Some(kind), None) => PartyPlace::Configured(kind.only_name()),
    }
}

impl RegistryActor {
    /// The policy of an organization's new calls that come here directly.
    pub(super) fn policy_of(&self, organization_id: OrganizationId) -> Arc<CallPolicy> {
        self.policy_at(organization_id, PartyPlace::Here)
    }

    /// The policy of an organization's new calls: the complete list of whom they may dial. Over the server's switches
    /// they reach what the organization was granted, and over its own account at Twilio whatever it has named.
    pub(super) fn policy_at(&self, organization_id: OrganizationId, held: PartyPlace<'_>) -> Arc<CallPolicy> {
        let (mut policy, has_trunk) = self.reach(organization_id, held);
        if !has_trunk && !policy.dial.numbers_allowed.is_empty() {
            Arc::make_mut(&mut policy).dial.numbers_allowed.clear();
        }
        let account = match held {
            PartyPlace::Account(account) => Some(account),
            PartyPlace::Here | PartyPlace::Configured(_) => None,
        };
        self.neighbours.starts.policy(organization_id, account, policy)
    }

    /// The policy with the places that calls at such a switch can reach, and whether there is a line for numbers.
    pub(super) fn reach(
        &self,
        organization_id: OrganizationId,
        held: PartyPlace<'_>,
    ) -> (Arc<CallPolicy>, bool) {
        let mut policy = self.said(organization_id);
        if policy.granted.is_everything() {
            return (policy, true);
        }
        let granted = policy.granted.clone();
        let own_account = || (true, true);
        let (is_own, has_trunk) = match held {
            PartyPlace::Account(_) => own_account(),
            PartyPlace::Configured(name) => {
                if !name.is_some_and(|name| granted.switch(name)) {
                    Arc::make_mut(&mut policy).extensions.clear();
                }
                (false, name.is_some_and(|name| granted.trunk(name)))
            }
            PartyPlace::Here => match self.neighbours.starts.dialler(organization_id, &granted, None) {
                Ok(switch) if switch.account.is_some() => own_account(),
                Ok(switch) => (false, switch.is_trunk_granted),
                Err(_) => (false, false),
            },
        };
        if let Some(said) = self.dialling.get(&organization_id).filter(|_| is_own) {
            Arc::make_mut(&mut policy).extensions.extend(said.extensions.clone());
        }
        (policy, has_trunk)
    }

    /// The policy of an organization, within the upper limit. An unknown organization has nothing of the server's own.
    pub(super) fn said(&self, organization_id: OrganizationId) -> Arc<CallPolicy> {
        let known = self.policies.get(&organization_id).cloned();
        known.unwrap_or_else(|| {
            let said = Dialling::default();
            policy(&self.configured, &said, granted(organization_id, &said, self.home))
        })
    }

    /// The destination of callers whose call belongs to no organization yet.
    pub(super) fn fallback(&self) -> NextStep {
        self.policy_of(self.home).fallback()
    }

    /// How many parties the organizations have dialled on a day. The store may not have counted the newest ones yet,
    /// so its count never lowers the count here.
    pub(super) fn dialled_is(&mut self, day: UnixMs, dialled: BTreeMap<OrganizationId, u64>) {
        self.turn_the_day();
        // A late answer about yesterday has no effect.
        if day != self.placed.counted_on {
            return;
        }
        let home = self.home;
        for (organization_id, count) in dialled {
            let said = self.dialling.entry(organization_id).or_default();
            if count > said.dialled_today {
                said.dialled_today = count;
                let granted = granted(organization_id, said, home);
                self.policies.insert(organization_id, policy(&self.configured, said, granted));
            }
        }
    }

    /// Takes over the organizations' settings as they are now. Their counts stay.
    pub(super) fn dialling_is(&mut self, mut said: BTreeMap<OrganizationId, Dialling>) {
        self.turn_the_day();
        for (organization_id, said) in &mut said {
            let counted = self.dialling.get(organization_id).map_or(0, |known| known.dialled_today);
            said.dialled_today = said.dialled_today.max(counted);
        }
        self.policies = policies(&self.configured, &said, self.home);
        self.dialling = said;
    }

    /// A party was dialled that the store has not counted yet.
    pub(super) fn has_dialled(&mut self, organization_id: OrganizationId) {
        self.turn_the_day();
        let home = self.home;
        let said = self.dialling.entry(organization_id).or_default();
        said.dialled_today += 1;
        let granted = granted(organization_id, said, home);
        self.policies.insert(organization_id, policy(&self.configured, said, granted));
    }

    /// Starts a new count if another day has begun.
    fn turn_the_day(&mut self) {
        let today = self.neighbours.clock.now().utc_day();
        let counted_on = mem::replace(&mut self.placed.counted_on, today);
        for said in self.dialling.values_mut() {
            said.dialled_today = of_today(said.dialled_today, counted_on, today);
        }
        if counted_on != today {
            self.policies = policies(&self.configured, &self.dialling, self.home);
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
