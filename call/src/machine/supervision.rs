//! Supervisors: they hear a live call, whisper to its agents, speak with its caller, and take it over.
//!
//! ```text
//! asked ──their audio joins──> hears ──leaves──────────────────────────> gone
//!    │ 15 s                      │  audio lost: 15 s for the way back ────┘
//!    ▼                           └──takes over──> an agent of the call
//!  gone
//! ```
//! They stand beside the phase, and hear whatever is heard on the call: its cords are theirs too (`wiring.rs`). A caller on hold is
//! heard by nobody, and so not by them.

use std::collections::BTreeSet;

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{CordId, EffectId, LegId, UserId};
use cordboard_schema::line::Line;
use cordboard_schema::supervision::{Supervising, SupervisionEnd, SupervisionMode, SupervisorWish};
use cordboard_schema::time::UnixMs;

use super::agents::RETURN_MS;
use super::{Effect, Effects, Machine, Phase, note};
use crate::handoff::Stage;
use crate::{AssistantOrder, Attention, CommandRefused};

/// The most supervisors of a call.
const SUPERVISORS_MAX: usize = 8;

/// Somebody who hears the call, or is about to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Supervisor {
    user_id: UserId,
    mode: SupervisionMode,
    /// The call's agents are not shown that they take part.
    silent: bool,
    /// The caller is to be told that somebody listens.
    tell_caller: bool,
    /// Their audio, from when it arrives.
    leg: Option<LegId>,
    /// It stands.
    has_joined: bool,
    /// Since when they have heard the call.
    hears_since: Option<UnixMs>,
    /// Their audio is not there: when it is waited for no longer.
    awaited_until: Option<UnixMs>,
}

impl Supervisor {
    /// Their audio, where it stands.
    fn ends(&self) -> Option<LegId> {
        self.leg.filter(|_| self.has_joined)
    }
}

/// Who of a call's people is heard by whom, as far as supervisors are concerned.
pub(super) struct Heard<'a> {
    /// The cords that there are without supervisors.
    pub(super) cords: &'a BTreeSet<CordId>,
    /// The caller's leg.
    pub(super) caller: Option<LegId>,
    /// The ears of agents, and of others who talk with the caller.
    pub(super) agents: Vec<LegId>,
}

/// The supervisors of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Supervision {
    all: Vec<Supervisor>,
    /// The assistant was told to answer nothing, for a supervisor speaks with the caller.
    quiets_assistant: bool,
    /// The caller was told that somebody listens, or has heard it from them.
    caller_knows: bool,
}

impl Supervision {
    /// Their legs, those that have not joined yet as well.
    pub(super) fn legs(&self) -> impl Iterator<Item = LegId> + '_ {
        self.all.iter().filter_map(|supervisor| supervisor.leg)
    }

    /// When audio that is not there is waited for no longer.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        self.all.iter().filter_map(|supervisor| supervisor.awaited_until).min()
    }

    /// Whether this user supervises the call, or is about to.
    pub(super) fn has(&self, user: UserId) -> bool {
        self.all.iter().any(|supervisor| supervisor.user_id == user)
    }

    /// Those who hear the call, as its agents are shown them.
    pub(super) fn shown(&self) -> Vec<Supervising> {
        let hears = |supervisor: &&Supervisor| supervisor.ends().is_some() && !supervisor.silent;
        let shown =
            |supervisor: &Supervisor| Supervising { user_id: supervisor.user_id, mode: supervisor.mode };
        self.all.iter().filter(hears).map(shown).collect()
    }

    /// What they hear, and who hears them.
    pub(super) fn cords(&self, heard: &Heard<'_>) -> BTreeSet<CordId> {
        let mouths: BTreeSet<LegId> = heard.cords.iter().map(|cord| cord.from).collect();
        let ears = || self.all.iter().filter_map(Supervisor::ends);
        let hear = ears().flat_map(|to| mouths.iter().map(move |from| CordId { from: *from, to }));
        // Nobody speaks to a caller whom nobody hears.
        let caller = heard.caller.filter(|caller| mouths.contains(caller));
        let speak =
            self.all.iter().filter_map(|one| Some((one.ends()?, one.mode))).flat_map(|(from, mode)| {
                let listeners: Vec<LegId> = match mode {
                    SupervisionMode::Listen => Vec::new(),
                    SupervisionMode::Whisper => heard.agents.clone(),
                    SupervisionMode::Barge => heard
                        .agents
                        .iter()
                        .copied()
                        .chain(caller)
                        .chain(ears().filter(|ear| *ear != from))
                        .collect(),
                };
                listeners.into_iter().map(move |to| CordId { from, to })
            });
        hear.chain(speak).collect()
    }

    fn of(&mut self, user: UserId) -> Option<&mut Supervisor> {
        self.all.iter_mut().find(|supervisor| supervisor.user_id == user)
    }

    fn by_leg(&mut self, leg: LegId) -> Option<&mut Supervisor> {
        self.all.iter_mut().find(|supervisor| supervisor.leg == Some(leg))
    }

    /// Whether somebody of them speaks with the caller.
    fn barges(&self) -> bool {
        self.all.iter().any(|one| one.mode == SupervisionMode::Barge && one.ends().is_some())
    }

    /// The audio of this user, where it stands.
    fn leg_of(&self, user: UserId) -> Option<LegId> {
        self.all.iter().find(|supervisor| supervisor.user_id == user).and_then(Supervisor::ends)
    }
}

