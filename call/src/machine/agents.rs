//! Agents at their desks: their legs are ours, and cords join them with the caller, whose leg stays where it is.
//!
//! ```text
//! accepted ──their audio joins──> with the caller ──the last of them hangs up──────────> the end
//!     │ 10 s                          │ audio lost: music to the caller, 15 s for the way back ┐
//!     ▼                               │ hands the caller back                                  ▼
//!  nobody took over                   └────────────────────────────────────────────> the assistant
//! ```
//! Who is in the call stands beside the phase: a caller who is lost and comes back finds them still there.

mod leaving;
mod shown;

use cordboard_schema::agent::{AgentEnd, AgentWish, ConsultEnd};
use cordboard_schema::call::{Ending, HangupBy, HangupCause, LegEnd};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::line::Line;
use cordboard_schema::switch::AssistantInHandoff;
use cordboard_schema::time::UnixMs;

use super::agent_phones::AgentPhone;
use super::consults::Consulting;
use super::holding::{HoldEvent, Whose};
use super::news::News;
use super::outsiders::Outsider;
use super::whisper::{Listener, Whisper};
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::effect::AgentStands;
use crate::handoff::{HandoffEvent, Stage};
use crate::{Attention, CommandRefused};

/// How long an agent's audio is waited for that is gone: a page that is loaded anew takes 2 s.
pub(super) const RETURN_MS: u64 = 15_000;
/// The longest that a caller and agents are joined. No conversation is that long; a forgotten tab would be.
pub(super) const TOGETHER_MS_MAX: u64 = 12 * 3_600_000;

/// The agents of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Agents {
    pub(super) all: Vec<AgentInCall>,
    /// A colleague whom one of them asks.
    pub(super) consulting: Option<Consulting>,
    /// How the last one was reached.
    pub(super) last_consult: Option<ConsultEnd>,
    /// The caller in two sentences, once they were made.
    pub(super) brief: Option<String>,
    /// Whoever is being told of the caller.
    pub(super) whisper: Option<Whisper>,
    /// The music that the caller hears while no agent does.
    pub(super) music: Option<LegId>,
    /// Phones of agents that ring, or on which they talk.
    pub(super) phones: Vec<AgentPhone>,
    /// Who is no agent, and talks on a phone.
    pub(super) outsiders: Vec<Outsider>,
}

/// An agent who has accepted the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AgentInCall {
    pub(super) user_id: UserId,
    pub(super) handoff: EffectId,
    /// Their audio, from when it arrives.
    leg: Option<LegId>,
    /// It stands.
    has_joined: bool,
    is_muted: bool,
    /// Since when they talk with the caller.
    pub(super) talks_since: Option<UnixMs>,
    /// Their audio is gone: when it is waited for no longer.
    away_until: Option<UnixMs>,
    /// What their desks were told last.
    told: Option<AgentStands>,
}

impl AgentInCall {
    /// The leg that hears and, unless they are muted, speaks.
    pub(super) fn ear(&self) -> Option<LegId> {
        self.leg.filter(|_| self.has_joined)
    }

    pub(super) fn mouth(&self) -> Option<LegId> {
        self.ear().filter(|_| !self.is_muted)
    }

    pub(super) fn is(&self, user: UserId) -> bool {
        self.user_id == user
    }

    /// Whether they talk with the caller.
    pub(super) fn talks(&self) -> bool {
        self.talks_since.is_some()
    }
}

