//! Calls that agents begin at their desks: to a number, or to a colleague.
//!
//! ```text
//!                         ┌──> Dialling ──answered──> Waiting ──audio──> WithAgents, like any call that agents have
//! the agent's audio joins ┤     │ nobody is reached, or they hang up
//!     │ 15 s              └──> Ringing (AgentToAgentCall) ──the colleague accepts, their audio joins──> Talking (AgentToAgentCall)
//!     ▼                         │ nobody takes it, or they hang up                               │ either hangs up
//!   Ended <─────────────────────┴────────────────────────────────────────────────────────────────┘
//! ```
//! Nobody is called until the agent can be heard. Until the other party answers, the call is the agent's alone and ends with them.
//! Meanwhile they hear a ring-back tone. No assistant is started. A called number meets one only if the agent hands the call over.

use cordboard_schema::agent::{AgentDialling, AgentEnd, AgentRequest, BegunAtDesk};
use cordboard_schema::call::{CallState, Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{CordId, EffectId, LegId, UserId};
use cordboard_schema::limits::TOGETHER_MS_MAX;
use cordboard_schema::outbound::Dialled;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::outgoing::AgentCall;
use super::participants::{Participant, RETURN_MS, Who};
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::handoff::HandoffEvent;
use crate::{CommandRefused, DeskPlace};

/// How much longer than the offer itself its answer by the router is awaited, in ms.
const OFFER_GRACE_MS: u64 = 5_000;
/// How long a colleague's audio may take to join after they have accepted, in ms.
const AUDIO_MS_MAX: u64 = 10_000;

/// An agent's view of a call that they began, in addition to the view of every call.
pub(super) struct ShownAgentCall {
    /// They have begun it and are not talking with anyone yet.
    pub(super) begins: bool,
    /// The party that they are calling.
    pub(super) dialling: Option<AgentDialling>,
    /// The other agent, in a call between two agents.
    pub(super) colleague: Option<UserId>,
}

/// A call between two agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AgentToAgentCall {
    stage: Stage,
    pub(super) until: UnixMs,
}

#[cfg(test)]
impl AgentToAgentCall {
    /// A call that rings although nobody has begun it. This state can't occur.
    pub(super) const fn without_beginner(until: UnixMs) -> Self {
        Self { stage: Stage::Ringing, until }
    }
}

/// The stages of a call between two agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The calling agent's audio is awaited.
    Beginning,
    /// The call is offered to the colleague.
    Ringing,
    /// The colleague has accepted, and their audio is awaited.
    Accepted(UserId),
    /// The two are talking.
    Talking,
}

impl AgentToAgentCall {
    pub(super) fn state(self) -> CallState {
        if self.stage == Stage::Talking { CallState::Live } else { CallState::Dialling }
    }
}

impl Machine {
    /// An agent begins this call.
    pub(super) fn begun_at_desk(&mut self, begun: &BegunAtDesk, dialled: Option<&Dialled>, now: UnixMs) {
        if self.outgoing.agent_call().is_some()
            || self.numbers.has_legs()
            || !matches!(*self.lifecycle.phase(), Phase::Waiting { .. })
        {
            return;
        }
        let to = dialled.map(|dialled| dialled.target.to_string()).or(begun.colleague.clone());
        let Some(to) = to else { return };
        let number = self.number_effect();
        let is_internal = dialled.is_none();
        self.outgoing.begun_by_agent(begun.by, number, to, is_internal, now);
        self.await_agent(number, begun.by);
        if is_internal {
            self.step(Step::BetweenAgents(AgentToAgentCall {
                stage: Stage::Beginning,
                until: now + RETURN_MS,
            }));
        }
    }

    /// Whether this is a call between two agents.
    pub(super) fn is_internal(&self) -> bool {
        self.outgoing.agent_call().is_some_and(AgentCall::is_internal)
    }

    /// Whether an agent has begun it and nobody has answered yet. Such a call ends with the agent.
    pub(super) fn is_agents_alone(&self) -> bool {
        self.outgoing.agent_call().is_some() && self.answered_at.is_none() && !self.lifecycle.has_ended()
    }

