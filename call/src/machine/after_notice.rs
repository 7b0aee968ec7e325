//! People and transfers that wait until the caller has heard the notice: a region of its own. Callers may have to hear it before anyone
//! talks with them, so a key, a take-over or a command during the notice does not cut it short. It is carried out once the notice was heard.
//!
//! Nobody waits for long: if the assistant can't say the notice, or says nothing, they go on without it.

use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::supervision::SupervisorRequest;
use cordboard_schema::time::UnixMs;

use super::conversation::{Assistant, READY_MS_MAX};
use super::participants::{Participant, Who};
use super::transfers::Transfer;
use super::{Effects, Machine, Phase};
use crate::handoff::{HandoffEvent, Stage};

/// How long the notice is awaited until the caller hears some of it, in ms.
const NOTICE_BEGINS_MS_MAX: u64 = READY_MS_MAX;
/// The longest notice that is awaited, in ms.
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
}

impl AfterNotice {
    fn add(&mut self, one: Waiting, now: UnixMs) {
        if !self.waiting.contains(&one) {
            self.waiting.push(one);
        }
        self.since.get_or_insert(now);
    }

    fn take(&mut self) -> Vec<Waiting> {
        std::mem::take(self).waiting
    }

    /// The notice is said once more, so it is awaited anew.
    pub(super) fn waits_anew(&mut self, now: UnixMs) {
        self.since = self.since.map(|_| now);
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
    /// Whether the caller hears the notice, or will as soon as the assistant is connected.
    fn is_notice_awaited(&self) -> bool {
        let can_say_it = |assistant: Assistant| !assistant.ready || assistant.speaks_text;
        let is_to_be_said = self.is_giving_notice() || self.is_notice_due();
        self.lifecycle.talks()
            && self.caller.is_some()
            && is_to_be_said
            && self.conversation.assistant().is_some_and(can_say_it)
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

    /// A person has answered, and the caller's switch is to join them.
    pub(super) fn person_is_at_switch(&mut self, handoff: EffectId, now: UnixMs, fx: &mut Effects) {
        if !self.waits_for_notice(Waiting::AtSwitch(handoff), now, fx) {
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
        let is_heard = self.conversation.is_saying();
        let waits_ms = if is_heard { NOTICE_MS_MAX } else { NOTICE_BEGINS_MS_MAX };
        self.after_notice.since.map(|since| since + waits_ms)
    }

    /// Goes on if the notice is no longer awaited; runs after each step. A caller whose connection is lost hears it when they are back.
    pub(super) fn tend_after_notice(&mut self, now: UnixMs, fx: &mut Effects) {
        let is_away = matches!(*self.lifecycle.phase(), Phase::Interrupted { .. });
        let is_awaited = self.is_notice_awaited() || (is_away && self.is_notice_due());
        if self.after_notice.since.is_some() && !is_awaited {
            self.go_on_after_notice(now, fx);
        }
    }

    /// Carries out everything that has waited, as far as it still applies.
    pub(super) fn go_on_after_notice(&mut self, now: UnixMs, fx: &mut Effects) {
        for one in self.after_notice.take() {
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
            Waiting::Supervisor(user) => {
                self.admits_of_supervisor(*user, &SupervisorRequest::TakeOver).is_ok()
            }
            Waiting::Transfer(..) => true,
        }
    }

    /// Whether a person has accepted by this hand-off and does not have the caller yet.
    fn has_accepted(&self, handoff: EffectId) -> bool {
        let is_accepted = |stage| matches!(stage, Stage::Accepted { .. });
        self.handoffs.newest().is_some_and(|newest| newest.id == handoff && is_accepted(newest.stage()))
    }
}