impl Agents {
    /// When an agent whose audio is gone, or a colleague who is asked, is waited for no longer.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        let consult = self.consulting.as_ref().and_then(Consulting::deadline);
        let lifted = self.phones.iter().filter_map(|phone| phone.until);
        let whisper = self.whisper.map(|whisper| whisper.until);
        self.next_loss().into_iter().chain(consult).chain(lifted).chain(whisper).min()
    }

    /// When an agent whose audio is gone is waited for no longer.
    fn next_loss(&self) -> Option<UnixMs> {
        self.all.iter().filter_map(|agent| agent.away_until).min()
    }

    /// Their legs, those that have not joined yet as well.
    pub(super) fn legs(&self) -> impl Iterator<Item = LegId> + '_ {
        let outsiders = self.outsiders.iter().filter_map(|outsider| outsider.leg);
        self.all.iter().filter_map(|agent| agent.leg).chain(outsiders).chain(self.waiting_legs())
    }

    /// Audio of agents who have lifted their handset, and don't have the call yet.
    fn waiting_legs(&self) -> impl Iterator<Item = LegId> + '_ {
        let waits = |phone: &&AgentPhone| !self.all.iter().any(|agent| agent.is(phone.user_id));
        self.phones.iter().filter(waits).filter_map(|phone| phone.leg)
    }

    /// Somebody on a phone, by the consultation that led to them.
    pub(super) fn outsider(&self, consult: EffectId) -> Option<&Outsider> {
        self.outsiders.iter().find(|outsider| outsider.consult == consult)
    }

    /// The ears of all who are there, but the caller's.
    pub(super) fn ears(&self) -> impl Iterator<Item = LegId> + '_ {
        self.all.iter().filter_map(AgentInCall::ear).chain(self.outsiders.iter().filter_map(Outsider::ends))
    }

    /// The mouths of all who are there and may be heard, but the caller's.
    pub(super) fn mouths(&self) -> impl Iterator<Item = LegId> + '_ {
        self.all.iter().filter_map(AgentInCall::mouth).chain(self.outsiders.iter().filter_map(Outsider::ends))
    }

    /// This is the audio of an agent from now on, who is in the call.
    pub(super) fn gets_leg(&mut self, user: UserId, leg: LegId) {
        if let Some(agent) = self.of(user) {
            (agent.leg, agent.has_joined) = (Some(leg), false);
        }
    }

    /// The same, of audio that stands already.
    pub(super) fn gets_joined_leg(&mut self, user: UserId, leg: LegId) {
        if let Some(agent) = self.of(user) {
            (agent.leg, agent.has_joined) = (Some(leg), true);
        }
    }

    /// It is no more.
    pub(super) fn loses_leg(&mut self, leg: LegId) {
        if let Some(agent) = self.by_leg(leg) {
            (agent.leg, agent.has_joined) = (None, false);
        }
    }

    /// The hand-off by which an agent has come into the call.
    pub(super) fn handoff_of(&self, user: UserId) -> Option<EffectId> {
        self.all.iter().find(|agent| agent.is(user)).map(|agent| agent.handoff)
    }

    fn of(&mut self, user: UserId) -> Option<&mut AgentInCall> {
        self.all.iter_mut().find(|agent| agent.user_id == user)
    }

    fn by_leg(&mut self, leg: LegId) -> Option<&mut AgentInCall> {
        self.all.iter_mut().find(|agent| agent.leg == Some(leg))
    }

    /// The audio of this agent, where it is there.
    pub(super) fn leg_of(&self, user: UserId) -> Option<LegId> {
        self.all.iter().find(|agent| agent.user_id == user).and_then(AgentInCall::ear)
    }

    /// This agent talks with the caller from now on.
    pub(super) fn meets_caller(&mut self, user: UserId, now: UnixMs) {
        if let Some(agent) = self.of(user) {
            agent.talks_since = Some(now);
        }
    }

    /// Whether somebody hears the caller, or would if they were not on hold.
    pub(super) fn anybody_there(&self) -> bool {
        self.all.iter().any(|agent| agent.has_joined && agent.talks())
            || self.outsiders.iter().any(|outsider| outsider.talks())
    }
}

impl Machine {
    /// Whether agents have taken over, or left the caller to somebody on a phone.
    pub(super) fn has_agents(&self) -> bool {
        self.agents.all.iter().any(AgentInCall::talks)
            || self.agents.outsiders.iter().any(|outsider| outsider.talks())
    }

    /// Whether this agent is in the call, or about to be.
    pub(super) fn has_agent(&self, user: UserId) -> bool {
        self.agents.all.iter().any(|agent| agent.user_id == user)
    }

