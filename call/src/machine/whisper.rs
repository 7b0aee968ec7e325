//! A person who takes over here, an agent or an external party, is briefed on the caller before the two are joined: two sentences of
//! the assistant, which the caller does not hear.
//!
//! ```text
//! accepted ──their audio joins──> told of the caller ──heard, or enough of it──> with the caller
//!                                  (music to the caller, the assistant to them)
//! ```
//! If nothing can be told (the assistant has recordings only, or nothing is known of the caller), they are joined at once.

use cordboard_schema::ids::{CordId, EffectId, ItemId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::switch::HandoffStyle;
use cordboard_schema::time::UnixMs;

use super::participants::Who;
use super::{Effect, Effects, Machine};
use crate::handoff::{BRIEFING_MS_MAX, HandoffEvent};
use crate::{AssistantOrder, Attention};

/// The caller in words, for the person who takes over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Briefing {
    /// The caller in two sentences, once they were made.
    brief: Option<String>,
    /// The whisper that is under way.
    under_way: Option<Whisper>,
    /// The legs of those who were briefed. An ear may tell of it late, when they have another leg or have left.
    told_at: Vec<LegId>,
    /// Briefings that nobody is to hear any more, in the order in which they were asked for.
    unwanted: Vec<Unwanted>,
}

impl Briefing {
    /// The two sentences were made.
    pub(super) fn made(&mut self, brief: &str) {
        self.brief = Some(brief.to_owned());
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// The person who is being briefed on the caller.
    pub(super) fn listener(&self) -> Option<Who> {
        self.under_way.map(|whisper| whisper.listener)
    }

    /// Whether somebody is, or was, briefed at this leg.
    pub(super) fn was_told_at(&self, leg: LegId) -> bool {
        self.told_at.contains(&leg)
    }

    /// The caller has spoken: the assistant may answer that first, and those are its own words.
    pub(super) fn caller_has_spoken(&mut self) {
        self.unwanted.clear();
    }

    /// When that ends in any case.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        self.under_way.map(|whisper| whisper.until)
    }
}

/// A person who is being briefed on the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Whisper {
    listener: Who,
    until: UnixMs,
    handoff: EffectId,
    leg: LegId,
    /// The newest item before the whisper; it was for the caller.
    behind: ItemId,
}

/// A briefing that was asked for, and whose listener was gone before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unwanted {
    listener: Who,
    /// The assistant that was asked for it.
    assistant: LegId,
    /// When it would have been over in any case.
    until: UnixMs,
}

impl Machine {
    /// Has the assistant brief a person on the caller; their audio has just joined. Returns whether there is anything to wait for.
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
        let (until, behind) = (now + BRIEFING_MS_MAX, self.conversation.newest_item());
        self.hush(fx);
        self.attend(Attention::Listen, fx);
        self.briefing.under_way = Some(Whisper { listener, until, handoff, leg, behind });
        if !self.briefing.was_told_at(leg) {
            self.briefing.told_at.push(leg);
        }
        self.handoff_event(handoff, &HandoffEvent::Briefed { until }, now, fx);
        self.rewire(fx);
        self.order(AssistantOrder::SayText(brief), fx);
        true
    }

    /// The cord from the assistant to the person that it briefs, in the place of the one to the caller.
    pub(super) fn whisper_cord(&self) -> Option<CordId> {
        let (whisper, assistant) = self.briefing.under_way.zip(self.conversation.assistant())?;
        Some(CordId { from: assistant.leg, to: whisper.leg })
    }

    /// An utterance is over: if it was the briefing, they have heard it.
    pub(super) fn whisper_heard(&mut self, now: UnixMs, fx: &mut Effects) {
        let has_begun = |whisper: Whisper| self.conversation.newest_item() > whisper.behind;
        if self.briefing.under_way.is_some_and(has_begun) && !self.conversation.is_saying() {
            self.whisper_over(now, fx);
        }
    }

    /// They have the caller now, whatever they have not heard yet.
    pub(super) fn whisper_over(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(Whisper { listener, handoff, leg, .. }) = self.briefing.under_way.take() else { return };
        // The caller does not hear the assistant from now on.
        self.briefing.unwanted.clear();
        match listener {
            Who::Agent(user) => self.agent_takes_over(handoff, user, leg, now, fx),
            Who::External(_) | Who::Supervisor(_) | Who::PersonAtSwitch => {
                self.handoff_event(handoff, &HandoffEvent::Bridged, now, fx);
            }
        }
    }

    /// The person that this hand-off has led to is not there any more. If
    /// they were being briefed, the assistant has the caller as before.
    pub(super) fn whisper_broken(&mut self, handoff: EffectId, fx: &mut Effects) {
        if let Some(whisper) = self.briefing.under_way.take_if(|whisper| whisper.handoff == handoff) {
            let Whisper { listener, until, behind, leg, .. } = whisper;
            if let Some(assistant) = self.conversation.assistant_leg()
                && self.conversation.newest_item() <= behind
            {
                self.briefing.unwanted.push(Unwanted { listener, assistant, until });
            }
            if self.lifecycle.converses() {
                self.attend(Attention::Converse, fx);
            }
            if let Some(assistant) = self.conversation.assistant_leg() {
                // Supervisors hear no more of it either.
                let beside =
                    self.mix.plugged().iter().filter(|cord| cord.from == assistant && cord.to != leg);
                fx.extend(beside.copied().map(Effect::Clear));
            }
            self.rewire(fx);
        }
    }

    /// The person that the utterance which begins now was to brief, if they are gone: the caller would hear what is said of them.
    pub(super) fn takes_unwanted_briefing(&mut self, line: Option<Line>) -> Option<Who> {
        if line.is_some() || self.briefing.is_under_way() || !self.lifecycle.converses() {
            return None;
        }
        let (assistant, now) = (self.conversation.assistant_leg(), self.last_fact_at);
        let is_due = |one: &Unwanted| Some(one.assistant) == assistant && now < one.until;
        let at = self.briefing.unwanted.iter().position(is_due)?;
        Some(self.briefing.unwanted.remove(at).listener)
    }
}
