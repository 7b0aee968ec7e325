//! Agents at their desks: their legs are ours, and cords join them with the caller, whose leg stays where it is.
//!
//! ```text
//! accepted ──their audio joins──> with the caller ──hangs up───────────────────────────> the end
//!     │ 10 s                          │ audio lost: music to the caller, 15 s for the way back ┐
//!     ▼                               │ hands the caller back                                  ▼
//!  nobody took over                   └────────────────────────────────────────────> the assistant
//! ```
//! Who is in the call stands beside the phase: a caller who is lost and comes back finds them still there.

use std::collections::BTreeSet;

use cordboard_schema::agent::{AgentCallState, AgentEnd, AgentWish};
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{CordId, EffectId, LegId, UserId};
use cordboard_schema::line::Line;
use cordboard_schema::switch::{AssistantInHandoff, FreeswitchAudio};
use cordboard_schema::time::UnixMs;

use super::news::News;
use super::{Effect, Effects, Machine, Phase, note};
use crate::call::cords;
use crate::call::effect::AgentStands;
use crate::call::handoff::{HandoffEvent, Stage};
use crate::messages::{AssistantOrder, Attention, CommandRefused};

/// How long an agent's audio is waited for that is gone: a page that is loaded anew takes 2 s.
const RETURN_MS: u64 = 15_000;
/// The longest that a caller and agents are joined. No conversation is that long; a forgotten tab would be.
const TOGETHER_MS_MAX: u64 = 12 * 3_600_000;

/// The agents of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Agents {
    all: Vec<AgentInCall>,
    /// Since when the caller is on hold by one of them.
    held_since: Option<UnixMs>,
    /// The music that the caller hears while no agent does.
    music: Option<LegId>,
}

/// An agent who has accepted the call.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AgentInCall {
    user_id: UserId,
    handoff: EffectId,
    /// Their audio, from when it arrives.
    leg: Option<LegId>,
    /// It stands.
    has_joined: bool,
    is_muted: bool,
    /// Since when they talk with the caller.
    talks_since: Option<UnixMs>,
    /// Their audio is gone: when it is waited for no longer.
    away_until: Option<UnixMs>,
    /// What their desks were told last.
    told: Option<AgentStands>,
}

impl AgentInCall {
    /// The leg that hears and, unless they are muted, speaks.
    fn ear(&self) -> Option<LegId> {
        self.leg.filter(|_| self.has_joined)
    }

    fn mouth(&self) -> Option<LegId> {
        self.ear().filter(|_| !self.is_muted)
    }
}

impl Agents {
    /// When an agent whose audio is gone is waited for no longer.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        self.all.iter().filter_map(|agent| agent.away_until).min()
    }

    /// Their legs, those that have not joined yet as well.
    pub(super) fn legs(&self) -> impl Iterator<Item = LegId> + '_ {
        self.all.iter().filter_map(|agent| agent.leg)
    }

    fn of(&mut self, user: UserId) -> Option<&mut AgentInCall> {
        self.all.iter_mut().find(|agent| agent.user_id == user)
    }

    fn by_leg(&mut self, leg: LegId) -> Option<&mut AgentInCall> {
        self.all.iter_mut().find(|agent| agent.leg == Some(leg))
    }

    /// Whether somebody hears the caller, or would if they were not on hold.
    fn anybody_there(&self) -> bool {
        self.all.iter().any(|agent| agent.has_joined && agent.talks_since.is_some())
    }
}

impl Machine {
    /// Whether agents have taken over.
    pub(super) fn has_agents(&self) -> bool {
        self.agents.all.iter().any(|agent| agent.talks_since.is_some())
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
        let is_over = self.phase == Phase::Ended;
        let Some(agent) = self.agents.of(user).filter(|_| !is_over) else {
            return fx.push(Effect::RefuseLeg(leg));
        };
        agent.has_joined = false;
        let before = agent.leg.replace(leg);
        self.rewire(fx);
        fx.extend(before.map(Effect::ReleaseLeg));
        fx.push(Effect::StartLeg(leg));
    }

    /// Whether it was an agent's leg that joined.
    pub(super) fn agent_leg_joined(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(agent) = self.agents.by_leg(leg) else { return false };
        (agent.has_joined, agent.away_until) = (true, None);
        let (user, handoff) = (agent.user_id, agent.handoff);
        if agent.talks_since.is_none() && self.is_accepted_by(handoff, user) {
            self.agent_takes_over(handoff, user, leg, now, fx);
        }
        self.rewire(fx);
        true
    }

    fn is_accepted_by(&self, handoff: EffectId, user: UserId) -> bool {
        let by = |stage| matches!(stage, Stage::Accepted { agent: Some(agent), .. } if agent == user);
        self.handoff.as_ref().is_some_and(|known| known.id == handoff && by(known.stage()))
    }

    /// Whether it was an agent's leg that has gone. It may come back.
    pub(super) fn agent_leg_left(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(agent) = self.agents.by_leg(leg) else { return false };
        (agent.leg, agent.has_joined) = (None, false);
        if agent.talks_since.is_some() {
            agent.away_until = Some(now + RETURN_MS);
        }
        self.rewire(fx);
        true
    }