    /// An agent has accepted; the caller waits for their audio as before.
    pub(super) fn await_agent(&mut self, handoff: EffectId, user: UserId) {
        if !self.has_agent(user) {
            self.agents.all.push(AgentInCall {
                user_id: user,
                handoff,
                leg: None,
                has_joined: false,
                is_muted: false,
                talks_since: None,
                away_until: None,
                told: None,
            });
        }
    }

    /// Audio of an agent has come: taken where they have accepted, in the place of what they had before.
    pub(super) fn agent_leg_arrived(&mut self, leg: LegId, user: UserId, fx: &mut Effects) {
        let is_over = self.lifecycle.has_ended();
        let Some(agent) = self.agents.of(user).filter(|_| !is_over) else {
            return fx.push(Effect::RefuseLeg(leg));
        };
        agent.has_joined = false;
        let (before, handoff) = (agent.leg.replace(leg), agent.handoff);
        self.whisper_broken(handoff, fx);
        self.rewire(fx);
        fx.extend(before.map(Effect::ReleaseLeg));
        self.talks_elsewhere(user, fx);
        fx.push(Effect::StartLeg(leg));
    }

    /// Whether it was an agent's leg that joined.
    pub(super) fn agent_leg_joined(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) -> bool {
        if self.outsider_leg_joined(leg, now, fx) || self.phone_leg_joined(leg) {
            return true;
        }
        let Some(agent) = self.agents.by_leg(leg) else { return false };
        (agent.has_joined, agent.away_until) = (true, None);
        let (user, handoff) = (agent.user_id, agent.handoff);
        let takes_over = agent.talks_since.is_none() && self.is_accepted_by(handoff, user);
        if takes_over && !self.whisper_begins((handoff, Listener::Agent(user)), leg, now, fx) {
            self.agent_takes_over(handoff, user, leg, now, fx);
        }
        self.colleague_joined(user, leg, now, fx);
        self.beginning_goes_on(user, leg, now, fx);
        self.rewire(fx);
        true
    }

    fn is_accepted_by(&self, handoff: EffectId, user: UserId) -> bool {
        let by = |stage| matches!(stage, Stage::Accepted { agent: Some(agent), .. } if agent == user);
        self.handoff.as_ref().is_some_and(|known| known.id == handoff && by(known.stage()))
    }

    /// Whether it was an agent's leg that has gone. It may come back.
    pub(super) fn agent_leg_left(&mut self, leg: LegId, how: LegEnd, now: UnixMs, fx: &mut Effects) -> bool {
        if self.outsider_leg_left(leg, now, fx) || self.phone_leg_left(leg, how, now, fx) {
            return true;
        }
        let Some(user) = self.agents.by_leg(leg).map(|agent| agent.user_id) else { return false };
        let is_there = self.is_consulted(user) || self.begins(user);
        let Some(agent) = self.agents.of(user) else { return false };
        let handoff = agent.handoff;
        (agent.leg, agent.has_joined) = (None, false);
        if agent.talks() || is_there {
            agent.away_until = Some(now + RETURN_MS);
        }
        self.whisper_broken(handoff, fx);
        self.rewire(fx);
        true
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
        self.agents.meets_caller(user_id, now);
        fx.push(note(Decision::AgentJoined { handoff, user_id, leg }));
        self.handoff_event(handoff, &HandoffEvent::Bridged, now, fx);
        // A caller who is lost just now comes back to them.
        if !matches!(*self.lifecycle.phase(), Phase::Interrupted { .. }) {
            self.leave_to_agents(now, fx);
        }
    }

    /// Nobody but agents talk with the caller from now on.
    pub(super) fn leave_to_agents(&mut self, now: UnixMs, fx: &mut Effects) {
        self.conversation_stops(now, fx);
        self.hush(fx);
        (self.owed, self.wish) = (None, None);
        self.holding.apply(HoldEvent::WantedNoMore, now, fx);
        self.step(Step::LeaveToAgents { until: now + TOGETHER_MS_MAX });
        match self.profile.assistant_in_handoff {
            AssistantInHandoff::Released => self.let_assistant_go(fx),
            AssistantInHandoff::Kept => self.attend(Attention::Listen, fx),
        }
        self.rewire(fx);
        self.answer_owed_next(fx);
    }

