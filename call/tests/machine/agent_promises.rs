//! Promises about agents at their desks, which hold whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_call::effect::Effect;
use cordboard_call::tools::ToolWrite;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::supervision::SupervisionEnd;
use cordboard_schema::tool::ToolOutcome;

/// The state of a call's agents.
#[derive(Clone, Debug, Default)]
pub(crate) struct AgentPromises {
    /// The hand-off that is offered at desks.
    offered: Option<EffectId>,
    /// The hand-off that was offered when the process died. It is offered nowhere now, and may be offered again.
    offer_died: Option<EffectId>,
    /// Agents who have accepted, and whether they have talked.
    accepted: BTreeMap<UserId, bool>,
    /// Agents whose desk shows that they are muted.
    muted: BTreeSet<UserId>,
    /// The run that writes a callback for the caller; `None` if it could not be written, or if a person has taken the caller since.
    callback: Option<EffectId>,
    /// All runs that write one.
    callbacks: BTreeSet<EffectId>,
    /// The agent who has begun the call, if one has and still has it.
    begun: Option<UserId>,
    /// Whether it is between two agents.
    is_internal: bool,
    is_answered: bool,
    ring_back: Option<LegId>,
    /// Phones that were rung to join the call here, in order.
    pub(crate) rung: Vec<EffectId>,
    /// Those of them that nobody has stopped.
    ringing: BTreeSet<EffectId>,
    /// People on a phone, other than agents, who talk with the caller.
    outsiders: BTreeSet<EffectId>,
}

impl AgentPromises {
    pub(crate) fn take_in(&mut self, fact: &Fact) {
        match fact {
            Fact::CallStarted { begun: Some(begun), .. } => {
                (self.begun, self.is_internal) = (Some(begun.by), begun.colleague.is_some());
                self.accepted.insert(begun.by, false);
            }
            // They died with the process.
            Fact::ServerRestarted { .. } => (self.ring_back, self.offer_died) = (None, self.offered),
            Fact::DeskAccepted { handoff, user_id, .. } => {
                self.offered.take_if(|offered| offered == handoff);
                self.accepted.entry(*user_id).or_default();
            }
            Fact::ToolDone { effect, outcome, .. } if !matches!(outcome, ToolOutcome::Done { .. }) => {
                self.callback.take_if(|noted| noted == effect);
            }
            Fact::DeskFailed { handoff, .. } => drop(self.offered.take_if(|offered| offered == handoff)),
            _ => {}
        }
    }

