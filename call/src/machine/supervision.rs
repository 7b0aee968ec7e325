//! Supervisors: they listen to a live call, whisper to its agents, talk with its caller, and take it over.
//!
//! ```text
//! asked ──their audio joins──> hears ──leaves──────────────────────────> gone
//!    │ 15 s                      │  audio lost: 15 s for the way back ────┘
//!    ▼                           └──takes over──> an agent of the call
//!  gone
//! ```
//! Supervisors are kept apart from the phase. They hear everything that is heard on the call: they get all its cords, too (`mix.rs`).
//! Nobody hears a caller on hold, so they don't either. Once the caller's switch has the caller, nobody hears the caller here, and
//! supervisors leave.

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::line::Line;
use cordboard_schema::supervision::{Supervising, SupervisionEnd, SupervisionMode, SupervisorRequest};
use cordboard_schema::time::UnixMs;

use super::conversation::{PendingSpeech, Utterance};
use super::participants::{Participant, Participants, Presence, RETURN_MS, Role, Supervisor, Who};
use super::{Effect, Effects, Machine, Phase, note};
use crate::handoff::Stage;
use crate::{AssistantOrder, Attention, CommandRefused};

/// How many supervisors a call may have.
const SUPERVISORS_MAX: usize = 8;
/// How often a caller who cuts it short is told that someone listens. After that they have had their chance to hear it.
const ANNOUNCEMENTS_MAX: u8 = 3;

/// The changes of supervisors for assistant and caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Supervision {
    /// The assistant was ordered to answer nothing, because a supervisor is talking with the caller.
    quiets_assistant: bool,
    /// The caller was told that someone listens, or is being told.
    caller_knows: bool,
    /// A supervisor has talked with the caller, so nobody has to tell them.
    has_been_heard: bool,
    /// How often they were told, and did not hear it to its end.
    announcements_cut_short: u8,
    /// The line that the assistant was ordered to say just before, and has not begun. The caller would hear it while the supervisor talks.
    unsaid: Option<Line>,
}

/// Returns the supervisors who listen to the call, as its agents are shown them.
pub(super) fn shown(participants: &Participants) -> Vec<Supervising> {
    let hear = participants.supervisors().filter(|one| one.ear().is_some());
    let shown = hear.filter_map(Participant::as_supervisor).filter(|supervisor| !supervisor.silent);
    shown.map(|known| Supervising { user_id: known.user_id, mode: known.mode }).collect()
}

impl Machine {
    /// Whether a supervisor may ask for this.
    ///
    /// # Errors
    /// Returns the reason if they may not.
    pub(super) fn admits_of_supervisor(
        &self,
        user: UserId,
        request: &SupervisorRequest,
    ) -> Result<(), CommandRefused> {
        let is_in = self.is_supervised_by(user);
        match request {
            SupervisorRequest::Leave if is_in => Ok(()),
            SupervisorRequest::Bound { .. } if is_in => Ok(()),
            SupervisorRequest::Leave | SupervisorRequest::Bound { .. } => Err(CommandRefused::NotInCall),
            _ if self.has_agent(user) => Err(CommandRefused::AgentOfCall),
            // A hint needs an assistant that can say any text.
            SupervisorRequest::Hint { .. } => self.admits_say(),
            SupervisorRequest::Supervise { mode, .. } => {
                if !is_in {
                    self.admits_supervisors()?;
                }
                match mode {
                    SupervisionMode::Whisper if self.participants.agents_ears().next().is_none() => {
                        Err(CommandRefused::NoAgentToHear)
                    }
                    _ => Ok(()),
                }
            }
            SupervisorRequest::TakeOver => {
                let supervisor = self.participants.find(Who::Supervisor(user));
                supervisor.and_then(Participant::ear).ok_or(CommandRefused::NotInCall)?;
                match *self.lifecycle.phase() {
                    Phase::Conversing if self.caller.is_some() => {}
                    Phase::WithAgents { .. } => {}
                    _ => return Err(CommandRefused::NotConversing),
                }
                if self.consults.is_under_way() {
                    return Err(CommandRefused::ConsultUnderWay);
                }
                if self
                    .handoffs
                    .newest()
                    .is_some_and(|known| !known.is_over() && known.stage() != Stage::Bridged)
                {
                    return Err(CommandRefused::HandoffUnderWay);
                }
                Ok(())
            }
        }
    }

    /// Whether this user supervises the call, or is about to.
    pub(super) fn is_supervised_by(&self, user: UserId) -> bool {
        self.participants.find(Who::Supervisor(user)).is_some()
    }

    /// Only audio that passes through here can be heard here.
    fn admits_supervisors(&self) -> Result<(), CommandRefused> {
        let is_heard_here = match *self.lifecycle.phase() {
            Phase::Conversing | Phase::OnHold | Phase::TakingMessage(_) | Phase::Leaving(_) => {
                self.caller.is_some()
            }
            Phase::WithAgents { .. } | Phase::Voicemail(_) | Phase::Interrupted { .. } => true,
            _ => false,
        };
        match self.participants.supervisors().count() {
            _ if !is_heard_here => Err(CommandRefused::NotConversing),
            SUPERVISORS_MAX.. => Err(CommandRefused::TooManySupervisors),
            _ => Ok(()),
        }
    }

