//! Agents at their desks. Their legs are ours, and cords join them with the caller, whose leg stays where it is.
//!
//! ```text
//! accepted ──their audio joins──> with the caller ──the last of them hangs up──────────> the end
//!     │ 10 s                          │ audio lost: music to the caller, 15 s for the way back ┐
//!     ▼                               │ hands the caller back                                  ▼
//!  nobody took over                   └────────────────────────────────────────────> the assistant
//! ```
//! The agents in the call are kept apart from the phase, so a caller whose line is lost finds them still there when they come back.

mod leaving;
mod shown;

use cordboard_schema::agent::{AgentEnd, AgentRequest};
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::limits::TOGETHER_MS_MAX;
use cordboard_schema::line::Line;
use cordboard_schema::switch::{AssistantInHandoff, Capability};
use cordboard_schema::time::UnixMs;

use super::holding::{HoldEvent, HoldOwner};
use super::news::MissedEvents;
use super::participants::{Agent, Participant, RETURN_MS, Role, Who};
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::handoff::{HandoffEvent, Stage};
use crate::{Attention, CommandRefused};

impl Machine {
    /// Whether agents have taken over, or have left the caller to an external party.
    pub(super) fn has_agents(&self) -> bool {
        self.participants.talkers().any(Participant::talks)
    }

    /// Whether this agent is in the call or about to be: they have accepted it.
    pub(super) fn has_agent(&self, user: UserId) -> bool {
        self.participants.agent(user).is_some()
    }

    /// Returns the agents who have accepted the call, in that order.
    pub(super) fn agents_in_call(&self) -> impl Iterator<Item = UserId> {
        self.participants.agents().filter_map(Participant::as_agent).map(|agent| agent.user_id)
    }

    /// Returns the hand-off or consultation that brought this agent into the call.
    pub(super) fn accepted_by(&self, user: UserId) -> Option<EffectId> {
        self.participants.agent(user)?.as_agent()?.accepted
    }

    /// Returns the leg of this agent's audio, if it has joined.
    pub(super) fn leg_of_agent(&self, user: UserId) -> Option<LegId> {
        self.participants.agent(user).and_then(Participant::ear)
    }

