//! The order in which work of several organizations is done: in turns. So an organization with thousands of calls, deliveries or erasures delays
//! each other one by at most one piece of work.

use std::collections::BTreeMap;
use std::time::Duration;

/// Users of the judge model look for due calls again after this time, so that new ones get their turn however many there were before.
pub(crate) const RECHECK_AFTER: Duration = Duration::from_secs(60);

/// The turns of organizations, which have ids of this type.
#[derive(Debug)]
pub(crate) struct Turns<Id> {
    /// The organization whose turn was last.
    last: Option<Id>,
}

impl<Id> Default for Turns<Id> {
    fn default() -> Self {
        Self { last: None }
    }
}

impl<Id: Clone + Ord> Turns<Id> {
    /// Sorts this work by its turns: no organization has a second piece before every other one had its first. The work of an organization keeps its
    /// order. The organization after the last one begins.
    pub(crate) fn order<Work>(&self, all: Vec<Work>, owner_of: impl Fn(&Work) -> Id) -> Vec<Work> {
        let mut rounds: BTreeMap<Id, usize> = BTreeMap::new();
        let mut in_turn: Vec<((usize, bool, Id), Work)> = Vec::with_capacity(all.len());
        for work in all {
            let owner = owner_of(&work);
            let had_its_turn = self.last.as_ref().is_some_and(|last| owner <= *last);
            let round = rounds.entry(owner.clone()).or_default();
            in_turn.push(((*round, had_its_turn, owner), work));
            *round += 1;
        }
        in_turn.sort_by(|(turn, _), (other, _)| turn.cmp(other));
        in_turn.into_iter().map(|(_, work)| work).collect()
    }

    /// Notes that it is this organization's turn.
    pub(crate) fn begins(&mut self, organization: Id) {
        self.last = Some(organization);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A piece of work of an organization, as two numbers.
    type Work = (u32, u32);

    fn owner(work: &Work) -> u32 {
        work.0
    }

    #[test]
    fn an_organization_with_much_work_delays_no_other() {
        let turns = Turns::default();
        let all = vec![(1, 1), (1, 2), (1, 3), (3, 4), (2, 5), (1, 6), (3, 7)];
        let expected = [(1, 1), (2, 5), (3, 4), (1, 2), (3, 7), (1, 3), (1, 6)];
        assert_eq!(turns.order(all, owner), expected);
    }

    #[test]
    fn every_organization_is_served_although_rounds_end_early() {
        let mut turns = Turns::default();
        let all = vec![(1, 1), (1, 2), (2, 3), (3, 4)];
        let mut served = Vec::new();
        for _ in 0..4 {
            // One piece takes all the time.
            let first = turns.order(all.clone(), owner)[0];
            turns.begins(owner(&first));
            served.push(first.0);
        }
        assert_eq!(served, [1, 2, 3, 1]);
    }

    #[test]
    fn a_round_continues_where_the_room_ended() {
        let mut turns = Turns::default();
        for (waiting, room, given) in [
            (&[1_u32, 2, 3][..], 2, &[1_u32, 2][..]),
            (&[3, 1, 2][..], 2, &[3, 1][..]),
            // One that is new waits for its place in the round, and no longer.
            (&[1, 2, 3, 4][..], 2, &[2, 3][..]),
            (&[1, 2, 3, 4][..], 0, &[][..]),
            (&[1, 2, 3, 4][..], 2, &[4, 1][..]),
            (&[1][..], 2, &[1][..]),
        ] {
            let mut ordered = turns.order(waiting.to_vec(), u32::clone);
            ordered.truncate(room);
            for organization in &ordered {
                turns.begins(*organization);
            }
            assert_eq!(ordered, given, "{waiting:?}");
        }
    }
}