impl Machine {
    /// Whether a supervisor may ask for this.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn admits_of_supervisor(
        &self,
        user: UserId,
        wish: &SupervisorWish,
    ) -> Result<(), CommandRefused> {
        let is_in = self.supervision.has(user);
        match wish {
            SupervisorWish::Leave if is_in => Ok(()),
            SupervisorWish::Bound { .. } if is_in => Ok(()),
            SupervisorWish::Leave | SupervisorWish::Bound { .. } => Err(CommandRefused::NotInCall),
            _ if self.has_agent(user) => Err(CommandRefused::AgentOfCall),
            // A hint takes an assistant that takes words.
            SupervisorWish::Hint { .. } => self.admits_say(),
            SupervisorWish::Supervise { mode, .. } => {
                if !is_in {
                    self.admits_supervisors()?;
                }
                match mode {
                    SupervisionMode::Whisper if self.agents.ears().next().is_none() => {
                        Err(CommandRefused::NoAgentToHear)
                    }
                    _ => Ok(()),
                }
            }
            SupervisorWish::TakeOver => {
                self.supervision.leg_of(user).ok_or(CommandRefused::NotInCall)?;
                match *self.lifecycle.phase() {
                    Phase::Conversing if self.caller.is_some() => {}
                    Phase::WithAgents { .. } => {}
                    _ => return Err(CommandRefused::NotConversing),
                }
                if self.agents.consulting.is_some() {
                    return Err(CommandRefused::ConsultUnderWay);
                }
                if self
                    .handoff
                    .as_ref()
                    .is_some_and(|known| !known.is_over() && known.stage() != Stage::Bridged)
                {
                    return Err(CommandRefused::HandoffUnderWay);
                }
                Ok(())
            }
        }
    }

    /// Only what passes through here can be heard here.
    fn admits_supervisors(&self) -> Result<(), CommandRefused> {
        let is_heard_here = match *self.lifecycle.phase() {
            Phase::Conversing | Phase::OnHold | Phase::TakingMessage(_) | Phase::Leaving(_) => {
                self.caller.is_some()
            }
            Phase::WithAgents { .. } | Phase::Voicemail(_) | Phase::Interrupted { .. } => true,
            _ => false,
        };
        match self.supervision.all.len() {
            _ if !is_heard_here => Err(CommandRefused::NotConversing),
            SUPERVISORS_MAX.. => Err(CommandRefused::TooManySupervisors),
            _ => Ok(()),
        }
    }

    /// A supervisor wants something of the call.
    pub(super) fn supervisor_asked(
        &mut self,
        user: UserId,
        wish: &SupervisorWish,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.admits_of_supervisor(user, wish).is_err() {
            return;
        }
        match wish {
            SupervisorWish::Supervise { mode, silent, tell_caller } => {
                self.supervises(user, *mode, (*silent, *tell_caller), now, fx);
            }
            SupervisorWish::Bound { modes, silent, tell_caller } => {
                let Some(supervisor) = self.supervision.of(user) else { return };
                (supervisor.silent, supervisor.tell_caller) = (*silent, *tell_caller);
                if !modes.contains(&supervisor.mode) {
                    self.supervisor_leaves(user, SupervisionEnd::NotAllowed, now, fx);
                }
            }
            SupervisorWish::TakeOver => self.supervisor_takes_over(user, now, fx),
            SupervisorWish::Hint { text } => {
                let told = format!(
                    "your supervisor, whom the caller does not hear, tells you: {text}. Follow it in what you say next, and \
                     do not speak of your supervisor"
                );
                self.order(AssistantOrder::Happened(told), fx);
            }
            SupervisorWish::Leave => self.supervisor_leaves(user, SupervisionEnd::Left, now, fx),
        }
    }

    fn supervises(
        &mut self,
        user: UserId,
        mode: SupervisionMode,
        (silent, tell_caller): (bool, bool),
        now: UnixMs,
        fx: &mut Effects,
    ) {
        match self.supervision.of(user) {
            Some(supervisor) if supervisor.mode == mode => {
                (supervisor.silent, supervisor.tell_caller) = (silent, tell_caller);
            }
            Some(supervisor) => {
                (supervisor.mode, supervisor.silent, supervisor.tell_caller) = (mode, silent, tell_caller);
                if supervisor.hears_since.is_some() {
                    fx.push(note(Decision::SupervisionChanged { user_id: user, mode }));
                }
                self.rewire(fx);
            }
            None => self.supervision.all.push(Supervisor {
                user_id: user,
                mode,
                silent,
                tell_caller,
                leg: None,
                has_joined: false,
                hears_since: None,
                awaited_until: Some(now + RETURN_MS),
            }),
        }
    }

    /// Audio of a supervisor has come, in the place of what they had before.
    pub(super) fn supervisor_leg_arrived(&mut self, leg: LegId, user: UserId, fx: &mut Effects) {
        let Some(supervisor) = self.supervision.of(user) else { return fx.push(Effect::RefuseLeg(leg)) };
        supervisor.has_joined = false;
        let before = supervisor.leg.replace(leg);
        self.rewire(fx);
        fx.extend(before.map(Effect::ReleaseLeg));
        fx.push(Effect::StartLeg(leg));
    }

    /// Whether it was a supervisor's leg that joined.
    pub(super) fn supervisor_leg_joined(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(supervisor) = self.supervision.by_leg(leg) else { return false };
        (supervisor.has_joined, supervisor.awaited_until) = (true, None);
        let Supervisor { user_id, mode, .. } = *supervisor;
        if supervisor.hears_since.is_none() {
            supervisor.hears_since = Some(now);
            fx.push(note(Decision::SupervisorJoined { user_id, leg, mode }));
        }
        self.rewire(fx);
        true
    }

    /// Whether it was a supervisor's leg that has gone. It may come back.
    pub(super) fn supervisor_leg_left(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(supervisor) = self.supervision.by_leg(leg) else { return false };
        (supervisor.leg, supervisor.has_joined) = (None, false);
        supervisor.awaited_until = Some(now + RETURN_MS);
        self.rewire(fx);
        true
    }

    /// Supervisors whose audio is not there in time take part no more.
    pub(super) fn supervision_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        let is_over = |one: &&Supervisor| one.awaited_until.is_some_and(|until| until <= now);
        let gone: Vec<UserId> = self.supervision.all.iter().filter(is_over).map(|one| one.user_id).collect();
        for user in gone {
            self.supervisor_leaves(user, SupervisionEnd::AudioLost, now, fx);
        }
    }

    fn supervisor_leaves(&mut self, user: UserId, how: SupervisionEnd, now: UnixMs, fx: &mut Effects) {
        let leg = self.supervision_ends(user, how, now, fx);
        self.rewire(fx);
        fx.extend(leg.map(Effect::ReleaseLeg));
    }

    /// They are taken out of the list; their leg is left to whoever calls this.
    fn supervision_ends(
        &mut self,
        user: UserId,
        how: SupervisionEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) -> Option<LegId> {
        let at = self.supervision.all.iter().position(|supervisor| supervisor.user_id == user)?;
        let Supervisor { leg, hears_since, .. } = self.supervision.all.remove(at);
        let heard_ms = hears_since.map(|since| now.ms_since(since));
        fx.push(note(Decision::SupervisorLeft { user_id: user, heard_ms, how }));
        leg
    }

    /// The call has ended.
    pub(super) fn let_supervisors_go(&mut self, how: SupervisionEnd, fx: &mut Effects) {
        let now = self.last_fact_at;
        while let Some(user) = self.supervision.all.first().map(|supervisor| supervisor.user_id) {
            self.supervisor_leaves(user, how, now, fx);
        }
    }

    /// The process died, and with it their audio.
    pub(super) fn supervision_died(&mut self, fx: &mut Effects) {
        self.supervision.all.iter_mut().for_each(|supervisor| supervisor.leg = None);
        self.supervision.quiets_assistant = false;
        self.let_supervisors_go(SupervisionEnd::ServerRestarted, fx);
    }

    /// The supervisor is an agent of the call from now on, in the place of the assistant or of the agents.
    fn supervisor_takes_over(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        let Some(leg) = self.supervision_ends(user, SupervisionEnd::TookOver, now, fx) else { return };
        let others: Vec<UserId> = self.agents.all.iter().map(|agent| agent.user_id).collect();
        let handoff = self.number_effect();
        self.await_agent(handoff, user);
        self.agents.gets_joined_leg(user, leg);
        self.agent_takes_over(handoff, user, leg, now, fx);
        for other in others {
            self.agent_leaves(other, AgentEnd::TakenOver, now, fx);
        }
        self.agents_unhold(now, fx);
        self.rewire(fx);
    }

    /// An agent has accepted the caller at their desk. One who supervised this call is its agent from now on: what they heard it by ends, and
    /// their desk's audio comes as an agent's.
    pub(super) fn await_agent_from_desk(
        &mut self,
        handoff: EffectId,
        user: UserId,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.supervision.has(user) {
            self.supervisor_leaves(user, SupervisionEnd::TookOver, now, fx);
        }
        self.await_agent(handoff, user);
    }

    /// While a supervisor speaks with the caller the assistant answers nothing, and asks nothing: behind each step.
    pub(super) fn tend_supervision(&mut self, now: UnixMs, fx: &mut Effects) {
        let converses = matches!(*self.lifecycle.phase(), Phase::Conversing);
        if converses && self.supervision.barges() {
            self.silence = Default::default();
            if self.assistant.is_some_and(|one| one.ready && one.attention == Attention::Converse) {
                self.supervision.quiets_assistant = true;
                self.hush(fx);
                self.attend(Attention::Listen, fx);
            }
        } else if self.supervision.quiets_assistant {
            self.supervision.quiets_assistant = false;
            if converses {
                let told = "a supervisor has spoken with the caller, and leaves them to you again".to_owned();
                self.order(AssistantOrder::Happened(told), fx);
                self.attend(Attention::Converse, fx);
                self.watch_silence(now);
            }
        }
        self.tell_caller_of_supervisors(fx);
    }

    /// Has the assistant tell the caller that somebody listens: once, when nothing is being said to them and nothing is owed to them.
    fn tell_caller_of_supervisors(&mut self, fx: &mut Effects) {
        // Whoever speaks with the caller is no secret to them.
        self.supervision.caller_knows |= self.supervision.barges();
        let is_due = self.supervision.all.iter().any(|one| one.tell_caller && one.ends().is_some());
        if !is_due
            || self.supervision.caller_knows
            || !matches!(*self.lifecycle.phase(), Phase::Conversing)
            || self.caller.is_none()
            || !self.assistant.is_some_and(|one| one.ready && one.attention == Attention::Converse)
            || self.owed.is_some()
            || self.assistant_speaking()
        {
            return;
        }
        self.supervision.caller_knows = true;
        self.say(Line::Overheard, fx);
    }
}