    /// Whether this agent has begun it and is not talking with anyone yet. If they have left it since and take the caller over again, they
    /// count as any other agent.
    pub(super) fn begins(&self, user: UserId) -> bool {
        let Some(begun) = self.outgoing.agent_call().filter(|begun| begun.by() == user) else {
            return false;
        };
        let talks = self.participants.agent(user).is_some_and(Participant::talks);
        self.accepted_by(user) == Some(begun.number()) && !talks
    }

    /// Whether a party has answered and waits for the agent who began the call.
    pub(super) fn is_awaited(&self) -> bool {
        self.outgoing.agent_call().is_some_and(|begun| self.begins(begun.by()))
    }

    /// Returns what this agent sees of a call that an agent has begun.
    pub(super) fn shown_begun(&self, user: UserId) -> ShownAgentCall {
        let begun = self.outgoing.agent_call().filter(|begun| begun.by() == user && self.is_agents_alone());
        let mut others = self.agents_in_call().filter(|other| *other != user);
        ShownAgentCall {
            begins: self.begins(user),
            dialling: begun.map(|begun| begun.dialling().clone()),
            colleague: if self.is_internal() { others.next() } else { None },
        }
    }

    /// An agent's audio has joined. They may be the one who began the call, or the colleague who is being called.
    pub(super) fn beginner_audio_joined(&mut self, user: UserId, leg: LegId, now: UnixMs, fx: &mut Effects) {
        match *self.lifecycle.phase() {
            Phase::Dialling(_) if self.begins(user) => self.dialling_may_begin(now, fx),
            // They were briefly away when the other party answered.
            Phase::WithAgents { .. } if self.begins(user) => self.beginner_meets_callee(user, leg, now, fx),
            Phase::AgentToAgentCall(AgentToAgentCall { stage: Stage::Beginning, .. })
                if self.begins(user) =>
            {
                self.ask_colleague(now, fx);
            }
            // The second of the two has joined.
            Phase::AgentToAgentCall(AgentToAgentCall { stage: Stage::Accepted(colleague), .. })
                if self.leg_of_agent(colleague).is_some() =>
            {
                self.colleagues_talk(now, fx);
            }
            _ => {}
        }
    }

    fn ask_colleague(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(begun) = self.outgoing.agent_call() else { return };
        let ring_ms = self.ring_ms();
        let (handoff, by) = (begun.number(), begun.by());
        let place = DeskPlace::Extension(begun.dialling().to.clone());
        self.step(Step::BetweenAgents(AgentToAgentCall {
            stage: Stage::Ringing,
            until: now + ring_ms + OFFER_GRACE_MS,
        }));
        fx.push(Effect::CallColleague { handoff, place, by, ring_ms });
    }

    /// The colleague's desk shows the call.
    pub(super) fn desk_rings(&mut self, handoff: EffectId, now: UnixMs, fx: &mut Effects) {
        if self.is_begun_by(handoff) {
            self.outgoing.agent_call_rings(now);
        }
        self.handoff_event(handoff, &HandoffEvent::TakenAtDesk, now, fx);
    }

    /// Whether this number is the one by which the agents of a call between them are in it.
    fn is_begun_by(&self, handoff: EffectId) -> bool {
        self.outgoing.agent_call().is_some_and(|begun| begun.number() == handoff)
    }

    /// Accepts the call for this agent at their desk, if it is a call between agents. Returns whether it is.
    pub(super) fn colleague_accepted(&mut self, handoff: EffectId, user: UserId, now: UnixMs) -> bool {
        let rings = matches!(
            *self.lifecycle.phase(),
            Phase::AgentToAgentCall(AgentToAgentCall { stage: Stage::Ringing, .. })
        );
        let is_it =
            self.is_begun_by(handoff) && self.outgoing.agent_call().is_some_and(|begun| begun.by() != user);
        if rings && is_it {
            self.step(Step::BetweenAgents(AgentToAgentCall {
                stage: Stage::Accepted(user),
                until: now + AUDIO_MS_MAX,
            }));
            self.await_agent(handoff, user);
        }
        rings && is_it
    }

