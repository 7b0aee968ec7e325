//! All organizations' own accounts at one moment. Those that may have signed a webhook of Twilio are found by their name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::wire::twilio::AccountSid;

use super::{AccountsOf, OwnTwilio, TwilioAccount};

/// See the module's description.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    accounts: HashMap<OrganizationId, AccountsOf>,
    at_twilio: Owners,
}

impl Directory {
    /// The accounts of an organization; none if it has set none.
    pub(super) fn get(&self, organization_id: &OrganizationId) -> Option<&AccountsOf> {
        self.accounts.get(organization_id)
    }

    /// Replaces an organization's accounts; `None` if it has none any more.
    pub(super) fn set(&mut self, organization_id: OrganizationId, accounts: Option<AccountsOf>) {
        let before = self.accounts.remove(&organization_id);
        if let Some(own) = before.as_ref().and_then(own_twilio) {
            self.at_twilio.remove(organization_id, &own.sid);
        }
        let Some(accounts) = accounts else { return };
        if let Some(own) = own_twilio(&accounts) {
            self.at_twilio.add(organization_id, &own.sid);
        }
        self.accounts.insert(organization_id, accounts);
    }

    /// The own accounts at Twilio with this name, by age of the organizations.
    pub(super) fn at_twilio(&self, sid: &AccountSid) -> Vec<Arc<TwilioAccount>> {
        let of = |id: &OrganizationId| self.get(id).and_then(own_twilio).cloned();
        self.at_twilio.of(sid).filter_map(of).collect()
    }

    /// All own accounts at Twilio.
    pub(super) fn all_at_twilio(&self) -> Vec<Arc<TwilioAccount>> {
        self.accounts.values().filter_map(own_twilio).cloned().collect()
    }

    /// Whether any organization has an own account at Twilio.
    pub(super) fn is_any_at_twilio(&self) -> bool {
        !self.at_twilio.0.is_empty()
    }
}

fn own_twilio(accounts: &AccountsOf) -> Option<&Arc<TwilioAccount>> {
    match &accounts.twilio {
        OwnTwilio::Own(own) => Some(own),
        OwnTwilio::Configured | OwnTwilio::Unusable => None,
    }
}

/// Which organizations have an account, by its name. Ids of older organizations come first.
#[derive(Clone, Debug, Default)]
struct Owners(BTreeMap<AccountSid, BTreeSet<OrganizationId>>);

impl Owners {
    fn add(&mut self, organization_id: OrganizationId, sid: &AccountSid) {
        self.0.entry(sid.clone()).or_default().insert(organization_id);
    }

    fn remove(&mut self, organization_id: OrganizationId, sid: &AccountSid) {
        if let Some(owners) = self.0.get_mut(sid) {
            owners.remove(&organization_id);
            if owners.is_empty() {
                self.0.remove(sid);
            }
        }
    }

    fn of(&self, sid: &AccountSid) -> impl Iterator<Item = &OrganizationId> {
        self.0.get(sid).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn owners_of_an_account_are_found_by_its_name() {
        let sid =
            |digit: char| -> AccountSid { format!("AC{}", digit.to_string().repeat(32)).parse().unwrap() };
        let [older, newer] = [1, 2].map(|id| OrganizationId(Uuid::from_u128(id)));
        let mut owners = Owners::default();
        owners.add(newer, &sid('a'));
        owners.add(older, &sid('a'));
        owners.add(older, &sid('b'));
        let of = |owners: &Owners, digit| owners.of(&sid(digit)).copied().collect::<Vec<_>>();
        assert_eq!(of(&owners, 'a'), [older, newer]);
        assert_eq!((of(&owners, 'b'), of(&owners, 'c')), (vec![older], vec![]));
        owners.remove(older, &sid('a'));
        owners.remove(older, &sid('b'));
        assert_eq!((of(&owners, 'a'), of(&owners, 'b')), (vec![newer], vec![]));
        owners.remove(newer, &sid('a'));
        assert!(owners.0.is_empty());
    }
}
