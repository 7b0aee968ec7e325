//! People and transfers that wait until the caller has heard the notice: a region of its own. Callers may have to hear it before anyone
//! talks with them, so a key, a take-over or a command during the notice does not cut it short. It is carried out once the notice was heard.
//!
//! A caller who is put on hold meanwhile, or whose connection is lost, hears it once they are back, and everyone goes on waiting. Nobody waits
//! for long: if the assistant can't say the notice, or says nothing, or a minute has passed, they go on without it.
//!
//! While a supervisor who takes over waits, nobody else is asked: the caller will have the supervisor.

use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::supervision::SupervisorRequest;
use cordboard_schema::time::UnixMs;

use super::conversation::{Assistant, READY_MS_MAX};
use super::participants::{Participant, Who};
use super::transfers::Transfer;
use super::{Effects, Machine, Phase};
use crate::handoff::{HandoffEvent, Stage};

/// How long a notice may take to begin, in ms.
const NOTICE_BEGINS_MS_MAX: u64 = READY_MS_MAX;
/// How long the notice is awaited in any case, in ms.
const NOTICE_MS_MAX: u64 = 60_000;

/// Someone or something that waits.
#[derive(Clone, Debug, PartialEq)]
enum Waiting {
    /// A person who takes over by this hand-off. Their audio has joined.
    Here { handoff: EffectId, who: Who, leg: LegId },
    /// A person who has answered and is joined by the caller's switch.
    AtSwitch(EffectId),
    /// A supervisor who takes over.
    Supervisor(UserId),
    /// The caller is sent elsewhere.
    Transfer(EffectId, Transfer),
}

/// People and transfers that wait until the caller has heard the notice.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct AfterNotice {
    waiting: Vec<Waiting>,
    /// Since when the notice is awaited.
    since: Option<UnixMs>,
    /// When the notice was last to begin. It may have been before anyone waited.
    begins_since: Option<UnixMs>,
}

impl AfterNotice {
    fn add(&mut self, one: Waiting, now: UnixMs) {
        if !self.waiting.contains(&one) {
            self.waiting.push(one);
        }
        self.since.get_or_insert(now);
    }

    fn take(&mut self) -> Vec<Waiting> {
        self.since = None;
        std::mem::take(&mut self.waiting)
    }

    /// The assistant is to say the notice from now on.
    pub(super) fn notice_begins(&mut self, now: UnixMs) {
        self.begins_since = Some(now);
    }

    /// Returns the supervisors who take over once the notice was heard.
    fn supervisors(&self) -> impl Iterator<Item = UserId> {
        self.waiting.iter().filter_map(|one| match one {
            Waiting::Supervisor(user) => Some(*user),
            Waiting::Here { .. } | Waiting::AtSwitch(_) | Waiting::Transfer(..) => None,
        })
    }

    /// Whether the caller's switch is to join a person.
    fn has_person_at_switch(&self) -> bool {
        self.waiting.iter().any(|one| matches!(one, Waiting::AtSwitch(_)))
    }

    /// Whether the caller is to be sent elsewhere.
    pub(super) fn has_transfer(&self) -> bool {
        self.waiting.iter().any(|one| matches!(one, Waiting::Transfer(..)))
    }

    /// The caller is no longer to be sent elsewhere. Returns where they were to be sent.
    pub(super) fn cancel_transfer(&mut self) -> Option<(EffectId, Transfer)> {
        let at = self.waiting.iter().position(|one| matches!(one, Waiting::Transfer(..)))?;
        match self.waiting.remove(at) {
            Waiting::Transfer(effect, transfer) => Some((effect, transfer)),
            Waiting::Here { .. } | Waiting::AtSwitch(_) | Waiting::Supervisor(_) => None,
        }
    }

    /// The process died, and with it all audio.
    pub(super) fn process_died(&mut self) {
        *self = Self::default();
    }
}

impl Machine {
    /// Whether the caller hears the notice, or will: as soon as the assistant is connected, or once they are off hold or back.
    fn is_notice_awaited(&self) -> bool {
        let can_say_it = |assistant: Assistant| !assistant.ready || assistant.speaks_text;
        let assistant = self.conversation.assistant();
        match *self.lifecycle.phase() {
            Phase::Conversing | Phase::TakingMessage(_) | Phase::OnHold => {
                let is_to_be_said = self.is_giving_notice() || self.is_notice_due();
                self.caller.is_some() && is_to_be_said && assistant.is_some_and(can_say_it)
            }
            Phase::Interrupted { .. } => {
                self.is_notice_due() && self.returns_to_assistant() && assistant.is_none_or(can_say_it)
            }
            _ => false,
        }
    }

    /// Whether a caller who is away will find the assistant when they are back.
    fn returns_to_assistant(&self) -> bool {
        let is_for_people = self.has_agents() || self.is_awaited() || self.is_for_agents();
        self.answered_at.is_some() && !is_for_people && self.message_for_mailbox().is_none()
    }

    /// Whether a supervisor who takes over waits for the notice. Nobody else is asked to meanwhile.
    pub(super) fn is_supervisor_next(&self) -> bool {
        self.after_notice.supervisors().any(|user| self.is_supervised_by(user))
    }

    /// Keeps this until the notice was heard, if it is being said. Returns whether it waits.
    fn waits_for_notice(&mut self, one: Waiting, now: UnixMs, fx: &mut Effects) -> bool {
        if !self.is_notice_awaited() {
            return false;
        }
        if let Waiting::Here { handoff, .. } | Waiting::AtSwitch(handoff) = one {
            self.handoff_event(handoff, &HandoffEvent::Briefed { until: now + NOTICE_MS_MAX }, now, fx);
        }
        self.after_notice.add(one, now);
        true
    }

