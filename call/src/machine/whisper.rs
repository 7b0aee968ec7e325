//! A person who takes over here, an agent or an external party, is briefed about the caller before the two are joined. The briefing is two
//! sentences by the assistant, which the caller does not hear.
//!
//! ```text
//! accepted ──their audio joins──> briefed on the caller ──heard, or enough of it──> with the caller
//!                                  (the caller hears music, they hear the assistant)
//! ```
//! If there is nothing to say (the assistant has recordings only, or nothing is known about the caller), they are joined at once.

use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::{CordId, EffectId, ItemId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::switch::HandoffStyle;
use cordboard_schema::time::UnixMs;

use super::participants::Who;
use super::{Effect, Effects, Machine};
use crate::handoff::{BRIEFING_MS_MAX, HandoffEvent};
use crate::{AssistantOrder, Attention};

/// How long a briefing may take to begin after its assistant has lost its provider, in ms. Many are back within a second.
const BEGINS_AGAIN_MS_MAX: u64 = 4_000;

/// The caller described in words, for the person who takes over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Briefing {
    /// Two sentences about the caller, once they were written.
    brief: Option<String>,
    /// The current whisper.
    under_way: Option<Whisper>,
    /// The legs of everyone who was briefed. An ear may report late, when they have another leg or have left.
    briefed_at: Vec<LegId>,
    /// Briefings that nobody is to hear any more, in the order in which they were requested.
    unwanted: Vec<Unwanted>,
}

impl Briefing {
    /// The two sentences were written.
    pub(super) fn made(&mut self, brief: &str) {
        self.brief = Some(brief.to_owned());
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Returns the person who is being briefed about the caller.
    pub(super) fn listener(&self) -> Option<Who> {
        self.under_way.map(|whisper| whisper.listener)
    }

    /// Whether a person is, or was, briefed at this leg.
    pub(super) fn was_briefed_at(&self, leg: LegId) -> bool {
        self.briefed_at.contains(&leg)
    }

    /// The caller has spoken. The assistant may answer that first, in words of its own.
    pub(super) fn caller_has_spoken(&mut self) {
        self.unwanted.clear();
    }

    /// Returns when the briefing ends in any case.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        let whisper = self.under_way?;
        Some(whisper.begins_by.map_or(whisper.until, |begins_by| begins_by.min(whisper.until)))
    }

    /// An utterance begins, so the listener hears something.
    pub(super) fn begins(&mut self) {
        if let Some(whisper) = &mut self.under_way {
            whisper.begins_by = None;
        }
    }
}

/// A person who is being briefed about the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Whisper {
    listener: Who,
    until: UnixMs,
    handoff: EffectId,
    leg: LegId,
    /// The newest utterance before the whisper. It was for the caller.
    after: ItemId,
    /// Set if the assistant has lost its provider before the whisper began: when it must have begun.
    begins_by: Option<UnixMs>,
}

/// A briefing whose listener left after it was requested and before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unwanted {
    listener: Who,
    /// The assistant that was asked for it.
    assistant: LegId,
    /// When it would have ended in any case.
    until: UnixMs,
}

impl Machine {
    /// Has the assistant brief a person, whose audio has just joined, about the caller. Returns whether there is anything to wait for.
    pub(super) fn whisper_begins(
        &mut self,
        (handoff, listener): (EffectId, Who),
        leg: LegId,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        if self.briefing.under_way.is_some_and(|whisper| whisper.leg == leg) {
            return true;
        }
        let can_speak = self.conversation.finds_words();
        let is_warm = self.profile.handoff_style == HandoffStyle::Warm;
        let is_due = is_warm && can_speak && self.lifecycle.converses() && !self.is_giving_notice();
        let Some(brief) = self.briefing.brief.clone().filter(|_| is_due) else { return false };
        let (until, after) = (now + BRIEFING_MS_MAX, self.conversation.newest_item());
        self.hush(fx);
        self.attend(Attention::Listen, fx);
        self.briefing.under_way = Some(Whisper { listener, until, handoff, leg, after, begins_by: None });
        if !self.briefing.was_briefed_at(leg) {
            self.briefing.briefed_at.push(leg);
        }
        self.handoff_event(handoff, &HandoffEvent::Briefed { until }, now, fx);
        self.rewire(fx);
        self.order(AssistantOrder::SayText(brief), fx);
        true
    }