    pub(crate) fn check(&mut self, effect: &Effect, has_ended: bool) {
        match effect {
            Effect::Offer { handoff, .. } => {
                let before = self.offered.replace(*handoff);
                let is_once = before.is_none() || before == self.offer_died;
                assert!(!has_ended && is_once, "offered twice, or without a hand-off");
                self.offer_died = None;
            }
            Effect::CallColleague { handoff, by, .. } => {
                let is_theirs = self.is_internal && self.begun == Some(*by);
                assert!(
                    is_theirs && !has_ended && self.offered.replace(*handoff).is_none(),
                    "a colleague is called by the wrong agent"
                );
            }
            Effect::NotReached { user_id, .. } => {
                assert!(
                    self.begun == Some(*user_id) && !self.is_answered,
                    "an agent who has called nobody failed to reach someone"
                );
            }
            Effect::StartRingBack { leg, .. } => {
                assert!(
                    self.begun.is_some() && !self.is_answered && !has_ended,
                    "a ring-back tone for nobody"
                );
                assert_eq!(self.ring_back.replace(*leg), None, "two ring-back tones");
            }
            Effect::StopRingBack(leg) => {
                assert_eq!(self.ring_back.take(), Some(*leg), "the tone plays on another leg")
            }
            Effect::StartAssistant { .. } => {
                assert!(
                    self.begun.is_none(),
                    "an assistant in a call that belongs to the agent who began it"
                );
            }
            Effect::Note(Decision::Answered) => self.is_answered = true,
            Effect::WithdrawOffer { handoff, .. } => {
                assert_eq!(self.offered.take(), Some(*handoff), "an offer was withdrawn that did not exist");
            }
            Effect::Note(Decision::CallbackNoted { effect, .. }) => {
                assert_eq!(self.callback.replace(*effect), None, "two callbacks");
                self.callbacks.insert(*effect);
            }
            Effect::Write { effect, write } if matches!(**write, ToolWrite::Callback(_)) => {
                assert!(self.callbacks.contains(effect), "a callback that was never decided");
            }
            Effect::Note(Decision::HandoffBridged { .. }) => self.callback = None,
            Effect::Note(Decision::SupervisorLeft { user_id, how: SupervisionEnd::TookOver, .. }) => {
                self.accepted.entry(*user_id).or_default();
            }
            Effect::Note(Decision::AgentJoined { user_id, .. }) => {
                let talks = self.accepted.get_mut(user_id).expect("an agent who joins has accepted");
                assert!(!std::mem::replace(talks, true), "joined twice");
                self.callback = None;
            }
            Effect::RingPhone { ringing, .. } => {
                assert!(!has_ended && !self.rung.contains(ringing), "rung twice, or after the end");
                self.rung.push(*ringing);
                self.ringing.insert(*ringing);
            }
            Effect::StopPhone { ringing } => {
                assert!(self.ringing.remove(ringing), "stopped twice, or never rung: {ringing}");
            }
            Effect::Note(Decision::OutsiderJoined { consult, .. }) => {
                assert!(self.outsiders.insert(*consult), "joined twice");
            }
            Effect::Note(Decision::OutsiderLeft { consult, talked_ms, .. }) => {
                assert_eq!(self.outsiders.remove(consult), talked_ms.is_some());
            }
            Effect::AgentLeft { user_id, has_talked } => {
                let talked =
                    self.accepted.remove(user_id).expect("an agent who leaves has accepted, and leaves once");
                assert_eq!(talked && !self.is_internal, *has_talked);
                self.begun.take_if(|by| by == user_id);
                self.muted.remove(user_id);
            }
            Effect::AgentIs { user_id, status } => {
                let talks = self.accepted.get(user_id).expect("an agent in the call has accepted");
                assert_eq!(*talks, status.talks_since.is_some());
                self.muted.remove(user_id);
                self.muted.extend(status.is_muted.then_some(*user_id));
            }
            _ => {}
        }
    }

    /// Whether agents have taken over.
    pub(crate) fn talk(&self) -> bool {
        self.accepted.values().any(|talks| *talks) || !self.outsiders.is_empty()
    }

    /// Whether a party that has answered waits for the agent who began the call.
    pub(crate) fn are_awaited(&self) -> bool {
        self.begun.is_some() && self.is_answered
    }

    /// Checks that no ring-back tone plays after the end, and that a call between agents has an agent who began it.
    pub(crate) fn check_state(&self, has_ended: bool) {
        assert!(!has_ended || self.ring_back.is_none(), "a ring-back tone in a call that is over");
        let is_theirs = self.is_internal && !has_ended;
        assert!(!is_theirs || self.begun.is_some(), "a call between agents without the agent who called");
    }

    /// Whether one of them has muted themselves.
    pub(crate) fn are_muted(&self) -> bool {
        !self.muted.is_empty()
    }

    pub(crate) fn keep_at_the_end(&self) {
        let is_offered = self.offered.is_some() && self.offered != self.offer_died;
        assert!(!is_offered, "the offer is never withdrawn: {:?}", self.offered);
        assert!(self.ringing.is_empty(), "phones ring for ever: {:?}", self.ringing);
        assert!(self.outsiders.is_empty(), "people are left on a phone: {:?}", self.outsiders);
        assert!(self.accepted.is_empty(), "agents are left in the call: {:?}", self.accepted);
    }
}