    /// Handles a supervisor's request to the call.
    pub(super) fn supervisor_asked(
        &mut self,
        user: UserId,
        request: &SupervisorRequest,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.admits_of_supervisor(user, request).is_err() {
            return;
        }
        match request {
            SupervisorRequest::Supervise { mode, silent, tell_caller } => {
                self.supervises(user, *mode, (*silent, *tell_caller), now, fx);
            }
            SupervisorRequest::Bound { modes, silent, tell_caller } => {
                let Some(supervisor) = self.participants.supervisor_mut(user) else { return };
                (supervisor.silent, supervisor.tell_caller) = (*silent, *tell_caller);
                if !modes.contains(&supervisor.mode) {
                    self.supervisor_leaves(user, SupervisionEnd::NotAllowed, now, fx);
                }
            }
            SupervisorRequest::TakeOver => self.supervisor_is_next(user, now, fx),
            SupervisorRequest::Hint { text } => {
                let message = format!(
                    "your supervisor, whom the caller does not hear, tells you: {text}. Follow it in what you say next, and \
                     do not speak of your supervisor"
                );
                self.order(AssistantOrder::Happened(message), fx);
            }
            SupervisorRequest::Leave => self.supervisor_leaves(user, SupervisionEnd::Left, now, fx),
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
        let wanted = Supervisor { user_id: user, mode, silent, tell_caller };
        let Some(one) = self.participants.find_mut(Who::Supervisor(user)) else {
            self.participants.add(Role::Supervisor(wanted)).presence = Presence::awaited(now + RETURN_MS);
            return;
        };
        let is_changed = one.as_supervisor().is_some_and(|before| before.mode != mode);
        one.role = Role::Supervisor(wanted);
        if is_changed {
            if one.presence.since().is_some() {
                fx.push(note(Decision::SupervisionChanged { user_id: user, mode }));
            }
            self.rewire(fx);
        }
    }

    /// The audio of a supervisor has joined.
    pub(super) fn supervisor_is_here(&mut self, user_id: UserId, leg: LegId, now: UnixMs, fx: &mut Effects) {
        let Some(one) = self.participants.find_mut(Who::Supervisor(user_id)) else { return };
        let mode = one.as_supervisor().map(|supervisor| supervisor.mode);
        if let Some(mode) = mode.filter(|_| one.presence.since().is_none()) {
            one.presence.takes_part(now);
            fx.push(note(Decision::SupervisorJoined { user_id, leg, mode }));
        }
    }

    /// Supervisors whose audio did not join in time leave.
    pub(super) fn supervision_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        let is_over = |one: &&Participant| one.presence.awaited_until().is_some_and(|until| until <= now);
        let gone = self.participants.supervisors().filter(is_over).filter_map(Participant::as_supervisor);
        for user in gone.map(|supervisor| supervisor.user_id).collect::<Vec<_>>() {
            self.supervisor_leaves(user, SupervisionEnd::AudioLost, now, fx);
        }
    }

    pub(super) fn supervisor_leaves(
        &mut self,
        user: UserId,
        how: SupervisionEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if let Some(left) = self.supervisor_left(user, how, now) {
            self.participant_leaves(Who::Supervisor(user), [left], fx);
        }
    }

    fn supervisor_left(&self, user_id: UserId, how: SupervisionEnd, now: UnixMs) -> Option<Effect> {
        let one = self.participants.find(Who::Supervisor(user_id))?;
        let heard_ms = one.presence.took_part_ms(now);
        Some(note(Decision::SupervisorLeft { user_id, heard_ms, how }))
    }

    /// All supervisors leave.
    pub(super) fn let_supervisors_go(&mut self, how: SupervisionEnd, fx: &mut Effects) {
        let now = self.last_fact_at;
        let supervisors = self.participants.supervisors().filter_map(Participant::as_supervisor);
        for user in supervisors.map(|supervisor| supervisor.user_id).collect::<Vec<_>>() {
            self.supervisor_leaves(user, how, now, fx);
        }
    }

    /// The process died, and with it the supervisors' audio.
    pub(super) fn supervision_died(&mut self, fx: &mut Effects) {
        (self.supervision.quiets_assistant, self.supervision.unsaid) = (false, None);
        self.let_supervisors_go(SupervisionEnd::ServerRestarted, fx);
    }

    /// The supervisor becomes an agent of the call, replacing the assistant or the agents.
    pub(super) fn supervisor_takes_over(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        let left = self.supervisor_left(user, SupervisionEnd::TookOver, now);
        let Some(one) = self.participants.remove(Who::Supervisor(user)) else { return };
        let Some(leg) = one.ear() else { return };
        fx.extend(left);
        let others: Vec<UserId> = self.agents_in_call().collect();
        let handoff = self.number_effect();
        self.await_agent(handoff, user);
        if let Some(agent) = self.participants.agent_mut(user) {
            agent.presence = Presence::by(leg);
        }
        self.agent_takes_over(handoff, user, leg, now, fx);
        for other in others {
            self.agent_leaves(other, AgentEnd::TakenOver, now, fx);
        }
        self.agents_unhold(now, fx);
        self.rewire(fx);
    }