    /// Ends a call between agents that nobody accepts. Returns whether it is such a call.
    pub(super) fn colleague_failed(
        &mut self,
        handoff: EffectId,
        failure: HandoffFailure,
        fx: &mut Effects,
    ) -> bool {
        let rings = matches!(
            *self.lifecycle.phase(),
            Phase::AgentToAgentCall(AgentToAgentCall { stage: Stage::Ringing, .. })
        );
        if !rings || !self.is_begun_by(handoff) {
            return false;
        }
        self.outgoing.colleague_not_reached(failure);
        let ending = Ending { cause: HangupCause(failure.as_str().to_owned()), by: HangupBy::Server };
        self.end(ending, NextStep::Hangup, fx);
        true
    }

    fn colleagues_talk(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(begun) = self.outgoing.agent_call() else { return };
        let (handoff, by) = (begun.number(), begun.by());
        if self.leg_of_agent(by).is_none() {
            return;
        }
        self.step(Step::BetweenAgents(AgentToAgentCall {
            stage: Stage::Talking,
            until: now + TOGETHER_MS_MAX,
        }));
        self.answered_at = Some(now);
        fx.push(note(Decision::Answered));
        for user_id in self.agents_in_call().collect::<Vec<_>>() {
            let Some(leg) = self.leg_of_agent(user_id) else { continue };
            self.meets_caller(Who::Agent(user_id), now);
            fx.push(note(Decision::AgentJoined { handoff, user_id, leg }));
        }
        self.rewire(fx);
    }

    /// The called party has answered and can be heard: the two talk.
    pub(super) fn callee_answered(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(by) = self.outgoing.agent_call().map(AgentCall::by) else { return };
        match self.leg_of_agent(by) {
            Some(leg) => self.beginner_meets_callee(by, leg, now, fx),
            // The agent has left meanwhile. The person who answered is told why nobody is there.
            None if self.is_for_agents() => {
                self.agent_leaves(by, AgentEnd::AudioLost, now, fx);
                return self.live_answer(now, fx);
            }
            None => {}
        }
        self.leave_to_agents(now, fx);
    }

    fn beginner_meets_callee(&mut self, user_id: UserId, leg: LegId, now: UnixMs, fx: &mut Effects) {
        let Some(handoff) = self.outgoing.agent_call().map(AgentCall::number) else { return };
        self.meets_caller(Who::Agent(user_id), now);
        self.outgoing.person_joined();
        fx.push(note(Decision::AgentJoined { handoff, user_id, leg }));
    }

    /// Whether an agent may ask for this in a call that nobody has answered or that is between agents. `None` for any other call.
    pub(super) fn admits_of_beginner(
        &self,
        user: UserId,
        request: &AgentRequest,
    ) -> Option<Result<(), CommandRefused>> {
        let is_theirs = self.begins(user) || (self.is_internal() && self.has_agent(user));
        is_theirs.then_some(match request {
            AgentRequest::HangUp | AgentRequest::Mute | AgentRequest::Unmute => Ok(()),
            _ => Err(CommandRefused::NotConversing),
        })
    }

    /// An agent's audio has not come back, or their time is over. Returns whether the call ends because of it.
    pub(super) fn ends_with(&mut self, user: UserId, fx: &mut Effects) -> bool {
        let ends = self.has_agent(user) && (self.is_internal() || self.is_agents_alone());
        if ends {
            self.end_without_agent_audio(fx);
        }
        ends
    }

    /// The audio of an agent without whom there is no call did not join in time.
    pub(super) fn end_without_agent_audio(&mut self, fx: &mut Effects) {
        let ending = Ending { cause: HangupCause::no_audio(), by: HangupBy::Server };
        self.end(ending, NextStep::Hangup, fx);
    }

