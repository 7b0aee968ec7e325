//! The people who have the caller, according to the decisions of a call's journal. The assistant is not one of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::Decision;
use crate::ids::{EffectId, UserId};

/// State built from decisions, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PeopleWithCaller {
    /// Whether a person has the caller, including on hold.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    have_caller: bool,
    /// The agents who are in the call.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    agents: BTreeSet<UserId>,
    /// The people on a phone who are in the call, by their consultations.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    outsiders: BTreeSet<EffectId>,
}

impl PeopleWithCaller {
    /// Applies a decision. Returns the hand-off or consultation by which a person has the caller from now on, if there is one.
    pub fn apply(&mut self, decision: &Decision) -> Option<EffectId> {
        match decision {
            Decision::HandoffBridged { handoff } => return self.person_joined(*handoff),
            Decision::AgentJoined { handoff, user_id, .. } => {
                self.agents.insert(*user_id);
                return self.person_joined(*handoff);
            }
            Decision::OutsiderJoined { consult, .. } => {
                self.outsiders.insert(*consult);
                return self.person_joined(*consult);
            }
            Decision::AgentLeft { user_id, .. } => {
                let was_here = self.agents.remove(user_id);
                self.person_left(was_here);
            }
            Decision::OutsiderLeft { consult, .. } => {
                let was_here = self.outsiders.remove(consult);
                self.person_left(was_here);
            }
            // Agents and outside parties have waited for the caller; a person whom the switch had bridged has not.
            Decision::Resumed { .. } => self.have_caller = self.are_here(),
            Decision::CallerReturned { .. } | Decision::HandedBack { .. } => self.have_caller = false,
            Decision::Ended { .. } => *self = Self::default(),
            _ => {}
        }
        None
    }

    /// Whether a person has the caller, including on hold.
    pub fn have_caller(&self) -> bool {
        self.have_caller
    }

    /// Whether nobody is in the call and nobody has its caller.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether people are joined with the caller here.
    fn are_here(&self) -> bool {
        !self.agents.is_empty() || !self.outsiders.is_empty()
    }

    fn person_joined(&mut self, request: EffectId) -> Option<EffectId> {
        self.have_caller = true;
        Some(request)
    }

    fn person_left(&mut self, was_here: bool) {
        self.have_caller &= !was_here || self.are_here();
    }
}