    /// Returns when the call stops waiting for an agent or external party whose audio is gone, or for a colleague who was asked.
    pub(super) fn agents_deadline_at(&self) -> Option<UnixMs> {
        let audio = self.participants.agents_awaited_until();
        let deadlines = [
            audio,
            self.participants.external_parties_awaited_until(),
            self.consults.deadline(),
            self.participants.phones_awaited_until(),
            self.briefing.deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// This participant talks with the caller from now on.
    pub(super) fn meets_caller(&mut self, who: Who, now: UnixMs) {
        if let Some(one) = self.participants.find_mut(who) {
            one.presence.takes_part(now);
        }
    }

    /// An agent has accepted. The caller waits for their audio as before.
    pub(super) fn await_agent(&mut self, handoff: EffectId, user_id: UserId) {
        if !self.has_agent(user_id) {
            let agent = Agent { user_id, accepted: Some(handoff), is_muted: false, shown: None };
            self.participants.add(Role::Agent(agent));
        }
    }

    /// An agent's audio has arrived. It is accepted if they have accepted the call, and replaces their earlier audio.
    pub(super) fn agent_leg_arrived(&mut self, leg: LegId, user: UserId, fx: &mut Effects) {
        if self.lifecycle.has_ended() || !self.has_agent(user) {
            return fx.push(Effect::RefuseLeg(leg));
        }
        self.participant_arrived(Who::Agent(user), leg, fx);
        self.talks_elsewhere(user, fx);
        fx.push(Effect::StartLeg(leg));
    }

    /// The audio of an agent who has accepted the call has joined.
    pub(super) fn agent_is_here(&mut self, user: UserId, leg: LegId, now: UnixMs, fx: &mut Effects) {
        let Some(handoff) = self.accepted_by(user) else { return };
        let talks = self.participants.agent(user).is_some_and(Participant::talks);
        if !talks && self.is_accepted_by(handoff, user) {
            self.person_is_here((handoff, Who::Agent(user)), leg, now, fx);
        }
        self.colleague_joined(user, leg, now, fx);
        self.beginner_audio_joined(user, leg, now, fx);
    }

    fn is_accepted_by(&self, handoff: EffectId, user: UserId) -> bool {
        let by = |stage| matches!(stage, Stage::Accepted { agent: Some(agent), .. } if agent == user);
        self.handoffs.newest().is_some_and(|known| known.id == handoff && by(known.stage()))
    }

    /// An agent's audio is lost. It may come back.
    pub(super) fn agent_is_away(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        let Some(handoff) = self.accepted_by(user) else { return };
        let is_there = self.is_consulted(user) || self.begins(user);
        let Some(one) = self.participants.agent_mut(user) else { return };
        match one.talks() || is_there {
            true => one.presence.is_away(now + RETURN_MS),
            false => one.presence.is_lost(),
        }
        self.whisper_broken(handoff, fx);
        self.rewire(fx);
    }

    /// Caller and agent talk from now on.
    pub(super) fn agent_takes_over(
        &mut self,
        handoff: EffectId,
        user_id: UserId,
        leg: LegId,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.meets_caller(Who::Agent(user_id), now);
        self.outgoing.person_joined();
        fx.push(note(Decision::AgentJoined { handoff, user_id, leg }));
        self.handoffs.calling_back_mut().is_taken();
        self.handoff_event(handoff, &HandoffEvent::Bridged, now, fx);
        // A caller whose line is lost at the moment comes back to them.
        if !matches!(*self.lifecycle.phase(), Phase::Interrupted { .. }) {
            self.leave_to_agents(now, fx);
        }
    }

    /// Only agents talk with the caller from now on.
    pub(super) fn leave_to_agents(&mut self, now: UnixMs, fx: &mut Effects) {
        self.conversation_stops(now, fx);
        self.hush(fx);
        self.conversation.clear_pending_speech();
        // Agents have read it. An assistant that comes later would answer it again.
        drop(self.conversation.take_unread());
        // A later assistant learns what has come of it.
        drop(self.conversation.take_missed_events());
        self.handoffs.forget_request();
        self.holding.apply(HoldEvent::WantedNoMore, now, fx);
        self.step(Step::LeaveToAgents { until: now + TOGETHER_MS_MAX });
        match self.profile.assistant_in_handoff {
            AssistantInHandoff::Released => self.let_assistant_go(fx),
            AssistantInHandoff::Kept => self.attend(Attention::Listen, fx),
        }
        self.rewire(fx);
        self.answer_awaited_next(fx);
    }

    /// Whether an agent may ask for this.
    ///
    /// # Errors
    /// Returns the reason if they may not.
    pub(super) fn admits_of_agent(&self, user: UserId, request: &AgentRequest) -> Result<(), CommandRefused> {
        use AgentRequest as Request;
        if let Some(admitted) = self.admits_of_beginner(user, request) {
            return admitted;
        }
        if self.is_consulted(user) {
            return match request {
                Request::HangUp | Request::Mute | Request::Unmute => Ok(()),
                _ => Err(CommandRefused::NotInCall),
            };
        }
        if *request == Request::TalkNow {
            let is_briefed = self.briefing.listener() == Some(Who::Agent(user));
            return if is_briefed { Ok(()) } else { Err(CommandRefused::NotInCall) };
        }
        if *request == Request::HangUp && self.has_only_accepted(user) {
            return Ok(());
        }
        let agent = self.participants.agent(user);
        agent.filter(|agent| agent.talks()).ok_or(CommandRefused::NotInCall)?;
        self.admits_alongside_colleagues(user, request)?;
        let is_held = self.holding.is(HoldOwner::Agents);
        match request {
            Request::Hold if is_held => Err(CommandRefused::AlreadyHeld),
            Request::Unhold if !is_held => Err(CommandRefused::NotHeld),
            // Otherwise the colleague's leg gets them.
            Request::SendDtmf { .. } if self.leg_asked_by(user).is_none() => {
                self.admits_if_able(Capability::SendDtmf)
            }
            _ => Ok(()),
        }
    }

    /// Whether this agent has accepted a call that others began and is not talking with anyone yet.
    fn has_only_accepted(&self, user: UserId) -> bool {
        let talks = self.participants.agent(user).map(Participant::talks);
        talks == Some(false) && !self.is_consulted(user) && !self.begins(user) && !self.is_internal()
    }

    /// Returns how many others talk with the caller besides this agent.
    pub(super) fn others_than(&self, user: UserId) -> usize {
        let talkers = self.participants.talkers().filter(|one| one.talks());
        talkers.filter(|one| one.who() != Who::Agent(user)).count()
    }

    /// Handles an agent's request to the call.
    pub(super) fn agent_asked(
        &mut self,
        user: UserId,
        request: &AgentRequest,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.admits_of_agent(user, request).is_err() {
            return;
        }
        match request {
            AgentRequest::HangUp if self.is_consulted(user) => {
                self.agent_leaves(user, AgentEnd::ConsultOver, now, fx);
            }
            AgentRequest::HangUp if self.has_only_accepted(user) => self.hangs_up_unheard(user, now, fx),
            AgentRequest::HangUp if self.others_than(user) > 0 && !self.is_internal() => {
                self.agent_leaves(user, AgentEnd::Left, now, fx);
            }
            AgentRequest::HangUp => {
                let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Agent };
                self.end(ending, NextStep::Hangup, fx);
            }
            AgentRequest::Hold => self.agents_hold(now, fx),
            AgentRequest::Unhold => {
                self.agents_unhold(now, fx);
                self.rewire(fx);
            }
            AgentRequest::Mute | AgentRequest::Unmute => {
                let one = self.participants.agent_mut(user);
                if let Some(Participant { role: Role::Agent(agent), .. }) = one {
                    agent.is_muted = *request == AgentRequest::Mute;
                }
                self.rewire(fx);
            }
            AgentRequest::SendDtmf { digits } => match self.leg_asked_by(user) {
                Some(leg) => fx.push(Effect::SendDtmf { leg, digits: digits.as_slice().to_vec() }),
                None => self.dtmf_asked(digits.as_slice(), fx),
            },
            AgentRequest::HandBack { note: text } => {
                fx.push(note(Decision::HandedBack { user_id: user, note: text.clone() }));
                let news = match text.trim() {
                    "" => "an agent has talked with the caller, and gives them back to you".to_owned(),
                    text => format!(
                        "an agent has talked with the caller, gives them back to you, and says: {text}"
                    ),
                };
                self.agent_leaves(user, AgentEnd::HandedBack, now, fx);
                let news = MissedEvents { message: news, opening: Line::WelcomeBack };
                self.caller_without_agents(news, now, fx);
            }
            AgentRequest::Transfer { target, note } => self.transfer_on(user, target, note, now, fx),
            AgentRequest::Consult { target, note } => self.consult(user, target, note, now, fx),
            AgentRequest::JoinConsult => self.join_consult(now, fx),
            AgentRequest::CompleteConsult => self.complete_consult(user, now, fx),
            AgentRequest::CancelConsult => self.cancel_consult(now, fx),
            AgentRequest::TalkNow => self.whisper_over(now, fx),
        }
    }
}