    /// Returns the cord from the assistant to the person whom it briefs. It replaces the cord to the caller.
    pub(super) fn whisper_cord(&self) -> Option<CordId> {
        let (whisper, assistant) = self.briefing.under_way.zip(self.conversation.assistant())?;
        Some(CordId { from: assistant.leg, to: whisper.leg })
    }

    /// The assistant of this leg has lost its provider. A briefing that has not begun is awaited a little longer: meanwhile the person hears
    /// nothing.
    pub(super) fn assistant_interrupted(&mut self, leg: LegId, now: UnixMs) {
        self.conversation.assistant_is_interrupted(leg, now);
        let newest = self.conversation.newest_item();
        if self.conversation.assistant_leg() == Some(leg)
            && let Some(whisper) = self.briefing.under_way.as_mut().filter(|whisper| newest <= whisper.after)
        {
            whisper.begins_by.get_or_insert(now + BEGINS_AGAIN_MS_MAX);
        }
    }

    /// An utterance is over. If it was the briefing, they have heard it. Words to the caller that were cut for the briefing may be reported
    /// only now.
    pub(super) fn whisper_heard(&mut self, end: PlayedEnd, now: UnixMs, fx: &mut Effects) {
        let has_begun = |whisper: Whisper| self.conversation.newest_item() > whisper.after;
        let is_heard = end == PlayedEnd::Finished && !self.conversation.is_saying();
        if is_heard && self.briefing.under_way.is_some_and(has_begun) {
            self.whisper_over(now, fx);
        }
    }

    /// They get the caller now, even if they have not heard everything.
    pub(super) fn whisper_over(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(Whisper { listener, handoff, leg, .. }) = self.briefing.under_way.take() else { return };
        // The caller no longer hears the assistant.
        self.briefing.unwanted.clear();
        match listener {
            Who::Agent(user) => self.agent_takes_over(handoff, user, leg, now, fx),
            Who::External(_) | Who::Supervisor(_) | Who::PersonAtSwitch => {
                self.handoff_event(handoff, &HandoffEvent::Bridged, now, fx);
            }
        }
    }

    /// The person reached by this hand-off is gone. If they were being briefed, the assistant has the caller as before.
    pub(super) fn whisper_broken(&mut self, handoff: EffectId, fx: &mut Effects) {
        if let Some(whisper) = self.briefing.under_way.take_if(|whisper| whisper.handoff == handoff) {
            let Whisper { listener, until, after, leg, .. } = whisper;
            if let Some(assistant) = self.conversation.assistant_leg()
                && self.conversation.newest_item() <= after
            {
                self.briefing.unwanted.push(Unwanted { listener, assistant, until });
            }
            if self.lifecycle.converses() {
                self.attend(Attention::Converse, fx);
            }
            if let Some(assistant) = self.conversation.assistant_leg() {
                // Supervisors hear no more of it either.
                let others =
                    self.mix.plugged().iter().filter(|cord| cord.from == assistant && cord.to != leg);
                fx.extend(others.copied().map(Effect::Clear));
            }
            self.rewire(fx);
            if self.lifecycle.converses() {
                self.answer_unread(fx);
            }
        }
    }

    /// Returns the person whom the utterance that begins now was to brief, if they are gone. Otherwise the caller would hear what is said
    /// about them.
    pub(super) fn take_unwanted_briefing(&mut self, line: Option<Line>) -> Option<Who> {
        if line.is_some() || self.briefing.is_under_way() || !self.lifecycle.converses() {
            return None;
        }
        let (assistant, now) = (self.conversation.assistant_leg(), self.last_fact_at);
        let is_due = |one: &Unwanted| Some(one.assistant) == assistant && now < one.until;
        let at = self.briefing.unwanted.iter().position(is_due)?;
        Some(self.briefing.unwanted.remove(at).listener)
    }
}
