//! The order in which users of the judge model handle calls of several organizations, one call at a time: in turns. So an organization with thousands
//! of calls, or with long ones, delays each other one by at most one call.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;

/// Calls that have arrived in the meantime get their turn after this time, however many were there before.
pub(crate) const RECHECK_AFTER: Duration = Duration::from_secs(60);

/// The turns of organizations.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// The organization whose turn was last.
    last: Option<OrganizationId>,
}

impl Turns {
    /// Sorts these calls by their turns: no organization has a second call before every other one had its first. The calls of an organization keep
    /// their order. The organization after the last one begins.
    pub(crate) fn order<C>(&self, calls: Vec<C>, owner_of: impl Fn(&C) -> OrganizationId) -> Vec<C> {
        let mut rounds: BTreeMap<OrganizationId, usize> = BTreeMap::new();
        let mut in_turn: Vec<((usize, bool, OrganizationId), C)> = Vec::with_capacity(calls.len());
        for call in calls {
            let owner = owner_of(&call);
            let round = rounds.entry(owner).or_default();
            in_turn.push(((*round, self.last.is_some_and(|last| owner <= last), owner), call));
            *round += 1;
        }
        in_turn.sort_by_key(|(turn, _)| *turn);
        in_turn.into_iter().map(|(_, call)| call).collect()
    }

    /// Notes that it is this organization's turn.
    pub(crate) fn begins(&mut self, organization_id: OrganizationId) {
        self.last = Some(organization_id);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// A call of an organization, as two numbers.
    type Call = (u128, u32);

    fn owner(call: &Call) -> OrganizationId {
        OrganizationId(Uuid::from_u128(call.0))
    }

    #[test]
    fn an_organization_with_many_calls_delays_no_other() {
        let turns = Turns::default();
        let calls = vec![(1, 1), (1, 2), (1, 3), (3, 4), (2, 5), (1, 6), (3, 7)];
        let expected = [(1, 1), (2, 5), (3, 4), (1, 2), (3, 7), (1, 3), (1, 6)];
        assert_eq!(turns.order(calls, owner), expected);
    }

    #[test]
    fn every_organization_is_served_although_rounds_end_early() {
        let mut turns = Turns::default();
        let calls = vec![(1, 1), (1, 2), (2, 3), (3, 4)];
        let mut served = Vec::new();
        for _ in 0..4 {
            // The model is so slow that one call takes all the time.
            let first = turns.order(calls.clone(), owner)[0];
            turns.begins(owner(&first));
            served.push(first.0);
        }
        assert_eq!(served, [1, 2, 3, 1]);
    }
}