    /// Whether an agent may ask for this.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn admits_of_agent(&self, user: UserId, wish: &AgentWish) -> Result<(), CommandRefused> {
        use AgentWish as Wish;
        if let Some(admitted) = self.admits_of_beginner(user, wish) {
            return admitted;
        }
        if self.is_consulted(user) {
            return match wish {
                Wish::HangUp | Wish::Mute | Wish::Unmute => Ok(()),
                _ => Err(CommandRefused::NotInCall),
            };
        }
        if *wish == Wish::TalkNow {
            let is_told =
                self.agents.whisper.is_some_and(|whisper| whisper.listener == Listener::Agent(user));
            return if is_told { Ok(()) } else { Err(CommandRefused::NotInCall) };
        }
        let agent = self.agents.all.iter().find(|agent| agent.user_id == user);
        agent.filter(|agent| agent.talks()).ok_or(CommandRefused::NotInCall)?;
        self.admits_beside_colleagues(user, wish)?;
        let is_held = self.holding.is(Whose::Agents);
        match wish {
            Wish::Hold if is_held => Err(CommandRefused::AlreadyHeld),
            Wish::Unhold if !is_held => Err(CommandRefused::NotHeld),
            _ => Ok(()),
        }
    }

    /// How many besides this agent talk with the caller.
    pub(super) fn others_than(&self, user: UserId) -> usize {
        let outsiders = self.agents.outsiders.iter().filter(|outsider| outsider.talks());
        self.with_caller().filter(|other| *other != user).count() + outsiders.count()
    }

    fn with_caller(&self) -> impl Iterator<Item = UserId> {
        self.agents.all.iter().filter(|agent| agent.talks()).map(|agent| agent.user_id)
    }

    /// An agent wants something of the call.
    pub(super) fn agent_asked(&mut self, user: UserId, wish: &AgentWish, now: UnixMs, fx: &mut Effects) {
        if self.admits_of_agent(user, wish).is_err() {
            return;
        }
        match wish {
            AgentWish::HangUp if self.is_consulted(user) => {
                self.agent_leaves(user, AgentEnd::ConsultOver, now, fx);
            }
            AgentWish::HangUp if self.others_than(user) > 0 && !self.is_in_house() => {
                self.agent_leaves(user, AgentEnd::Left, now, fx);
            }
            AgentWish::HangUp => {
                let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Agent };
                self.end(ending, NextStep::Hangup, fx);
            }
            AgentWish::Hold => self.agents_hold(now, fx),
            AgentWish::Unhold => {
                self.agents_unhold(now, fx);
                self.rewire(fx);
            }
            AgentWish::Mute | AgentWish::Unmute => {
                if let Some(agent) = self.agents.of(user) {
                    agent.is_muted = *wish == AgentWish::Mute;
                }
                self.rewire(fx);
            }
            AgentWish::SendDtmf { digits } => self.dtmf_asked(digits.as_slice(), fx),
            AgentWish::HandBack { note: text } => {
                fx.push(note(Decision::HandedBack { user_id: user, note: text.clone() }));
                let news = match text.trim() {
                    "" => "an agent has talked with the caller, and gives them back to you".to_owned(),
                    text => format!(
                        "an agent has talked with the caller, gives them back to you, and says: {text}"
                    ),
                };
                self.agent_leaves(user, AgentEnd::HandedBack, now, fx);
                let news = News { told: news, opening: Line::WelcomeBack };
                self.caller_without_agents(news, now, fx);
            }
            AgentWish::Transfer { target, note } => self.transfer_on(user, target, note, now, fx),
            AgentWish::Consult { target } => self.consult(user, target, now, fx),
            AgentWish::JoinConsult => self.join_consult(now, fx),
            AgentWish::CompleteConsult => self.complete_consult(user, now, fx),
            AgentWish::CancelConsult => self.cancel_consult(now, fx),
            AgentWish::TalkNow => self.whisper_over(now, fx),
        }
    }
}
