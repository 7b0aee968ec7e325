//! The people who have a caller instead of the assistant, according to the journal of the call. There may be several.

use std::collections::BTreeSet;

use cordboard_schema::event::{Decision, Event};
use cordboard_schema::ids::{EffectId, UserId};

/// The people who have a caller at a point of the journal.
#[derive(Clone, Debug, Default)]
pub(super) struct People {
    agents: BTreeSet<UserId>,
    /// External parties, by the effects that requested them.
    outsiders: BTreeSet<EffectId>,
    /// Whether a person has taken over by a hand-off, and has not been reported gone since.
    is_bridged: bool,
}

impl People {
    /// Takes an entry; returns whether it concerned these people.
    pub(super) fn takes(&mut self, event: &Event) -> bool {
        let Event::Decision(decision) = event else { return false };
        match decision {
            Decision::AgentJoined { user_id, .. } => {
                self.agents.insert(*user_id);
            }
            Decision::OutsiderJoined { consult, .. } => {
                self.outsiders.insert(*consult);
            }
            Decision::HandoffBridged { .. } => self.is_bridged = true,
            // A colleague who was asked has left, and never had the caller.
            Decision::AgentLeft { user_id, .. } => {
                self.agents.remove(user_id);
                self.is_bridged &= !(self.agents.is_empty() && self.outsiders.is_empty());
            }
            Decision::OutsiderLeft { consult, .. } => {
                self.outsiders.remove(consult);
            }
            Decision::HandedBack { .. } | Decision::CallerReturned { .. } => *self = Self::default(),
            _ => return false,
        }
        true
    }

    /// Whether there is anyone.
    pub(super) fn is_anybody(&self) -> bool {
        self.is_bridged || !self.agents.is_empty() || !self.outsiders.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::agent::AgentEnd;
    use cordboard_schema::ids::LegId;
    use uuid::Uuid;

    use super::*;

    const ANNA: UserId = UserId(Uuid::from_u128(1));
    const BEN: UserId = UserId(Uuid::from_u128(2));
    const CONSULT: EffectId = EffectId(7);

    fn joined(user_id: UserId) -> Decision {
        Decision::AgentJoined { handoff: CONSULT, user_id, leg: LegId(4) }
    }

    fn left(user_id: UserId, how: AgentEnd) -> Decision {
        Decision::AgentLeft { user_id, talked_ms: Some(1_000), how }
    }

    fn is_anybody(decisions: &[Decision]) -> bool {
        let mut people = People::default();
        decisions.iter().for_each(|decision| {
            people.takes(&decision.clone().into());
        });
        people.is_anybody()
    }

    #[test]
    fn a_caller_has_the_people_who_have_not_left() {
        let passed_on = [joined(ANNA), joined(BEN), left(ANNA, AgentEnd::PassedOn)];
        assert!(is_anybody(&passed_on));
        assert!(!is_anybody(&[&passed_on[..], &[left(BEN, AgentEnd::HandedBack)][..]].concat()));
        assert!(is_anybody(&[joined(ANNA), left(BEN, AgentEnd::ConsultOver)]), "a colleague who was asked");
        let target = "phone0".to_owned();
        let outsider = Decision::OutsiderJoined { consult: CONSULT, target: target.clone() };
        let with_outsider = [joined(ANNA), outsider, left(ANNA, AgentEnd::PassedOn)];
        assert!(is_anybody(&with_outsider));
        let gone = Decision::OutsiderLeft { consult: CONSULT, target, talked_ms: None };
        assert!(!is_anybody(&[&with_outsider[..], &[gone][..]].concat()));
    }

    #[test]
    fn people_by_hand_offs_stay_until_they_are_gone() {
        let bridged = Decision::HandoffBridged { handoff: CONSULT };
        assert!(is_anybody(&[bridged.clone(), joined(ANNA)]));
        assert!(!is_anybody(&[bridged, joined(ANNA), left(ANNA, AgentEnd::AudioLost)]));
    }
}