    /// A person who takes over here is connected: they have the caller once the notice was heard and they were briefed.
    pub(super) fn person_is_here(
        &mut self,
        (handoff, who): (EffectId, Who),
        leg: LegId,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if !self.waits_for_notice(Waiting::Here { handoff, who, leg }, now, fx) {
            self.person_is_next((handoff, who), leg, now, fx);
        }
    }

    /// They are briefed, or have the caller at once.
    fn person_is_next(&mut self, (handoff, who): (EffectId, Who), leg: LegId, now: UnixMs, fx: &mut Effects) {
        if self.whisper_begins((handoff, who), leg, now, fx) {
            return;
        }
        match who {
            Who::Agent(user) => self.agent_takes_over(handoff, user, leg, now, fx),
            Who::External(_) | Who::Supervisor(_) | Who::PersonAtSwitch => {
                self.handoff_event(handoff, &HandoffEvent::Bridged, now, fx);
            }
        }
    }

    /// A person has answered, and the caller's switch is to join them. It can do so although their audio here is lost, and then they may not
    /// come back to us.
    pub(super) fn person_is_at_switch(&mut self, handoff: EffectId, now: UnixMs, fx: &mut Effects) {
        let is_away = matches!(*self.lifecycle.phase(), Phase::Interrupted { .. });
        if is_away || !self.waits_for_notice(Waiting::AtSwitch(handoff), now, fx) {
            self.join_person(handoff, now, fx);
        }
    }

    /// A supervisor takes over.
    pub(super) fn supervisor_is_next(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        if !self.waits_for_notice(Waiting::Supervisor(user), now, fx) {
            self.supervisor_takes_over(user, now, fx);
        }
    }

    /// Keeps a transfer until the notice was heard, if it is being said. Otherwise returns it.
    pub(super) fn transfer_after_notice(&mut self, transfer: Transfer, now: UnixMs) -> Option<Transfer> {
        if !self.is_notice_awaited() {
            return Some(transfer);
        }
        let effect = transfer.tool().unwrap_or_else(|| self.number_effect());
        self.tools.lasts_until(effect, now + NOTICE_MS_MAX);
        self.after_notice.add(Waiting::Transfer(effect, transfer), now);
        None
    }

    /// Returns until when the notice is awaited, if anyone waits.
    pub(super) fn after_notice_until(&self) -> Option<UnixMs> {
        let since = self.after_notice.since?;
        let until = since + NOTICE_MS_MAX;
        // A caller who is on hold or away can't hear it yet. Their switch can join a person with one whose audio does not come back.
        let is_away = matches!(*self.lifecycle.phase(), Phase::Interrupted { .. });
        let is_due = self.lifecycle.talks() || (is_away && self.after_notice.has_person_at_switch());
        let could_begin = is_due && !self.conversation.is_saying();
        let begins_since = self.after_notice.begins_since.map_or(since, |begins| begins.max(since));
        Some(if could_begin { until.min(begins_since + NOTICE_BEGINS_MS_MAX) } else { until })
    }

    /// Goes on if the notice is no longer awaited; runs after each step.
    pub(super) fn tend_after_notice(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.after_notice.since.is_some() && !self.is_notice_awaited() {
            self.go_on_after_notice(now, fx);
        }
    }

    /// Carries out everything that has waited, as far as it still applies. Supervisors come first: a caller whom they have is not sent
    /// elsewhere.
    pub(super) fn go_on_after_notice(&mut self, now: UnixMs, fx: &mut Effects) {
        let mut waiting = self.after_notice.take();
        waiting.sort_by_key(|one| !matches!(one, Waiting::Supervisor(_)));
        for one in waiting {
            if !self.still_applies(&one) {
                continue;
            }
            match one {
                Waiting::Here { handoff, who, leg } => self.person_is_next((handoff, who), leg, now, fx),
                Waiting::AtSwitch(handoff) => self.join_person(handoff, now, fx),
                Waiting::Supervisor(user) => self.supervisor_takes_over(user, now, fx),
                Waiting::Transfer(effect, transfer) => self.transfer_is_next(effect, transfer, now, fx),
            }
        }
    }

    fn still_applies(&self, one: &Waiting) -> bool {
        match one {
            Waiting::Here { handoff, who, leg } => {
                let ear = self.participants.find(*who).and_then(Participant::ear);
                ear == Some(*leg) && self.has_accepted(*handoff)
            }
            Waiting::AtSwitch(handoff) => self.has_accepted(*handoff),
            Waiting::Supervisor(user) => self.may_take_over(*user),
            Waiting::Transfer(..) => true,
        }
    }

    /// Whether a supervisor who has waited may take over. The caller may be on hold, away, or leaving a message by then.
    fn may_take_over(&self, user: UserId) -> bool {
        let is_here = self.participants.find(Who::Supervisor(user)).and_then(Participant::ear).is_some();
        match *self.lifecycle.phase() {
            Phase::OnHold | Phase::TakingMessage(_) | Phase::Interrupted { .. } => {
                is_here && !self.is_handing_off() && !self.consults.is_under_way()
            }
            _ => self.admits_of_supervisor(user, &SupervisorRequest::TakeOver).is_ok(),
        }
    }

    /// Whether a person has accepted by this hand-off and does not have the caller yet.
    fn has_accepted(&self, handoff: EffectId) -> bool {
        let is_accepted = |stage| matches!(stage, Stage::Accepted { .. });
        self.handoffs.newest().is_some_and(|newest| newest.id == handoff && is_accepted(newest.stage()))
    }
}