    /// An agent has accepted the caller at their desk. If they supervise this call, they become its agent: their listening leg ends, and
    /// the audio of their desk comes as an agent's.
    pub(super) fn await_agent_from_desk(
        &mut self,
        handoff: EffectId,
        user: UserId,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.supervisor_leaves(user, SupervisionEnd::TookOver, now, fx);
        self.await_agent(handoff, user);
    }

    /// Whether a supervisor talks with the caller.
    pub(super) fn is_barged_in(&self) -> bool {
        let barges = |one: &Participant| {
            one.as_supervisor().is_some_and(|supervisor| supervisor.mode == SupervisionMode::Barge)
        };
        self.participants.supervisors().any(|one| barges(one) && one.ear().is_some())
    }

    /// Whether a supervisor talks with the caller in place of the assistant. Meanwhile the assistant owes no answer to the caller's words.
    /// Afterwards it reads what the caller has typed.
    pub(super) fn is_left_to_supervisor(&self) -> bool {
        self.supervision.quiets_assistant
    }

    /// While a supervisor talks with the caller, the assistant answers nothing and asks nothing. Runs after each step.
    pub(super) fn tend_supervision(&mut self, now: UnixMs, fx: &mut Effects) {
        let converses = matches!(*self.lifecycle.phase(), Phase::Conversing);
        if converses && self.is_barged_in() {
            self.conversation.silence_is_broken();
            if self
                .conversation
                .assistant()
                .is_some_and(|one| one.ready && one.attention == Attention::Converse)
            {
                self.supervision.quiets_assistant = true;
                self.hush(fx);
                self.attend(Attention::Listen, fx);
                self.leave_line_unsaid();
            }
        } else if self.supervision.quiets_assistant {
            (self.supervision.quiets_assistant, self.supervision.unsaid) = (false, None);
            if converses {
                let message =
                    "a supervisor has spoken with the caller, and leaves them to you again".to_owned();
                self.order(AssistantOrder::Happened(message), fx);
                // Nothing that the caller says cuts a notice short, or the briefing of a person.
                if !self.is_giving_notice() && !self.briefing.is_under_way() {
                    self.attend(Attention::Converse, fx);
                }
                self.answer_unread(fx);
                self.watch_silence(now);
            }
        }
        self.announce_supervisors(fx);
    }

    /// A line that the assistant has been ordered to say and has not begun is not said.
    fn leave_line_unsaid(&mut self) {
        let Some(PendingSpeech::Line(line)) = self.conversation.pending_speech() else { return };
        let begun = |one: &Utterance| one.played.is_none() && one.line == Some(line);
        if !self.is_giving_notice() && !self.conversation.transcript().utterances().any(begun) {
            self.supervision.unsaid = Some(line);
            self.conversation.clear_pending_speech();
        }
    }

    /// Whether this utterance is the line that the caller was not to hear because a supervisor talks with them.
    pub(super) fn takes_unsaid(&mut self, line: Option<Line>) -> bool {
        line.is_some() && self.supervision.unsaid.take_if(|unsaid| Some(*unsaid) == line).is_some()
    }

    /// An utterance to the caller has ended. If it told them that someone listens, and they did not hear it to its end, they are told again.
    pub(super) fn after_words_about_supervisors(&mut self, line: Option<Line>, end: PlayedEnd) {
        if line != Some(Line::Overheard) {
            return;
        }
        let known = &mut self.supervision;
        if end == PlayedEnd::Cleared {
            known.announcements_cut_short = known.announcements_cut_short.saturating_add(1);
        }
        known.caller_knows = end == PlayedEnd::Finished || known.announcements_cut_short >= ANNOUNCEMENTS_MAX;
    }

    /// Has the assistant tell the caller that someone listens: once, when nothing is being said or owed to them.
    fn announce_supervisors(&mut self, fx: &mut Effects) {
        self.supervision.has_been_heard |= self.is_barged_in();
        let wants_it = |one: &Participant| one.as_supervisor().is_some_and(|known| known.tell_caller);
        let is_due = self.participants.supervisors().any(|one| wants_it(one) && one.ear().is_some());
        if !is_due
            || self.supervision.caller_knows
            || self.supervision.has_been_heard
            || !matches!(*self.lifecycle.phase(), Phase::Conversing)
            || self.caller.is_none()
            || !self
                .conversation
                .assistant()
                .is_some_and(|one| one.ready && one.attention == Attention::Converse)
            || self.conversation.pending_speech().is_some()
            || self.conversation.is_saying()
            || self.conversation.caller_speaks()
        {
            return;
        }
        self.supervision.caller_knows = true;
        self.say(Line::Overheard, fx);
    }
}