    /// The time for the current stage of a call between agents is over.
    pub(super) fn internal_deadline(&mut self, fx: &mut Effects) {
        let Phase::AgentToAgentCall(AgentToAgentCall { stage, .. }) = *self.lifecycle.phase() else { return };
        match stage {
            Stage::Beginning => self.end_without_agent_audio(fx),
            Stage::Ringing | Stage::Accepted(_) => {
                let Some(handoff) = self.outgoing.agent_call().map(AgentCall::number) else { return };
                let failure = match stage {
                    Stage::Ringing => HandoffFailure::NoAnswer,
                    // They have accepted but could not be heard.
                    _ => HandoffFailure::Timeout,
                };
                self.outgoing.colleague_not_reached(failure);
                if stage == Stage::Ringing {
                    fx.push(Effect::WithdrawOffer { handoff, is_taken: false });
                }
                let cause = HangupCause(failure.as_str().to_owned());
                self.end(Ending { cause, by: HangupBy::Server }, NextStep::Hangup, fx);
            }
            Stage::Talking => {
                let ending = Ending { cause: HangupCause::max_duration(), by: HangupBy::Server };
                self.end(ending, NextStep::Hangup, fx);
            }
        }
    }

    /// Returns why a call that an agent has begun and that ends now has reached nobody.
    pub(super) fn failure_of_begun(&self, by: HangupBy) -> Option<HandoffFailure> {
        let begun = self.outgoing.agent_call().filter(|_| self.is_agents_alone())?;
        let otherwise = match *self.lifecycle.phase() {
            // The other party has answered but could never be heard.
            Phase::Waiting { .. } | Phase::Interrupted { .. } if by != HangupBy::Agent => {
                HandoffFailure::Congestion
            }
            _ => HandoffFailure::CallerLeft,
        };
        Some(begun.failure().unwrap_or(otherwise))
    }

    /// Ends it: the offer to the colleague is withdrawn, and the agent's desk gets the reason unless they have hung up themselves.
    pub(super) fn end_begun(&mut self, failure: Option<HandoffFailure>, by: HangupBy, fx: &mut Effects) {
        let Some(begun) = self.outgoing.agent_call() else { return };
        let is_offered = matches!(
            *self.lifecycle.phase(),
            Phase::AgentToAgentCall(AgentToAgentCall { stage: Stage::Ringing, .. })
        );
        if is_offered && begun.failure().is_none() {
            fx.push(Effect::WithdrawOffer { handoff: begun.number(), is_taken: false });
        }
        if let Some(failure) = failure.filter(|_| by != HangupBy::Agent && self.has_agent(begun.by())) {
            let (user_id, to) = (begun.by(), begun.dialling().to.clone());
            fx.push(Effect::NotReached { user_id, to, failure });
        }
    }

    /// The process died. A call that nobody has answered, or that is between agents, ends, because their audio is lost.
    pub(super) fn begun_died(&mut self, now: UnixMs, fx: &mut Effects) -> bool {
        self.outgoing.process_died();
        let is_over = self.is_agents_alone() || (self.is_internal() && !self.lifecycle.has_ended());
        if is_over {
            // It is unknown whether the phone was called. The switch ends whatever there is.
            self.dialling_lost(now);
            let ending = Ending { cause: HangupCause::server_restart(), by: HangupBy::Server };
            self.end(ending, NextStep::Hangup, fx);
        }
        is_over
    }

    /// Returns the cord of an agent who hears the ring-back tone.
    pub(super) fn ring_back_cord(&self) -> Option<CordId> {
        let begun = self.outgoing.agent_call()?;
        let (from, to) = begun.ring_back().zip(self.leg_of_agent(begun.by()))?;
        Some(CordId { from, to })
    }

    /// Starts and stops the ring-back tone; runs after each step.
    pub(super) fn tend_ring_back(&mut self, fx: &mut Effects) {
        let is_calling = match *self.lifecycle.phase() {
            Phase::Dialling(dialling) => dialling.is_begun(),
            Phase::AgentToAgentCall(AgentToAgentCall { stage, .. }) => {
                matches!(stage, Stage::Ringing | Stage::Accepted(_))
            }
            _ => false,
        };
        let Some(begun) = self.outgoing.agent_call() else { return };
        let ear = self.leg_of_agent(begun.by()).filter(|_| is_calling);
        match (begun.ring_back(), ear) {
            (None, Some(to)) => {
                let leg = self.number_leg();
                self.outgoing.ring_back_is(Some(leg));
                fx.push(Effect::StartRingBack { leg, to });
                self.rewire(fx);
            }
            (Some(leg), None) => {
                self.outgoing.ring_back_is(None);
                self.rewire(fx);
                fx.push(Effect::StopRingBack(leg));
            }
            _ => {}
        }
    }
}
