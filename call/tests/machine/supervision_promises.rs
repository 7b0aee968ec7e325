//! Promises about supervisors, which hold whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_call::effect::Effect;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{CordId, LegId, UserId};
use cordboard_schema::supervision::{SupervisionEnd, SupervisionMode};

use crate::at_desks::SUPERVISORS;

/// The state of a call's supervisors.
#[derive(Clone, Debug, Default)]
pub(crate) struct SupervisionPromises {
    /// Supervisors who listen to the call, and their mode.
    hear: BTreeMap<UserId, SupervisionMode>,
    /// The leg that has just arrived for one of them.
    arrives: Option<(LegId, UserId)>,
    /// Their legs.
    legs: BTreeMap<LegId, UserId>,
    /// Those who have taken the call over, so their audio is an agent's.
    agents: BTreeSet<UserId>,
}

impl SupervisionPromises {
    pub(crate) fn take_in(&mut self, fact: &Fact) {
        match fact {
            Fact::LegArrived { leg, agent: Some(user), .. }
                if SUPERVISORS.contains(user) && !self.agents.contains(user) =>
            {
                self.arrives = Some((*leg, *user));
            }
            Fact::ServerRestarted { .. } => self.legs.clear(),
            _ => self.arrives = None,
        }
    }

    pub(crate) fn check(&mut self, effect: &Effect, has_ended: bool) {
        match effect {
            Effect::StartLeg(leg) => {
                if let Some((leg, user)) = self.arrives.filter(|(arrived, _)| arrived == leg) {
                    self.legs.insert(leg, user);
                }
            }
            Effect::Note(Decision::SupervisorJoined { user_id, mode, .. }) => {
                assert!(
                    !has_ended && self.hear.insert(*user_id, *mode).is_none(),
                    "joins twice, or after the end"
                );
            }
            Effect::Note(Decision::SupervisionChanged { user_id, mode }) => {
                let before = self.hear.insert(*user_id, *mode);
                assert!(before.is_some_and(|before| before != *mode), "changes nothing, or hears nothing");
            }
            Effect::Note(Decision::SupervisorLeft { user_id, heard_ms, how }) => {
                assert_eq!(self.hear.remove(user_id).is_some(), heard_ms.is_some());
                if *how == SupervisionEnd::TookOver {
                    self.agents.insert(*user_id);
                    self.legs.retain(|_, user| user != user_id);
                } else {
                    self.agents.remove(user_id);
                }
            }
            Effect::AgentLeft { user_id, .. } => {
                self.agents.remove(user_id);
            }
            _ => {}
        }
    }

    /// Returns the cords of everyone else.
    pub(crate) fn others(&self, cords: &BTreeSet<CordId>) -> BTreeSet<CordId> {
        let is_theirs =
            |cord: &&CordId| !self.legs.contains_key(&cord.from) && !self.legs.contains_key(&cord.to);
        cords.iter().filter(is_theirs).copied().collect()
    }

    pub(crate) fn check_state(&self, cords: &BTreeSet<CordId>, caller: Option<LegId>, has_ended: bool) {
        assert!(!has_ended || self.hear.is_empty(), "supervisors are left in the call: {:?}", self.hear);
        for cord in cords {
            let Some(user) = self.legs.get(&cord.from) else { continue };
            match self.hear.get(user) {
                Some(SupervisionMode::Barge) => {}
                Some(SupervisionMode::Whisper) => {
                    assert_ne!(Some(cord.to), caller, "the caller hears a whisper");
                    assert!(!self.legs.contains_key(&cord.to), "another supervisor hears a whisper");
                }
                Some(SupervisionMode::Listen) | None => {
                    panic!("a supervisor who only listens is heard over {cord}")
                }
            }
        }
        // A party that hears the call hears everyone who speaks on it.
        let mouths: BTreeSet<LegId> = self.others(cords).iter().map(|cord| cord.from).collect();
        for ear in self.legs.keys().filter(|leg| cords.iter().any(|cord| cord.to == **leg)) {
            for mouth in &mouths {
                assert!(cords.contains(&CordId { from: *mouth, to: *ear }), "{ear} does not hear {mouth}");
            }
        }
    }
}