    /// Caller and agent talk from now on.
    fn agent_takes_over(
        &mut self,
        handoff: EffectId,
        user_id: UserId,
        leg: LegId,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if let Some(agent) = self.agents.of(user_id) {
            agent.talks_since = Some(now);
        }
        fx.push(note(Decision::AgentJoined { handoff, user_id, leg }));
        self.handoff_event(handoff, &HandoffEvent::Bridged, now, fx);
        // A caller who is lost just now comes back to them.
        if !matches!(self.phase, Phase::Interrupted { .. }) {
            self.leave_to_agents(now, fx);
        }
    }

    /// Nobody but agents talk with the caller from now on.
    pub(super) fn leave_to_agents(&mut self, now: UnixMs, fx: &mut Effects) {
        self.stop_message(now, fx);
        self.speech_broke_off(now, fx);
        self.close_hold(fx);
        self.hush(fx);
        self.keys.forget();
        (self.owed, self.wish, self.hold_after) = (None, None, None);
        self.silence = Default::default();
        self.phase = Phase::WithAgents { until: now + TOGETHER_MS_MAX };
        match self.profile.assistant_in_handoff {
            AssistantInHandoff::Released => {
                if self.assistant.take().is_some() {
                    self.own_words = false;
                    self.rewire(fx);
                    fx.push(Effect::Assistant(AssistantOrder::Stop));
                }
            }
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
        let agent = self.agents.all.iter().find(|agent| agent.user_id == user);
        agent.filter(|agent| agent.talks_since.is_some()).ok_or(CommandRefused::NotInCall)?;
        let is_held = self.agents.held_since.is_some();
        match wish {
            AgentWish::Hold if is_held => Err(CommandRefused::AlreadyHeld),
            AgentWish::Unhold if !is_held => Err(CommandRefused::NotHeld),
            _ => Ok(()),
        }
    }

    /// An agent wants something of the call.
    pub(super) fn agent_asked(&mut self, user: UserId, wish: &AgentWish, now: UnixMs, fx: &mut Effects) {
        if self.admits_of_agent(user, wish).is_err() {
            return;
        }
        match wish {
            AgentWish::HangUp => {
                let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Agent };
                self.end(ending, NextStep::Hangup, fx);
            }
            AgentWish::Hold => {
                self.agents.held_since = Some(now);
                fx.push(note(Decision::HoldBegan));
                self.rewire(fx);
            }
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
                self.caller_without_agents(news, now, fx);
            }
        }
    }

    fn agents_unhold(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Some(since) = self.agents.held_since.take() {
            fx.push(note(Decision::HoldEnded { held_ms: now.ms_since(since) }));
        }
    }

    /// Agents whose audio did not come back are in the call no more.
    pub(super) fn agents_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        let is_over = |agent: &&AgentInCall| agent.away_until.is_some_and(|until| until <= now);
        let gone: Vec<UserId> = self.agents.all.iter().filter(is_over).map(|agent| agent.user_id).collect();
        for user in gone {
            self.agent_leaves(user, AgentEnd::AudioLost, now, fx);
        }
        let news = "an agent has talked with the caller, and their connection was lost".to_owned();
        self.caller_without_agents(news, now, fx);
    }

    /// This agent has accepted and their audio did not come.
    pub(super) fn let_agent_go(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        self.agent_leaves(user, AgentEnd::AudioLost, now, fx);
    }

    fn agent_leaves(&mut self, user: UserId, how: AgentEnd, now: UnixMs, fx: &mut Effects) {
        let Some(at) = self.agents.all.iter().position(|agent| agent.user_id == user) else { return };
        let agent = self.agents.all.remove(at);
        let talked_ms = agent.talks_since.map(|since| now.ms_since(since));
        fx.push(note(Decision::AgentLeft { user_id: user, talked_ms, how }));
        fx.push(Effect::AgentLeft { user_id: user, has_talked: talked_ms.is_some() });
        self.rewire(fx);
        fx.extend(agent.leg.map(Effect::ReleaseLeg));
        if !self.agents.anybody_there() && self.agents.deadline().is_none() {
            self.agents_unhold(now, fx);
        }
    }

    /// The last agent is gone, and the caller is not: back to the assistant.
    fn caller_without_agents(&mut self, news: String, now: UnixMs, fx: &mut Effects) {
        if self.has_agents() {
            return self.rewire(fx);
        }
        if let Some(handoff) = self.handoff.as_ref().map(|handoff| handoff.id) {
            self.handoff_event(handoff, &HandoffEvent::Parted, now, fx);
        }
        // Whoever is the assistant then learns of it first.
        self.news = Some(News { told: news, opening: Line::WelcomeBack });
        if matches!(self.phase, Phase::WithAgents { .. }) {
            self.phase = Phase::Conversing;
            self.tell_news(fx);
            self.bring_assistant(Line::WelcomeBack, now, fx);
            self.watch_silence(now);
        }
    }

    /// Agents are in the call no more: it has ended, or its caller goes another way.
    pub(super) fn let_agents_go(&mut self, how: AgentEnd, fx: &mut Effects) {
        let now = self.last_fact_at;
        while let Some(user) = self.agents.all.first().map(|agent| agent.user_id) {
            self.agent_leaves(user, how, now, fx);
        }
        self.agents_unhold(now, fx);
        self.stop_waiting_music(fx);
    }

    /// The process died, and with it their audio: whoever comes back finds the assistant.
    pub(super) fn agents_died(&mut self, fx: &mut Effects) {
        self.agents.music = None;
        let was_there = self.has_agents();
        self.agents.all.iter_mut().for_each(|agent| agent.leg = None);
        self.let_agents_go(AgentEnd::AudioLost, fx);
        if was_there {
            let told = "an agent was talking with the caller, and the server was restarted".to_owned();
            self.news = Some(News { told, opening: Line::WelcomeBack });
        }
    }

    /// The cords of a caller whom agents have: everybody hears all others. On hold, or while no agent is there, the caller hears
    /// music and nobody hears them. An assistant that is kept hears the caller.
    pub(super) fn agents_cords(&self) -> BTreeSet<CordId> {
        let caller = self.caller.filter(|_| self.agents.held_since.is_none());
        let hears = |from: LegId, to: LegId| (from != to).then_some(CordId { from, to });
        let all = &self.agents.all;
        let between = all.iter().filter_map(AgentInCall::mouth).flat_map(|from| {
            let others = all.iter().filter_map(AgentInCall::ear);
            others.chain(caller).filter_map(move |to| hears(from, to))
        });
        let of_caller = caller.into_iter().flat_map(|from| {
            let listens = self.assistant.map(|assistant| assistant.leg);
            all.iter().filter_map(AgentInCall::ear).chain(listens).filter_map(move |to| hears(from, to))
        });
        let mut wanted: BTreeSet<CordId> = between.chain(of_caller).collect();
        if self.wants_music() {
            wanted.extend(cords::held(self.caller, self.agents.music));
        }
        wanted
    }

    /// The cord of a caller who waits for an agent: music, while nobody speaks to them.
    pub(super) fn waiting_cord(&self) -> Option<CordId> {
        let (from, to) = self.agents.music.zip(self.caller)?;
        self.wants_music().then_some(CordId { from, to })
    }

    /// Whether the caller is to hear our music.
    fn wants_music(&self) -> bool {
        match self.phase {
            Phase::WithAgents { .. } => self.agents.held_since.is_some() || !self.agents.anybody_there(),
            Phase::Conversing => self.waits_for_agent() && !self.assistant_speaking(),
            _ => false,
        }
    }

    /// Whether the call is offered at a desk, or an agent's audio is about to come.
    fn waits_for_agent(&self) -> bool {
        // What their switch plays in chunks can't be taken back in time when somebody speaks.
        let is_chunked = self.audio.carrier == Some(FreeswitchAudio::Websocket);
        let is_offered = self.handoff.as_ref().is_some_and(|handoff| handoff.waits_at_desk());
        is_offered && !is_chunked && self.caller.is_some()
    }

    /// Starts and ends the music, and tells desks what has changed: behind each step.
    pub(super) fn tend_agents(&mut self, fx: &mut Effects) {
        let may_be_wanted = self.wants_music() || (self.phase == Phase::Conversing && self.waits_for_agent());
        match (self.agents.music, may_be_wanted) {
            (None, true) => {
                let leg = self.number_leg();
                self.agents.music = Some(leg);
                fx.push(Effect::StartMusic(leg));
            }
            (Some(_), false) => self.stop_waiting_music(fx),
            _ => {}
        }
        if self.agents.music.is_some() {
            self.rewire(fx);
        }
        let is_lost = matches!(self.phase, Phase::Interrupted { .. });
        let held_since = self.agents.held_since;
        for agent in &mut self.agents.all {
            let state = match (agent.talks_since, agent.has_joined, held_since) {
                (None, ..) => AgentCallState::Connecting,
                (_, false, _) => AgentCallState::AudioLost,
                _ if is_lost => AgentCallState::CallerLost,
                (_, _, Some(_)) => AgentCallState::Held,
                _ => AgentCallState::Talking,
            };
            let AgentInCall { talks_since, is_muted, .. } = *agent;
            let stands = AgentStands { state, talks_since, held_since, is_muted };
            if agent.told != Some(stands) {
                agent.told = Some(stands);
                fx.push(Effect::AgentIs { user_id: agent.user_id, stands });
            }
        }
    }

    /// Another music is about to play.
    pub(super) fn stop_waiting_music(&mut self, fx: &mut Effects) {
        if let Some(leg) = self.agents.music.take() {
            self.rewire(fx);
            fx.push(Effect::StopMusic(leg));
        }
    }

    /// Has desks told anew how their agents stand: whoever was told before may have died.
    pub(super) fn tell_desks_again(&mut self) {
        self.agents.all.iter_mut().for_each(|agent| agent.told = None);
    }
}
